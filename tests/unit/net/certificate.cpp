// SPDX-License-Identifier: Apache-2.0
#include "certificates.hpp"
#include <tcr/net/certificate.hpp>

#include <openssl/ui.h>
#include <openssl/x509v3.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace certificate_test
{

using namespace std::chrono_literals;
using tcr::net::certificate_request;
using tcr::net::inspect_certificate;
using tcr::net::is_certificate_for;
using tcr::net::issue_certificate;
using tcr::net::issued_certificate;
using tcr::net::join_bundles;
using tcr::test::certificate;
using tcr::test::pem_of;
using time_point = std::chrono::system_clock::time_point;

/// A certificate that OpenSSL parses from PEM.
struct parsed
{
    explicit parsed(std::string const& pem)
    {
        BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
        x509 = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
        BIO_free(in);
        BOOST_TEST_REQUIRE((x509 != nullptr));
    }
    ~parsed() { X509_free(x509); }
    parsed(parsed const&) = delete;
    parsed& operator=(parsed const&) = delete;

    std::string subject() const
    {
        char text[200];
        X509_NAME_oneline(X509_get_subject_name(x509), text, sizeof text);
        return text;
    }

    std::string serial() const
    {
        auto const* number = X509_get0_serialNumber(x509);
        return {reinterpret_cast<char const*>(number->data), static_cast<std::size_t>(number->length)};
    }

    bool is_critical(int extension) const
    {
        auto const at = X509_get_ext_by_NID(x509, extension, -1);
        return at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(x509, at)) == 1;
    }

    X509* x509;
};

/// The time 2023-11-14T22:13:20Z.
constexpr time_point start{1'700'000'000s};

certificate_request good_request()
{
    certificate_request request;
    request.common_name = "hook.ns.svc";
    request.names = {"hook.ns.svc", "hook.ns.svc.cluster.local", "10.0.0.1", "fd00::1"};
    request.not_before = start;
    request.not_after = start + 24h;
    return request;
}

issued_certificate issue()
{
    return issue_certificate(good_request()).value();
}

std::string refusal(certificate_request const& request)
{
    auto const refused = issue_certificate(request);
    BOOST_TEST_REQUIRE(refused.has_error());
    return refused.error().message();
}

std::string refusal(std::string_view certificate_pem, std::string_view key_pem, std::string_view ca_pem)
{
    auto const refused = inspect_certificate(certificate_pem, key_pem, ca_pem);
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST(refused.error().code.failed());
    return refused.error().message();
}

std::size_t count_of(std::string_view text, std::string_view what)
{
    std::size_t count = 0;
    for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
        ++count;
    return count;
}

/// A certificate with these extensions, signed with `issuer_key`.
std::string signed_by(
    EVP_PKEY* issuer_key,
    std::string const& issuer_name,
    EVP_PKEY* key,
    std::string const& name,
    std::vector<std::pair<int, char const*>> const& extensions
)
{
    X509* made = X509_new();
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 7);
    X509_gmtime_adj(X509_getm_notBefore(made), -7200);
    X509_gmtime_adj(X509_getm_notAfter(made), -3600);
    X509_set_pubkey(made, key);
    auto const set = [](X509_NAME* in, std::string const& text)
    {
        auto const* bytes = reinterpret_cast<unsigned char const*>(text.c_str());
        X509_NAME_add_entry_by_txt(in, "CN", MBSTRING_ASC, bytes, -1, -1, 0);
    };
    set(X509_get_subject_name(made), name);
    set(X509_get_issuer_name(made), issuer_name);
    for (auto const& [kind, words] : extensions)
    {
        auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, words);
        BOOST_TEST_REQUIRE((extension != nullptr));
        X509_add_ext(made, extension, -1);
        X509_EXTENSION_free(extension);
    }
    BOOST_TEST_REQUIRE(X509_sign(made, issuer_key, EVP_sha256()) != 0);
    auto text = tcr::test::pem([&](BIO* out) { return PEM_write_bio_X509(out, made); });
    X509_free(made);
    return text;
}

BOOST_AUTO_TEST_SUITE(issued_certificates)

