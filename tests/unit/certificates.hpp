// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/test/unit_test.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace tcr::test
{

struct free_key
{
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, free_key>;

/// Calls `write`, which calls one of OpenSSL's PEM functions. \return the PEM text
template <class Write>
std::string pem(Write write)
{
    BIO* out = BIO_new(BIO_s_mem());
    BOOST_TEST_REQUIRE(write(out) == 1);
    char* bytes = nullptr;
    auto const length = BIO_get_mem_data(out, &bytes);
    std::string text(bytes, static_cast<std::size_t>(length));
    BIO_free(out);
    return text;
}

inline std::string pem_of(EVP_PKEY* key)
{
    return pem([&](BIO* out)
               { return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

/// A self-signed certificate for `key`. It is valid from `from` to `until`, in seconds relative to now.
inline std::string certificate(EVP_PKEY* key, long from, long until, char const* name = "test")
{
    X509* made = X509_new();
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    X509_gmtime_adj(X509_getm_notBefore(made), from);
    X509_gmtime_adj(X509_getm_notAfter(made), until);
    X509_set_pubkey(made, key);
    auto* subject = X509_get_subject_name(made);
    X509_NAME_add_entry_by_txt(
        subject, "CN", MBSTRING_ASC, reinterpret_cast<unsigned char const*>(name), -1, -1, 0
    );
    X509_set_issuer_name(made, subject);
    BOOST_TEST_REQUIRE(X509_sign(made, key, EVP_sha256()) != 0);
    auto text = pem([&](BIO* out) { return PEM_write_bio_X509(out, made); });
    X509_free(made);
    return text;
}

}  // namespace tcr::test
