// SPDX-License-Identifier: Apache-2.0
#include "x509.hpp"
#include <tcr/net/certificate.hpp>
#include <tcr/net/errc.hpp>
#include <tcr/util/strings.hpp>

#include <boost/asio/ip/address.hpp>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tcr::net
{
namespace
{

using time_point = std::chrono::system_clock::time_point;

using number_ptr = std::unique_ptr<BIGNUM, openssl_free<BN_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, openssl_free<X509_EXTENSION_free>>;
using store_ptr = std::unique_ptr<X509_STORE, openssl_free<X509_STORE_free>>;
using verification_ptr = std::unique_ptr<X509_STORE_CTX, openssl_free<X509_STORE_CTX_free>>;

/// Max length of a common name: ub-common-name in RFC 5280 appendix A.1.
constexpr std::size_t longest_common_name = 64;

/// Max length of a DNS name as text: RFC 1035 section 2.3.4.
constexpr std::size_t longest_dns_name = 253;

/// Throws if `is_done` is false. Used for calls that fail only for lack of memory or entropy, or because
/// of a bug.
void expect(bool is_done)
{
    if (is_done)
        return;
    auto const why = ERR_get_error();
    ERR_clear_error();
    throw std::runtime_error(std::string("OpenSSL: ") + ERR_error_string(why, nullptr));
}

template <class Pointer>
Pointer expect(Pointer made)
{
    expect(made != nullptr);
    return made;
}

error bad(std::string text)
{
    return error(errc::bad_credentials, std::move(text));
}

/// Whether `name` is an IP address without an IPv6 scope such as "%eth0", which is valid on one machine only.
bool is_address(std::string const& name)
{
    boost::system::error_code ec;
    boost::asio::ip::make_address(name, ec);
    return !ec && name.find('%') == std::string::npos;
}

/// Whether `name` is a DNS name: letters, digits, '-', '.' and '_' (used in practice), after an optional
/// wildcard "*.".
bool is_dns_name(std::string_view name)
{
    if (name.starts_with("*."))
        name.remove_prefix(2);
    return !name.empty() && name.size() <= longest_dns_name && name.front() != '.' &&
           ascii_lower(name).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") == name.npos;
}

std::string text_of(bio_ptr const& written)
{
    char* bytes = nullptr;
    auto const size = BIO_get_mem_data(written.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate)
{
    auto const out = expect(bio_ptr(BIO_new(BIO_s_mem())));
    expect(PEM_write_bio_X509(out.get(), certificate) == 1);
    return text_of(out);
}

std::string pem_of(EVP_PKEY* key)
{
    auto const out = expect(bio_ptr(BIO_new(BIO_s_mem())));
    expect(PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return text_of(out);
}

/// Returns a random serial number: positive, and at most 127 bits long. RFC 5280 section 4.1.2.2 allows
/// positive numbers of up to 20 bytes.
number_ptr random_serial()
{
    auto number = expect(number_ptr(BN_new()));
    do
        expect(BN_rand(number.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1);
    while (BN_is_zero(number.get()));
    return number;
}

std::string hex_of(BIGNUM const* number)
{
    char* text = expect(BN_bn2hex(number));
    std::string copy(text);
    OPENSSL_free(text);
    return copy;
}

/// Makes a certificate without issuer, extensions and signature. `sign` adds the issuer and the signature.
x509_ptr draft(certificate_request const& request, std::string const& subject, EVP_PKEY* key, BIGNUM* serial)
{
    auto made = expect(x509_ptr(X509_new()));
    expect(X509_set_version(made.get(), X509_VERSION_3) == 1);
    expect(BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(made.get())) != nullptr);
    using std::chrono::system_clock;
    expect(ASN1_TIME_set(X509_getm_notBefore(made.get()), system_clock::to_time_t(request.not_before)));
    expect(ASN1_TIME_set(X509_getm_notAfter(made.get()), system_clock::to_time_t(request.not_after)));
    auto const* text = reinterpret_cast<unsigned char const*>(subject.data());
    auto const size = static_cast<int>(subject.size());
    auto* name = X509_get_subject_name(made.get());
    if (!subject.empty())
        expect(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, text, size, -1, 0) == 1);
    expect(X509_set_pubkey(made.get(), key) == 1);
    return made;
}

/// Adds an extension in the syntax of openssl.cnf(5). In this syntax, a comma separates words, so `words`
/// must contain only constants and names that `problem_of` has checked.
void extend(X509* certificate, X509* issuer, int kind, std::string const& words)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    auto const made = expect(extension_ptr(X509V3_EXT_conf_nid(nullptr, &context, kind, words.c_str())));
    expect(X509_add_ext(certificate, made.get(), -1) == 1);
}

/// Sets the issuer's name, adds the identifiers of both keys, and signs the certificate.
void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key)
{
    expect(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1);
    extend(certificate, issuer, NID_subject_key_identifier, "hash");
    extend(certificate, issuer, NID_authority_key_identifier, "keyid:always");
    expect(X509_sign(certificate, issuer_key, EVP_sha256()) > 0);
}

/// Returns the value of the extension for alternative names. The extension is critical if the certificate has
/// no common name (RFC 5280 section 4.2.1.6).
std::string alternative_names(certificate_request const& request)
{
    std::string words;
    for (auto const& each : request.names)
        words.append(words.empty() ? "" : ",").append(is_address(each) ? "IP:" : "DNS:").append(each);
    return request.common_name.empty() ? "critical," + words : words;
}

/// Returns why a request is invalid; empty if it is valid.
std::string problem_of(certificate_request const& request)
{
    if (request.names.empty())
        return "a certificate needs at least one name";
    for (auto const& each : request.names)
        if (!is_address(each) && !is_dns_name(each))
            return "'" + printable(each) + "' is neither a DNS name nor an IP address";
    if (request.not_after <= request.not_before)
        return "a certificate must end after it begins";
    return {};
}

/// Returns the DNS names and IP addresses of a certificate as text.
std::vector<std::string> names_of(X509 const* certificate)
{
    std::vector<std::string> all;
    names_ptr const names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))
    );
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i)
    {
        int kind = 0;
        auto const* value = static_cast<ASN1_STRING const*>(
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind)
        );
        if (kind != GEN_DNS && kind != GEN_IPADD)
            continue;
        auto const* bytes = ASN1_STRING_get0_data(value);
        auto const size = static_cast<std::size_t>(ASN1_STRING_length(value));
        boost::asio::ip::address_v4::bytes_type four;
        boost::asio::ip::address_v6::bytes_type six;
        if (kind == GEN_DNS)
            all.emplace_back(reinterpret_cast<char const*>(bytes), size);
        else if (size == four.size())
        {
            std::copy_n(bytes, size, four.begin());
            all.push_back(boost::asio::ip::address_v4(four).to_string());
        }
        else if (size == six.size())
        {
            std::copy_n(bytes, size, six.begin());
            all.push_back(boost::asio::ip::address_v6(six).to_string());
        }
    }
    ERR_clear_error();
    return all;
}