BOOST_AUTO_TEST_CASE(what_is_issued_can_be_inspected_and_holds_what_was_asked)
{
    auto const made = issue();
    auto const facts = inspect_certificate(made.certificate_pem, made.key_pem, made.ca_pem);
    BOOST_TEST_REQUIRE(facts.has_value(), facts.error().message());
    BOOST_TEST((facts->not_before == start));
    BOOST_TEST((facts->not_after == start + 24h));
    BOOST_TEST(facts->names == good_request().names, boost::test_tools::per_element());
    BOOST_TEST(made.key_pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    BOOST_TEST(count_of(made.certificate_pem, "BEGIN CERTIFICATE") == 1u);
    BOOST_TEST(count_of(made.ca_pem, "BEGIN CERTIFICATE") == 1u);
}

BOOST_AUTO_TEST_CASE(it_is_for_servers_and_its_authority_for_nothing_but_signing)
{
    auto const made = issue();
    parsed const own(made.certificate_pem);
    parsed const ca(made.ca_pem);
    BOOST_TEST(X509_get_version(own.x509) == X509_VERSION_3);
    BOOST_TEST(X509_check_ca(own.x509) == 0);
    BOOST_TEST(X509_check_ca(ca.x509) == 1);
    BOOST_TEST(X509_get_pathlen(ca.x509) == 0);
    BOOST_TEST(X509_get_key_usage(own.x509) == std::uint32_t{KU_DIGITAL_SIGNATURE});
    BOOST_TEST(X509_get_key_usage(ca.x509) == std::uint32_t{KU_KEY_CERT_SIGN});
    BOOST_TEST(X509_get_extended_key_usage(own.x509) == std::uint32_t{XKU_SSL_SERVER});
    for (auto const* each : {&own, &ca})
    {
        BOOST_TEST(each->is_critical(NID_basic_constraints));
        BOOST_TEST(each->is_critical(NID_key_usage));
        BOOST_TEST((X509_get0_subject_key_id(each->x509) != nullptr));
        auto const* authority = X509_get0_authority_key_id(each->x509);
        BOOST_TEST_REQUIRE((authority != nullptr));
        BOOST_TEST(ASN1_OCTET_STRING_cmp(authority, X509_get0_subject_key_id(ca.x509)) == 0);
        BOOST_TEST(X509_verify(each->x509, X509_get0_pubkey(ca.x509)) == 1);
    }
    BOOST_TEST(!own.is_critical(NID_subject_alt_name));
    BOOST_TEST(own.subject() == "/CN=hook.ns.svc");
    BOOST_TEST(ca.subject().ends_with(" of hook.ns.svc"), ca.subject());
}

BOOST_AUTO_TEST_CASE(no_two_share_a_key_a_serial_or_an_authoritys_name)
{
    std::set<std::string> keys;
    std::set<std::string> serials;
    std::set<std::string> subjects;
    for (int i = 0; i < 20; ++i)
    {
        auto const made = issue();
        keys.insert(made.key_pem);
        for (auto const& each : {made.ca_pem, made.certificate_pem})
        {
            auto const serial = parsed(each).serial();
            serials.insert(serial);
            BOOST_TEST(serial.size() <= 16u);
            BOOST_TEST((static_cast<unsigned char>(serial.front()) < 0x80 || serial.size() < 16));
        }
        subjects.insert(parsed(made.ca_pem).subject());
    }
    BOOST_TEST(keys.size() == 20u);
    BOOST_TEST(serials.size() == 40u);
    BOOST_TEST(subjects.size() == 20u);
}

BOOST_AUTO_TEST_CASE(a_common_name_is_cut_or_left_out)
{
    auto request = good_request();
    request.common_name = std::string(63, 'a') + "." + std::string(63, 'b') + ".svc";
    request.names = {request.common_name};
    auto const cut = issue_certificate(request);
    BOOST_TEST_REQUIRE(cut.has_value());
    BOOST_TEST(parsed(cut->certificate_pem).subject() == "/CN=" + std::string(63, 'a') + ".");
    BOOST_TEST(is_certificate_for(cut->certificate_pem, request.common_name));

    request.common_name.clear();
    auto const none = issue_certificate(request);
    BOOST_TEST_REQUIRE(none.has_value());
    BOOST_TEST(parsed(none->certificate_pem).subject().empty());
    BOOST_TEST(parsed(none->certificate_pem).is_critical(NID_subject_alt_name));
    BOOST_TEST(inspect_certificate(none->certificate_pem, none->key_pem, none->ca_pem).has_value());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_certificate_is_refused)
{
    auto request = good_request();
    request.names.clear();
    BOOST_TEST(refusal(request) == "a certificate needs at least one name");
    for (auto const* name :
         {"", "a b", "a,DNS:b", ".a", "a\nb", "*", "*.", "a.*", "fe80::1%1", "\xc3\xa4.example", "a/b"})
    {
        request.names = {"good", name};
        BOOST_TEST(refusal(request).ends_with("' is neither a DNS name nor an IP address"), name);
    }
    request.names = {std::string(254, 'a')};
    BOOST_TEST(refusal(request).ends_with("' is neither a DNS name nor an IP address"));
    request = good_request();
    request.not_after = request.not_before;
    BOOST_TEST(refusal(request) == "a certificate must end after it begins");
}

BOOST_AUTO_TEST_CASE(times_of_other_centuries)
{
    auto request = good_request();
    request.not_before = time_point(-400'000'000s);
    request.not_after = time_point(4'000'000'000s);
    auto const made = issue_certificate(request);
    BOOST_TEST_REQUIRE(made.has_value());
    auto const facts = inspect_certificate(made->certificate_pem, made->key_pem, made->ca_pem);
    BOOST_TEST_REQUIRE(facts.has_value());
    BOOST_TEST((facts->not_before == request.not_before));
    BOOST_TEST((facts->not_after == request.not_after));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(inspected_certificates)

BOOST_AUTO_TEST_CASE(without_authorities_trust_is_not_checked)
{
    auto const made = issue();
    BOOST_TEST(inspect_certificate(made.certificate_pem, made.key_pem, "").has_value());
}

BOOST_AUTO_TEST_CASE(any_authority_of_the_bundle_will_do_and_no_other)
{
    auto const made = issue();
    auto const other = issue();
    auto const bundle = "# old\n" + other.ca_pem + "# new\n" + made.ca_pem;
    BOOST_TEST(inspect_certificate(made.certificate_pem, made.key_pem, bundle).has_value());
    BOOST_TEST(refusal(made.certificate_pem, made.key_pem, other.ca_pem)
                   .starts_with("the certificate cannot be trusted by the CA bundle: "));
}

BOOST_AUTO_TEST_CASE(a_certificate_by_itself_is_trusted_where_it_stands_in_the_bundle)
{
    tcr::test::key_ptr const key(EVP_EC_gen("P-256"));
    auto const own = certificate(key.get(), -3600, 3600);
    auto const key_pem = pem_of(key.get());
    BOOST_TEST(inspect_certificate(own, key_pem, own).has_value());
    BOOST_TEST(refusal(own, key_pem, issue().ca_pem).find("cannot be trusted") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_chain_is_followed_whatever_the_time)
{
    tcr::test::key_ptr const root_key(EVP_EC_gen("P-256"));
    tcr::test::key_ptr const middle_key(EVP_EC_gen("P-256"));
    tcr::test::key_ptr const key(EVP_EC_gen("P-256"));
    std::vector<std::pair<int, char const*>> const ca = {{NID_basic_constraints, "critical,CA:TRUE"}};
    auto const root = signed_by(root_key.get(), "root", root_key.get(), "root", ca);
    auto const middle = signed_by(root_key.get(), "root", middle_key.get(), "middle", ca);
    auto const own =
        signed_by(middle_key.get(), "middle", key.get(), "own", {{NID_ext_key_usage, "serverAuth"}});
    auto const key_pem = pem_of(key.get());
    BOOST_TEST(inspect_certificate(own + middle, key_pem, root).has_value());
    BOOST_TEST(inspect_certificate(own, key_pem, middle).has_value());
    BOOST_TEST(refusal(own, key_pem, root).find("unable to get local issuer") != std::string::npos);

    auto const of_a_client =
        signed_by(root_key.get(), "root", key.get(), "own", {{NID_ext_key_usage, "clientAuth"}});
    BOOST_TEST(refusal(of_a_client, key_pem, root).find("purpose") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_named)
{
    auto const made = issue();
    auto broken = made.certificate_pem;
    broken.replace(broken.size() / 2, 4, "!!!!");
    for (std::string_view none :
         {std::string_view(), std::string_view("garbage"), std::string_view(made.key_pem)})
    {
        BOOST_TEST(refusal(none, made.key_pem, "") == "the certificate's text holds no certificate");
        if (!none.empty())
            BOOST_TEST(
                refusal(made.certificate_pem, made.key_pem, none) == "the CA bundle holds no certificate"
            );
    }
    BOOST_TEST(
        refusal(broken, made.key_pem, "") == "the certificate's text holds a certificate that cannot be read"
    );
    BOOST_TEST(
        refusal(made.certificate_pem, made.key_pem, made.ca_pem + broken) ==
        "the CA bundle holds a certificate that cannot be read"
    );
    auto const no_key = "the key's text holds no private key that can be read without a password";
    for (auto const& key : {std::string(), std::string("garbage"), made.certificate_pem})
        BOOST_TEST(refusal(made.certificate_pem, key, "") == no_key);
}

BOOST_AUTO_TEST_CASE(a_key_with_a_password_is_refused_and_not_asked_for)
{
    auto const made = issue();
    tcr::test::key_ptr const key(EVP_EC_gen("P-256"));
    auto const locked = tcr::test::pem(
        [&](BIO* out) {
            return PEM_write_bio_PKCS8PrivateKey(
                out, key.get(), EVP_aes_128_cbc(), "secret", 6, nullptr, nullptr
            );
        }
    );
    BOOST_TEST(refusal(made.certificate_pem, locked, "").find("without a password") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_certificate_with_a_password_is_refused_and_not_asked_for)
{
    static bool is_asked = false;
    std::unique_ptr<UI_METHOD, decltype(&UI_destroy_method)> const terminal(
        UI_create_method("test"), &UI_destroy_method
    );
    UI_method_set_opener(terminal.get(), [](UI*) { return is_asked = true, 0; });
    UI_set_default_method(terminal.get());

    auto const made = issue();
    auto locked = made.certificate_pem;
    locked.insert(
        locked.find('\n') + 1,
        "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00000000000000000000000000000000\n\n"
    );
    BOOST_TEST(refusal(locked, made.key_pem, "").find("cannot be read") != std::string::npos);
    BOOST_TEST(!is_asked);
    UI_set_default_method(UI_OpenSSL());
}

BOOST_AUTO_TEST_CASE(the_key_of_another_certificate_is_refused)
{
    auto const made = issue();
    BOOST_TEST(
        refusal(made.certificate_pem, issue().key_pem, made.ca_pem) ==
        "the key does not belong to the certificate"
    );
    tcr::test::key_ptr const rsa(EVP_RSA_gen(2048));
    BOOST_TEST(
        refusal(made.certificate_pem, pem_of(rsa.get()), "") == "the key does not belong to the certificate"
    );
}

BOOST_AUTO_TEST_CASE(a_time_beyond_the_clocks_range_is_its_last)
{
    tcr::test::key_ptr const key(EVP_EC_gen("P-256"));
    parsed const own(certificate(key.get(), -3600, 3600));
    ASN1_TIME_set_string(X509_getm_notAfter(own.x509), "99991231235959Z");
    ASN1_TIME_set_string(X509_getm_notBefore(own.x509), "00010101000000Z");
    X509_sign(own.x509, key.get(), EVP_sha256());
    auto const text = tcr::test::pem([&](BIO* out) { return PEM_write_bio_X509(out, own.x509); });
    auto const facts = inspect_certificate(text, pem_of(key.get()), "");
    BOOST_TEST_REQUIRE(facts.has_value());
    BOOST_TEST((facts->not_after == time_point::max()));
    BOOST_TEST((facts->not_before == time_point::min()));
    BOOST_TEST(!join_bundles({text}, start).empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(certificates_names)

BOOST_AUTO_TEST_CASE(a_certificate_is_valid_for_its_names_and_addresses)
{
    auto const made = issue();
    for (auto const* name :
         {"hook.ns.svc", "HOOK.ns.svc", "hook.ns.svc.cluster.local", "10.0.0.1", "fd00::1", "fd00:0::1"})
        BOOST_TEST(is_certificate_for(made.certificate_pem, name), name);
    for (auto const* name :
         {"",
          "hook",
          "ns.svc",
          "x.hook.ns.svc",
          "hook.ns.svc.",
          ".ns.svc",
          "10.0.0.2",
          "fd00::2",
          "[fd00::1]"})
        BOOST_TEST(!is_certificate_for(made.certificate_pem, name), name);
    BOOST_TEST(!is_certificate_for("", "hook.ns.svc"));
    BOOST_TEST(!is_certificate_for(made.key_pem, "hook.ns.svc"));
}

BOOST_AUTO_TEST_CASE(a_pattern_stands_for_one_label)
{
    auto request = good_request();
    request.names = {"*.example.org"};
    auto const made = issue_certificate(request);
    BOOST_TEST_REQUIRE(made.has_value());
    BOOST_TEST(is_certificate_for(made->certificate_pem, "a.example.org"));
    BOOST_TEST(!is_certificate_for(made->certificate_pem, "a.b.example.org"));
    BOOST_TEST(!is_certificate_for(made->certificate_pem, "example.org"));
}

BOOST_AUTO_TEST_CASE(a_common_name_alone_counts_for_nothing)
{
    tcr::test::key_ptr const key(EVP_EC_gen("P-256"));
    BOOST_TEST(!is_certificate_for(certificate(key.get(), -3600, 3600, "hook.ns.svc"), "hook.ns.svc"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(bundles)

BOOST_AUTO_TEST_CASE(bundles_are_joined_in_their_order_without_doubles)
{
    auto const a = issue().ca_pem;
    auto const b = issue().ca_pem;
    auto const c = issue().ca_pem;
    BOOST_TEST(join_bundles({}, start).empty());
    BOOST_TEST(join_bundles({"", "garbage"}, start).empty());
    BOOST_TEST(join_bundles({a}, start) == a);
    BOOST_TEST(join_bundles({a + b, c}, start) == a + b + c);
    BOOST_TEST(join_bundles({a + b + a, b, c + a}, start) == a + b + c);
}

BOOST_AUTO_TEST_CASE(expired_certificates_are_omitted_and_future_ones_kept)
{
    auto const old = issue().ca_pem;
    auto request = good_request();
    request.not_before = start + 48h;
    request.not_after = start + 72h;
    auto const later = issue_certificate(request).value().ca_pem;
    BOOST_TEST(join_bundles({old, later}, start) == old + later);
    BOOST_TEST(join_bundles({old, later}, start + 24h) == old + later);
    BOOST_TEST(join_bundles({old, later}, start + 24h + 1s) == later);
    BOOST_TEST(join_bundles({old, later}, start + 1000h).empty());
}

BOOST_AUTO_TEST_CASE(anything_else_is_skipped)
{
    auto const a = issue().ca_pem;
    auto const made = issue();
    auto const& b = made.ca_pem;
    auto broken = a;
    broken.replace(broken.size() / 2, 4, "!!!!");
    BOOST_TEST(join_bundles({"# a comment\n" + a + "text\r\n" + made.key_pem + b + "more"}, start) == a + b);
    BOOST_TEST(join_bundles({broken + b, broken}, start) == b);
    // Certificate b is found after a truncated certificate a, wherever a is cut.
    for (std::size_t size = 0; size + 1 < a.size(); size += 7)
        BOOST_TEST(join_bundles({a.substr(0, size), a.substr(0, size) + "\n" + b}, start) == b);
    std::string crlf;
    for (char ch : a)
        crlf += ch == '\n' ? std::string("\r\n") : std::string(1, ch);
    BOOST_TEST(join_bundles({crlf, a}, start) == a);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace certificate_test
