// SPDX-License-Identifier: Apache-2.0
#pragma once

// Helpers for OpenSSL's certificates: owning pointers, and functions that parse PEM and times.

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace tcr::net
{

/// Deletes an object with one of OpenSSL's functions.
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

/// Converts a time in a certificate, limited to the range of the clock. \return nullopt if the time is
/// invalid.
std::optional<std::chrono::system_clock::time_point> time_of(ASN1_TIME const* time);

/// Password callback for OpenSSL that rejects keys with a password. Without a callback, OpenSSL asks for the
/// password at the terminal.
int no_password(char* text, int size, int is_writing, void* ours);

/// Returns a BIO from which OpenSSL reads `text` without a copy. \par Lifetimes the text must outlive the
/// BIO.
bio_ptr reader_of(std::string_view text);

/// Returns the certificates in `text` as PEM blocks, each from its "BEGIN CERTIFICATE" line to its "END
/// CERTIFICATE" line.
std::vector<std::string_view> certificate_blocks(std::string_view text);

/// Parses one PEM block. \return null if the block is not a certificate.
x509_ptr read_certificate(std::string_view block);

}  // namespace tcr::net