/// Reads all certificates in a text. \par Errors a sentence about `what`: there is no certificate, or a
/// certificate cannot be read.
result<std::vector<x509_ptr>> read_all(std::string_view text, std::string const& what)
{
    std::vector<x509_ptr> all;
    for (auto const block : certificate_blocks(text))
    {
        all.push_back(read_certificate(block));
        if (!all.back())
            return bad(what + " holds a certificate that cannot be read");
    }
    if (all.empty())
        return bad(what + " holds no certificate");
    return all;
}

/// Verifies the first certificate of `chain`. \return why it is not trusted; empty if it is trusted.
std::string trust_problem(std::vector<x509_ptr> const& chain, std::vector<x509_ptr> const& authorities)
{
    auto const store = expect(store_ptr(X509_STORE_new()));
    for (auto const& each : authorities)
        expect(X509_STORE_add_cert(store.get(), each.get()) == 1);
    auto const drop = [](STACK_OF(X509) * stack) { sk_X509_free(stack); };
    std::unique_ptr<STACK_OF(X509), decltype(drop)> const others(sk_X509_new_null(), drop);
    expect(others != nullptr);
    for (std::size_t i = 1; i < chain.size(); ++i)
        expect(sk_X509_push(others.get(), chain[i].get()) > 0);

    auto const check = expect(verification_ptr(X509_STORE_CTX_new()));
    expect(X509_STORE_CTX_init(check.get(), store.get(), chain.front().get(), others.get()) == 1);
    X509_STORE_CTX_set_flags(check.get(), X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN);
    expect(X509_STORE_CTX_set_purpose(check.get(), X509_PURPOSE_SSL_SERVER) == 1);
    bool const is_trusted = X509_verify_cert(check.get()) == 1;
    ERR_clear_error();
    return is_trusted ? "" : X509_verify_cert_error_string(X509_STORE_CTX_get_error(check.get()));
}

}  // namespace

