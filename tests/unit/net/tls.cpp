// SPDX-License-Identifier: Apache-2.0
#include "certificates.hpp"
#include <tcr/net/errc.hpp>
#include <tcr/net/tls.hpp>

#include <openssl/ssl.h>

namespace tls_test
{

using tcr::net::errc;
using tcr::net::make_client_context;
using tcr::net::tls_identity;
using tcr::test::certificate;
using tcr::test::key_ptr;
using tcr::test::pem;
using tcr::test::pem_of;

constexpr long hour = 3600;

/// Two keys of the same type and one key of another type. They are created once.
struct keys
{
    key_ptr ours{EVP_EC_gen("P-256")};
    key_ptr other{EVP_EC_gen("P-256")};
    key_ptr rsa{EVP_RSA_gen(2048)};

    static keys const& all()
    {
        static keys const made;
        return made;
    }
};

tls_identity good_identity()
{
    auto const& made = keys::all();
    tls_identity identity;
    identity.ca_pem = certificate(made.other.get(), -hour, hour, "ca");
    identity.certificate_pem = certificate(made.ours.get(), -hour, hour);
    identity.key_pem = pem_of(made.ours.get());
    return identity;
}

int trusted_certificates(SSL_CTX* context)
{
    return sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(context)));
}

/// The error with which the identity is refused. The test fails if the identity is accepted.
tcr::error refusal(tls_identity const& identity)
{
    auto const made = make_client_context(identity);
    BOOST_TEST_REQUIRE(!made.has_value());
    BOOST_TEST(made.error().code.failed());
    return made.error();
}

boost::test_tools::assertion_result mentions(tcr::error const& failure, std::string_view text)
{
    boost::test_tools::assertion_result found(failure.message().find(text) != std::string::npos);
    found.message() << "'" << failure.message() << "' does not mention '" << text << "'";
    return found;
}

BOOST_AUTO_TEST_SUITE(client_context)

BOOST_AUTO_TEST_CASE(a_complete_identity_makes_a_context_that_verifies_and_has_our_certificate)
{
    auto const made = make_client_context(good_identity());
    BOOST_TEST_REQUIRE(made.has_value());
    auto* context = (*made)->native_handle();
    BOOST_TEST(SSL_CTX_check_private_key(context) == 1);
    BOOST_TEST((SSL_CTX_get0_certificate(context) != nullptr));
    BOOST_TEST(SSL_CTX_get_verify_mode(context) == SSL_VERIFY_PEER);
    BOOST_TEST(SSL_CTX_get_min_proto_version(context) == TLS1_2_VERSION);
    BOOST_TEST(trusted_certificates(context) == 1);
}

BOOST_AUTO_TEST_CASE(a_ca_alone_is_enough)
{
    auto identity = good_identity();
    identity.certificate_pem.clear();
    identity.key_pem.clear();
    auto const made = make_client_context(identity);
    BOOST_TEST_REQUIRE(made.has_value());
    BOOST_TEST((SSL_CTX_get0_certificate((*made)->native_handle()) == nullptr));
}

BOOST_AUTO_TEST_CASE(all_certificates_of_a_ca_bundle_are_trusted)
{
    auto identity = good_identity();
    identity.ca_pem = "# a comment\n" + identity.ca_pem + "\nmore text\n" +
                      certificate(keys::all().ours.get(), -hour, hour, "second") +
                      certificate(keys::all().ours.get(), -hour, hour, "third");
    auto const made = make_client_context(identity);
    BOOST_TEST_REQUIRE(made.has_value());
    BOOST_TEST(trusted_certificates((*made)->native_handle()) == 3);
}

BOOST_AUTO_TEST_CASE(without_a_ca_the_systems_store_is_used_and_still_verified_against)
{
    auto const made = make_client_context(tls_identity());
    BOOST_TEST_REQUIRE(made.has_value());
    BOOST_TEST(SSL_CTX_get_verify_mode((*made)->native_handle()) == SSL_VERIFY_PEER);
}

BOOST_AUTO_TEST_CASE(verification_can_be_switched_off)
{
    auto identity = good_identity();
    identity.verify_server = false;
    auto const made = make_client_context(identity);
    BOOST_TEST_REQUIRE(made.has_value());
    BOOST_TEST(SSL_CTX_get_verify_mode((*made)->native_handle()) == SSL_VERIFY_NONE);
}

