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
    std::string common_name;         ///< for people, as clients check `names`; cut to 64 bytes (RFC 5280)
    std::vector<std::string> names;  ///< DNS names and IP addresses that it is valid for; at least one
    std::chrono::system_clock::time_point not_before;  ///< fractions of a second are dropped
    std::chrono::system_clock::time_point not_after;   ///< fractions of a second are dropped
};

/// A server certificate, its key and its authority, as PEM text (RFC 7468).
struct issued_certificate
{
    std::string ca_pem;           ///< a client with this CA trusts this certificate and no other
    std::string certificate_pem;  ///< one certificate: the CA is the root
    std::string key_pem;          ///< PKCS #8, not encrypted
};

/// Makes a key (ECDSA P-256) and a server certificate for it, with a new authority.
///
/// The key of the authority is discarded, so that it cannot be stolen. Each call therefore makes another
/// authority. During a rotation several of them are in one bundle, so each has its own subject.
/// \par Errors a sentence: no name, a name that is neither an IP address nor a DNS name, times in wrong
/// order.
result<issued_certificate> issue_certificate(certificate_request const& request);

/// Facts of a server certificate. Times beyond the clock's range, such as those of the year 9999, become its
/// first or last one.
struct certificate_facts
{
    std::chrono::system_clock::time_point not_before;
    std::chrono::system_clock::time_point not_after;
    std::vector<std::string> names;  ///< its DNS names, wildcards included, and IP addresses
};

/// Reads a server certificate and checks that its parts match: `certificate_pem` holds the certificate, then
/// its intermediates; `key_pem` its key; `ca_pem` the certificates that clients trust.
///
/// Returns dates but does not check them, nor those of the authorities. Like Go's verifier, trusts any
/// certificate of `ca_pem`, be it a root or not. An empty `ca_pem` skips the check of trust.
/// \par Errors a sentence, without any of the key: text that cannot be read, a key of another certificate, a
/// certificate that no authority of `ca_pem` has issued or that is not for servers.
result<certificate_facts> inspect_certificate(
    std::string_view certificate_pem, std::string_view key_pem, std::string_view ca_pem
);

/// Whether the first certificate of the text is valid for this DNS name or IP address (without brackets). As
/// in Go, only the names count, not the common name. False if there is no certificate.
bool is_certificate_for(std::string_view certificate_pem, std::string const& host);

/// Joins the certificates of these texts into one bundle, in their order. Omits duplicates, certificates that
/// have expired at `now`, and text that is not a certificate.
std::string join_bundles(
    std::initializer_list<std::string_view> bundles, std::chrono::system_clock::time_point now
);

}  // namespace tcr::net
