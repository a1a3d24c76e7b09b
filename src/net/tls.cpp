// SPDX-License-Identifier: Apache-2.0
#include "x509.hpp"
#include <tcr/net/errc.hpp>
#include <tcr/net/tls.hpp>
#include <tcr/util/strings.hpp>

#include <boost/asio/buffer.hpp>

#include <openssl/ssl.h>

#include <string_view>

namespace tcr::net
{
namespace
{

namespace ssl = boost::asio::ssl;

/// Formats a time in a certificate, such as "2021-12-01T06:47:36Z".
std::string printable_time(ASN1_TIME const* time)
{
    auto const when = time_of(time);
    return when ? rfc3339(*when) : "an unreadable time";
}

/// Returns why the client certificate is not valid now; empty if it is valid.
std::string validity_problem(X509 const* certificate)
{
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
        return "the client certificate expired at " + printable_time(X509_get0_notAfter(certificate));
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
        return "the client certificate is not valid before " +
               printable_time(X509_get0_notBefore(certificate));
    return {};
}

/// The only supported protocol, in the format of ALPN (RFC 7301 section 3.1): a length, then a name.
constexpr std::string_view our_protocols = "\x08http/1.1";

/// ALPN callback that chooses "http/1.1". If the client does not offer "http/1.1", the handshake continues
/// without ALPN. Such a client may still speak HTTP/1.1; if it does not, it fails at the first line of a
/// response.
int choose_protocol(
    SSL* /*connection*/,
    unsigned char const** chosen,
    unsigned char* size,
    unsigned char const* offered,
    unsigned offered_size,
    void* /*context*/
)
{
    unsigned char* found = nullptr;
    auto const outcome = SSL_select_next_proto(
        &found,
        size,
        reinterpret_cast<unsigned char const*>(our_protocols.data()),
        static_cast<unsigned>(our_protocols.size()),
        offered,
        offered_size
    );
    if (outcome != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

/// Settings common to clients and servers.
void prepare(SSL_CTX* context)
{
    SSL_CTX_set_default_passwd_cb(context, &no_password);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // Neither this program nor the API server resumes a session as a client, and each stored session needs
    // memory.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
}

error unusable(std::string text, boost::system::error_code ec)
{
    return error(ec, text + ": " + ec.message());
}

/// Loads a certificate, its intermediates and its key into `context`. Error texts begin with `owner`, such as
/// "the client".
result<void> use_certificate(
    ssl::context& context,
    std::string const& owner,
    std::string_view certificate_pem,
    std::string_view key_pem
)
{
    boost::system::error_code ec;
    context.use_certificate_chain(boost::asio::buffer(certificate_pem), ec);
    if (ec)
        return unusable(owner + " certificate cannot be read", ec);
    auto const bad_key = owner + " key cannot be read, or does not belong to the certificate";
    context.use_private_key(boost::asio::buffer(key_pem), ssl::context::pem, ec);
    if (ec)
        return unusable(bad_key, ec);
    // OpenSSL accepts a key of another type, such as an RSA key for an EC certificate, without an error. A
    // client would then send no certificate.
    if (SSL_CTX_check_private_key(context.native_handle()) != 1)
        return error(errc::bad_credentials, bad_key + ": another kind");
    return {};
}

}  // namespace

result<std::shared_ptr<ssl::context>> make_client_context(tls_identity const& identity)
{
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    boost::system::error_code ec;
    prepare(context->native_handle());

    context->set_verify_mode(identity.verify_server ? ssl::verify_peer : ssl::verify_none, ec);
    if (identity.ca_pem.empty())
        context->set_default_verify_paths(ec);
    else
        context->add_certificate_authority(boost::asio::buffer(identity.ca_pem), ec);
    if (ec)
        return unusable("the CA certificate cannot be read", ec);

    if (identity.certificate_pem.empty())
        return context;
    auto const used = use_certificate(*context, "the client", identity.certificate_pem, identity.key_pem);
    if (!used)
        return used.error();
    if (auto problem = validity_problem(SSL_CTX_get0_certificate(context->native_handle())); !problem.empty())
        return error(errc::bad_credentials, problem);
    return context;
}

result<std::shared_ptr<ssl::context>> make_server_context(
    std::string_view certificate_pem, std::string_view key_pem
)
{
    auto made = std::make_shared<ssl::context>(ssl::context::tls_server);
    auto* const context = made->native_handle();
    prepare(context);
    // Tickets are needed only for session resumption. By default, OpenSSL sends two tickets on each TLS 1.3
    // connection.
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(context, 0);
    // Makes SSL_read return after each record without application data. Otherwise a client that sends only
    // key updates could occupy the thread.
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    // For TLS 1.2, allows only ciphers with forward secrecy and authenticated encryption. TLS 1.3 has no
    // other ciphers.
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);

    auto const used = use_certificate(*made, "the server's", certificate_pem, key_pem);
    if (!used)
        return used.error();
    return made;
}

}  // namespace tcr::net
