#include <tcr/net/errc.hpp>
#include <tcr/net/tls.hpp>

#include <boost/asio/buffer.hpp>

#include <openssl/x509.h>

#include <ctime>

namespace tcr::net
{
namespace
{

namespace ssl = boost::asio::ssl;

/// "2021-12-01 06:47:36" of a certificate's time field.
std::string printable_time(ASN1_TIME const* time)
{
    std::tm utc{};
    if (ASN1_TIME_to_tm(time, &utc) != 1)
        return "an unreadable time";
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}

/// Why the client certificate cannot be used now, or nothing.
std::string validity_problem(X509 const* certificate)
{
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
        return "the client certificate expired at " + printable_time(X509_get0_notAfter(certificate));
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
        return "the client certificate is not valid before " +
               printable_time(X509_get0_notBefore(certificate));
    return {};
}

error unusable(std::string text, boost::system::error_code ec)
{
    return error(ec, text + ": " + ec.message());
}

}  // namespace

result<std::shared_ptr<ssl::context>> make_client_context(tls_identity const& identity)
{
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    boost::system::error_code ec;
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    // A session is resumed by nobody here, and each one kept costs memory.
    SSL_CTX_set_session_cache_mode(context->native_handle(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);

    context->set_verify_mode(identity.verify_server ? ssl::verify_peer : ssl::verify_none, ec);
    if (identity.ca_pem.empty())
        context->set_default_verify_paths(ec);
    else
        context->add_certificate_authority(boost::asio::buffer(identity.ca_pem), ec);
    if (ec)
        return unusable("the CA certificate cannot be read", ec);

    if (identity.certificate_pem.empty())
        return context;
    context->use_certificate_chain(boost::asio::buffer(identity.certificate_pem), ec);
    if (ec)
        return unusable("the client certificate cannot be read", ec);
    if (auto problem = validity_problem(SSL_CTX_get0_certificate(context->native_handle())); !problem.empty())
        return error(errc::bad_credentials, problem);
    context->use_private_key(boost::asio::buffer(identity.key_pem), ssl::context::pem, ec);
    if (ec)
        return unusable("the client key cannot be read, or is not the certificate's", ec);
    // A key of another kind (RSA for an EC certificate) is taken without a word, and then no certificate is sent.
    if (SSL_CTX_check_private_key(context->native_handle()) != 1)
        return error(
            errc::bad_credentials, "the client key cannot be read, or is not the certificate's: another kind"
        );
    return context;
}

}  // namespace tcr::net
