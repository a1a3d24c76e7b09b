// SPDX-License-Identifier: Apache-2.0
#include "certificates.hpp"
#include <tcr/net/certificate.hpp>
#include <tcr/net/errc.hpp>
#include <tcr/net/tls.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string>
#include <string_view>
#include <vector>

namespace server_context_test
{

using namespace std::chrono_literals;
using tcr::net::issued_certificate;
using tcr::net::make_server_context;

/// The server's certificate. It is created at the first call.
issued_certificate const& ours()
{
    static auto const made = []
    {
        tcr::net::certificate_request request;
        request.common_name = "hook.ns.svc";
        request.names = {"hook.ns.svc"};
        request.not_before = std::chrono::system_clock::now() - 1h;
        request.not_after = request.not_before + 24h;
        return tcr::net::issue_certificate(request).value();
    }();
    return made;
}

/// The list of protocols that a client offers by ALPN, in the wire format (RFC 7301 section 3.1).
std::string offer(std::vector<std::string> const& protocols)
{
    std::string wire;
    for (auto const& each : protocols)
        wire.append(1, static_cast<char>(each.size())).append(each);
    return wire;
}

/// A TLS client and a TLS server that are connected in memory.
class pair
{
public:
    explicit pair(SSL_CTX* server_context, std::vector<std::string> const& protocols = {})
        : client_context_(SSL_CTX_new(TLS_client_method()))
    {
        SSL_CTX_set_security_level(client_context_, 0);
        client = SSL_new(client_context_);
        server = SSL_new(server_context);
        SSL_CTX_set_verify(client_context_, SSL_VERIFY_NONE, nullptr);
        SSL_set_tlsext_host_name(client, "hook.ns.svc");
        auto const wire = offer(protocols);
        if (!wire.empty())
            SSL_set_alpn_protos(
                client,
                reinterpret_cast<unsigned char const*>(wire.data()),
                static_cast<unsigned>(wire.size())
            );
        BIO* at_client = nullptr;
        BIO* at_server = nullptr;
        BOOST_TEST_REQUIRE(BIO_new_bio_pair(&at_client, 0, &at_server, 0) == 1);
        SSL_set_bio(client, at_client, at_client);
        SSL_set_bio(server, at_server, at_server);
        SSL_set_connect_state(client);
        SSL_set_accept_state(server);
    }
    ~pair()
    {
        SSL_free(client);
        SSL_free(server);
        SSL_CTX_free(client_context_);
        ERR_clear_error();
    }
    pair(pair const&) = delete;
    pair& operator=(pair const&) = delete;

    void only(int version) const
    {
        SSL_set_min_proto_version(client, version);
        SSL_set_max_proto_version(client, version);
    }

    /// \return whether both sides have completed the handshake
    bool handshake()
    {
        for (int i = 0; i < 20; ++i)
        {
            ERR_clear_error();
            int const one = SSL_do_handshake(client);
            if (auto const why = ERR_peek_error(); why != 0)
                refusal_ = ERR_GET_REASON(why);
            ERR_clear_error();
            int const other = SSL_do_handshake(server);
            if (one == 1 && other == 1)
                return true;
        }
        return false;
    }

    std::string protocol() const
    {
        unsigned char const* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(client, &name, &size);
        return {reinterpret_cast<char const*>(name), size};
    }

    /// OpenSSL's reason for the client's last failure.
    int refusal() const { return refusal_; }

    SSL* client = nullptr;
    SSL* server = nullptr;

private:
    SSL_CTX* client_context_;
    int refusal_ = 0;
};

struct with_context
{
    std::shared_ptr<boost::asio::ssl::context> made =
        make_server_context(ours().certificate_pem, ours().key_pem).value();
    SSL_CTX* context = made->native_handle();
};

std::string refusal(std::string_view certificate_pem, std::string_view key_pem)
{
    auto const refused = make_server_context(certificate_pem, key_pem);
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST(refused.error().code.failed());
    return refused.error().message();
}

BOOST_AUTO_TEST_SUITE(server_context)

BOOST_FIXTURE_TEST_CASE(it_speaks_tls_1_2_and_1_3_and_nothing_older, with_context)
{
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION})
    {
        pair both(context);
        both.only(version);
        BOOST_TEST_REQUIRE(both.handshake());
        BOOST_TEST(SSL_version(both.client) == version);
        X509* const shown = SSL_get1_peer_certificate(both.client);
        BOOST_TEST(X509_check_host(shown, "hook.ns.svc", 0, 0, nullptr) == 1);
        X509_free(shown);
    }
    for (int version : {TLS1_VERSION, TLS1_1_VERSION})
    {
        pair both(context);
        both.only(version);
        SSL_set_cipher_list(both.client, "ALL:@SECLEVEL=0");
        BOOST_TEST(!both.handshake());
        BOOST_TEST(both.refusal() == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
    }
}

