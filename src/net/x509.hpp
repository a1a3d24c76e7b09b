#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::net
{

/// Deletes by one of OpenSSL's functions.
template <auto Free>
struct openssl_free
{
    template <class T>
    void operator()(T* object) const
    {
        Free(object);
    }
};

using bio_ptr = std::unique_ptr<BIO, openssl_free<BIO_free_all>>;
using key_ptr = std::unique_ptr<EVP_PKEY, openssl_free<EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, openssl_free<X509_free>>;
using names_ptr = std::unique_ptr<GENERAL_NAMES, openssl_free<GENERAL_NAMES_free>>;

/// Nothing if it is no time. Times beyond the clock's range become its first or last one.
std::optional<std::chrono::system_clock::time_point> time_of(ASN1_TIME const* time);

/// For OpenSSL to call: a key that asks for a password is of no use to us, and without this one is asked at
/// the terminal.
int no_password(char* text, int size, int is_writing, void* ours);

/// A text to read PEM from, without a copy.
bio_ptr reader_of(std::string_view text);

/// What lies between a "BEGIN CERTIFICATE" and its "END CERTIFICATE", both included.
std::vector<std::string_view> certificate_blocks(std::string_view text);

/// One such block; null if it cannot be read.
x509_ptr read_certificate(std::string_view block);

}  // namespace tcr::net
