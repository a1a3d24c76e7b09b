// SPDX-License-Identifier: Apache-2.0
#pragma once

// Issues and inspects server certificates.

#include <tcr/util/error.hpp>

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::net
{

/// Content of a server certificate to be issued.
struct certificate_request
{
    std::string common_name;         ///< for people only: clients check `names`; cut to 64 bytes (RFC 5280)
    std::vector<std::string> names;  ///< DNS names and IP addresses of the server; at least one
    std::chrono::system_clock::time_point not_before;  ///< fractions of a second are dropped
    std::chrono::system_clock::time_point not_after;   ///< fractions of a second are dropped
};

/// A server certificate, its key and its authority, as PEM text (RFC 7468).
struct issued_certificate
{
    std::string ca_pem;           ///< certificate of the authority, which signs only this server certificate
    std::string certificate_pem;  ///< the server certificate, without intermediates
    std::string key_pem;          ///< the server's private key: PKCS #8, not encrypted
};

/// Makes a new authority, a new key (ECDSA P-256), and a server certificate for this key.
///
/// The authority's key is discarded after signing, so that it cannot be stolen. Each call therefore makes a
/// new authority. Each authority has a unique subject, because one bundle contains several authorities during
/// a rotation.
/// \par Errors `errc::bad_credentials` and a sentence: `names` is empty, a name is neither an IP address nor
/// a DNS name, or `not_after` is not later than `not_before`.
result<issued_certificate> issue_certificate(certificate_request const& request);

/// Facts from a server certificate. A time outside the range of `system_clock`, such as one in the year
/// 9999, becomes the first or last time of this range.
struct certificate_facts
{
    std::chrono::system_clock::time_point not_before;
    std::chrono::system_clock::time_point not_after;
    std::vector<std::string> names;  ///< DNS names (including wildcards) and IP addresses
};

/// Reads a server certificate and checks that its key and the CA bundle match it. `certificate_pem` contains
/// the certificate and then its intermediates. `key_pem` contains the private key. `ca_pem` contains the
/// certificates that clients trust.
///
/// Does not check any dates, neither of the certificate nor of the authorities. Like Go's verifier, trusts
/// every certificate in `ca_pem`, including intermediates. If `ca_pem` is empty, checks neither trust nor the
/// purpose of the certificate.
/// \par Errors `errc::bad_credentials` and a sentence that contains no part of the key. The error means one
/// of:
/// - A text or a date cannot be read.
/// - The key belongs to another certificate.
/// - No chain of issuers leads from the certificate to a certificate in `ca_pem`.
/// - The certificate is not for servers.
result<certificate_facts> inspect_certificate(
    std::string_view certificate_pem, std::string_view key_pem, std::string_view ca_pem
);

/// Whether the first certificate in `certificate_pem` is valid for `host`: a DNS name, or an IP address
/// without brackets. Ignores the common name, as Go does. False if this certificate cannot be read.
bool is_certificate_for(std::string_view certificate_pem, std::string const& host);

/// Joins the certificates of all `bundles` into one bundle, in the same order. Omits duplicates, certificates
/// that expired before `now`, and all text that cannot be read as a certificate.
std::string join_bundles(
    std::initializer_list<std::string_view> bundles, std::chrono::system_clock::time_point now
);

}  // namespace tcr::net