BOOST_AUTO_TEST_CASE(an_expired_certificate_is_refused_with_its_time)
{
    auto identity = good_identity();
    identity.certificate_pem = certificate(keys::all().ours.get(), -2 * hour, -hour);
    auto const failure = refusal(identity);
    BOOST_TEST((failure.code == errc::bad_credentials));
    BOOST_TEST(mentions(failure, "the client certificate expired at 20"));
    BOOST_TEST(failure.message().back() == 'Z');
}

BOOST_AUTO_TEST_CASE(a_certificate_of_tomorrow_is_refused_with_its_time)
{
    auto identity = good_identity();
    identity.certificate_pem = certificate(keys::all().ours.get(), 24 * hour, 48 * hour);
    auto const failure = refusal(identity);
    BOOST_TEST((failure.code == errc::bad_credentials));
    BOOST_TEST(mentions(failure, "the client certificate is not valid before 20"));
}

BOOST_AUTO_TEST_CASE(an_expired_ca_is_not_refused)
{
    // A CA bundle may contain expired certificates besides the certificate in use. If an expired certificate
    // is in use, the handshake fails.
    auto identity = good_identity();
    identity.ca_pem = certificate(keys::all().other.get(), -2 * hour, -hour);
    BOOST_TEST(make_client_context(identity).has_value());
}

BOOST_AUTO_TEST_CASE(the_key_of_another_certificate_is_refused)
{
    auto identity = good_identity();
    identity.key_pem = pem_of(keys::all().other.get());
    BOOST_TEST(mentions(refusal(identity), "the client key cannot be read, or does not belong"));
}

BOOST_AUTO_TEST_CASE(a_key_of_another_kind_than_the_certificates_is_refused)
{
    auto identity = good_identity();
    identity.key_pem = pem_of(keys::all().rsa.get());
    BOOST_TEST(mentions(refusal(identity), "the client key cannot be read, or does not belong"));
}

BOOST_AUTO_TEST_CASE(a_certificate_without_its_key_is_refused)
{
    auto identity = good_identity();
    identity.key_pem.clear();
    BOOST_TEST(mentions(refusal(identity), "the client key"));
}

BOOST_AUTO_TEST_CASE(an_rsa_certificate_with_its_intermediate_is_taken)
{
    auto identity = good_identity();
    identity.certificate_pem = certificate(keys::all().rsa.get(), -hour, hour) + identity.ca_pem;
    identity.key_pem = pem_of(keys::all().rsa.get());
    auto const made = make_client_context(identity);
    BOOST_TEST_REQUIRE(made.has_value());
    STACK_OF(X509)* chain = nullptr;
    SSL_CTX_get_extra_chain_certs((*made)->native_handle(), &chain);
    BOOST_TEST(sk_X509_num(chain) == 1);
}

BOOST_AUTO_TEST_CASE(garbage_is_refused_by_the_name_of_its_part)
{
    auto const good = good_identity();
    auto const broken = [](std::string text) { return text.replace(text.size() / 2, 4, "!!!!"); };
    for (std::string const& garbage :
         {std::string("garbage"),
          std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
          broken(good.ca_pem),
          good.ca_pem.substr(0, good.ca_pem.size() - 30)})
    {
        auto identity = good;
        identity.ca_pem = garbage;
        BOOST_TEST(mentions(refusal(identity), "the CA certificate cannot be read: "));
        identity = good;
        identity.certificate_pem = garbage;
        BOOST_TEST(mentions(refusal(identity), "the client certificate cannot be read: "));
        identity = good;
        identity.key_pem = garbage;
        BOOST_TEST(mentions(refusal(identity), "the client key cannot be read"));
    }
}

BOOST_AUTO_TEST_CASE(a_broken_certificate_after_a_good_one_is_refused)
{
    auto identity = good_identity();
    identity.ca_pem += "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    BOOST_TEST(mentions(refusal(identity), "the CA certificate cannot be read: "));
}

BOOST_AUTO_TEST_CASE(no_refusal_repeats_the_key)
{
    auto identity = good_identity();
    auto const key = identity.key_pem;
    identity.key_pem.replace(key.size() / 2, 4, "!!!!");
    auto const text = refusal(identity).message();
    for (std::size_t at = key.find('\n') + 1; at + 8 < key.size(); at += 8)
        BOOST_TEST(text.find(key.substr(at, 8)) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tls_test