BOOST_FIXTURE_TEST_CASE(of_1_2_only_ciphers_with_forward_secrecy, with_context)
{
    for (auto const* cipher : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256"})
    {
        pair both(context);
        both.only(TLS1_2_VERSION);
        SSL_set_cipher_list(both.client, cipher);
        BOOST_TEST(!both.handshake(), cipher);
    }
    // The ciphers that Go's clients prefer.
    for (auto const* cipher :
         {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"})
    {
        pair both(context);
        both.only(TLS1_2_VERSION);
        SSL_set_cipher_list(both.client, cipher);
        BOOST_TEST(both.handshake(), cipher);
    }
}

BOOST_FIXTURE_TEST_CASE(http_1_1_is_chosen_where_it_is_offered_and_else_nothing, with_context)
{
    struct example
    {
        std::vector<std::string> offered;
        std::string chosen;
    };
    for (auto const& each : std::vector<example>{
             {{}, ""},
             {{"http/1.1"}, "http/1.1"},
             {{"h2", "http/1.1"}, "http/1.1"},
             {{"http/1.0", "http/1.1", "h2"}, "http/1.1"},
             {{"h2"}, ""},
             {{"h2", "http/1.0"}, ""}})
        for (int version : {TLS1_2_VERSION, TLS1_3_VERSION})
        {
            pair both(context, each.offered);
            both.only(version);
            BOOST_TEST_REQUIRE(both.handshake());
            BOOST_TEST(both.protocol() == each.chosen);
        }
}

BOOST_FIXTURE_TEST_CASE(no_session_tickets_are_issued, with_context)
{
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION})
    {
        pair both(context);
        both.only(version);
        BOOST_TEST_REQUIRE(both.handshake());
        char byte = 'x';
        BOOST_TEST(SSL_write(both.server, &byte, 1) == 1);
        BOOST_TEST(SSL_read(both.client, &byte, 1) == 1);
        auto const* session = SSL_get_session(both.client);
        BOOST_TEST(SSL_SESSION_has_ticket(session) == 0);
        unsigned size = 0;
        SSL_SESSION_get_id(session, &size);
        BOOST_TEST(size == 0u);
    }
    BOOST_TEST(SSL_CTX_sess_number(context) == 0);
}

BOOST_FIXTURE_TEST_CASE(renegotiation_is_refused, with_context)
{
    pair both(context);
    both.only(TLS1_2_VERSION);
    BOOST_TEST_REQUIRE(both.handshake());
    BOOST_TEST(SSL_renegotiate(both.client) == 1);
    BOOST_TEST(!both.handshake());
}

BOOST_AUTO_TEST_CASE(intermediates_are_sent_too)
{
    auto const chain = ours().certificate_pem + ours().ca_pem;
    auto const made = make_server_context(chain, ours().key_pem);
    BOOST_TEST_REQUIRE(made.has_value());
    pair both((*made)->native_handle());
    BOOST_TEST_REQUIRE(both.handshake());
    BOOST_TEST(sk_X509_num(SSL_get_peer_cert_chain(both.client)) == 2);
}

BOOST_AUTO_TEST_CASE(an_rsa_certificate_serves_too)
{
    tcr::test::key_ptr const rsa(EVP_RSA_gen(2048));
    auto const made =
        make_server_context(tcr::test::certificate(rsa.get(), -3600, 3600), tcr::test::pem_of(rsa.get()));
    BOOST_TEST_REQUIRE(made.has_value());
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION})
    {
        pair both((*made)->native_handle());
        both.only(version);
        BOOST_TEST(both.handshake());
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_used_is_refused_by_its_name)
{
    auto const certificate = "the server's certificate cannot be read: ";
    auto const key = "the server's key cannot be read, or does not belong to the certificate: ";
    for (std::string_view garbage : {"", "garbage"})
    {
        BOOST_TEST(refusal(garbage, ours().key_pem).starts_with(certificate));
        BOOST_TEST(refusal(ours().certificate_pem, garbage).starts_with(key));
    }
    BOOST_TEST(refusal(ours().key_pem, ours().key_pem).starts_with(certificate));
    tcr::test::key_ptr const other(EVP_EC_gen("P-256"));
    BOOST_TEST(refusal(ours().certificate_pem, tcr::test::pem_of(other.get())).starts_with(key));
    tcr::test::key_ptr const rsa(EVP_RSA_gen(2048));
    BOOST_TEST(refusal(ours().certificate_pem, tcr::test::pem_of(rsa.get())).starts_with(key));
}

BOOST_AUTO_TEST_CASE(a_key_with_a_password_is_refused_and_not_asked_for)
{
    tcr::test::key_ptr const key(EVP_EC_gen("P-256"));
    auto const* const cipher = EVP_aes_128_cbc();
    auto const locked = tcr::test::pem(
        [&](BIO* out)
        { return PEM_write_bio_PKCS8PrivateKey(out, key.get(), cipher, "secret", 6, nullptr, nullptr); }
    );
    BOOST_TEST(refusal(ours().certificate_pem, locked).starts_with("the server's key cannot be read"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace server_context_test