result<issued_certificate> issue_certificate(certificate_request const& request)
{
    if (auto problem = problem_of(request); !problem.empty())
        return bad(std::move(problem));

    auto const ca_serial = random_serial();
    auto const ca_name = "CA " + hex_of(ca_serial.get()) + " of " + request.common_name;
    key_ptr const ca_key = expect(key_ptr(EVP_EC_gen("P-256")));
    auto const ca = draft(request, ca_name.substr(0, longest_common_name), ca_key.get(), ca_serial.get());
    extend(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    extend(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign");
    sign(ca.get(), ca.get(), ca_key.get());

    auto const serial = random_serial();
    key_ptr const key = expect(key_ptr(EVP_EC_gen("P-256")));
    auto const made =
        draft(request, request.common_name.substr(0, longest_common_name), key.get(), serial.get());
    extend(made.get(), ca.get(), NID_basic_constraints, "critical,CA:FALSE");
    extend(made.get(), ca.get(), NID_key_usage, "critical,digitalSignature");
    extend(made.get(), ca.get(), NID_ext_key_usage, "serverAuth");
    extend(made.get(), ca.get(), NID_subject_alt_name, alternative_names(request));
    sign(made.get(), ca.get(), ca_key.get());

    issued_certificate issued;
    issued.ca_pem = pem_of(ca.get());
    issued.certificate_pem = pem_of(made.get());
    issued.key_pem = pem_of(key.get());
    return issued;
}

result<certificate_facts> inspect_certificate(
    std::string_view certificate_pem, std::string_view key_pem, std::string_view ca_pem
)
{
    auto const chain = read_all(certificate_pem, "the certificate's text");
    if (!chain)
        return chain.error();
    auto* const certificate = chain->front().get();

    auto const reader = reader_of(key_pem);
    key_ptr const key(PEM_read_bio_PrivateKey(reader.get(), nullptr, &no_password, nullptr));
    ERR_clear_error();
    if (!key)
        return bad("the key's text holds no private key that can be read without a password");
    bool const is_its_key = X509_check_private_key(certificate, key.get()) == 1;
    ERR_clear_error();
    if (!is_its_key)
        return bad("the key does not belong to the certificate");

    if (!ca_pem.empty())
    {
        auto const authorities = read_all(ca_pem, "the CA bundle");
        if (!authorities)
            return authorities.error();
        if (auto const why = trust_problem(*chain, *authorities); !why.empty())
            return bad("the certificate cannot be trusted by the CA bundle: " + why);
    }

    auto const not_before = time_of(X509_get0_notBefore(certificate));
    auto const not_after = time_of(X509_get0_notAfter(certificate));
    if (!not_before || !not_after)
        return bad("the certificate's times cannot be read");
    certificate_facts facts;
    facts.not_before = *not_before;
    facts.not_after = *not_after;
    facts.names = names_of(certificate);
    return facts;
}

bool is_certificate_for(std::string_view certificate_pem, std::string const& host)
{
    auto const blocks = certificate_blocks(certificate_pem);
    auto const certificate = blocks.empty() ? nullptr : read_certificate(blocks.front());
    // For OpenSSL, a name with a leading dot matches every subdomain.
    if (!certificate || host.empty() || host.starts_with('.'))
        return false;
    unsigned const flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
    bool const is_good =
        (is_address(host)
             ? X509_check_ip_asc(certificate.get(), host.c_str(), flags)
             : X509_check_host(certificate.get(), host.data(), host.size(), flags, nullptr)) == 1;
    ERR_clear_error();
    return is_good;
}

std::string join_bundles(std::initializer_list<std::string_view> bundles, time_point now)
{
    std::vector<x509_ptr> kept;
    std::string joined;
    for (auto const bundle : bundles)
        for (auto const block : certificate_blocks(bundle))
        {
            auto certificate = read_certificate(block);
            auto const until = certificate ? time_of(X509_get0_notAfter(certificate.get())) : std::nullopt;
            if (!until || *until < now)
                continue;
            auto const is_same = [&](x509_ptr const& other)
            { return X509_cmp(certificate.get(), other.get()) == 0; };
            if (std::any_of(kept.begin(), kept.end(), is_same))
                continue;
            joined += pem_of(certificate.get());
            kept.push_back(std::move(certificate));
        }
    return joined;
}

}  // namespace tcr::net
