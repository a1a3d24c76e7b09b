#pragma once

#include <tcr/util/error.hpp>

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::net
{

/// What a server certificate is to be.
struct certificate_request
{
    std::string common_name;         ///< for people: clients go by `names`; of it at most 64 bytes (RFC 5280)
    std::vector<std::string> names;  ///< DNS names and IP addresses that it is good for; at least one
    std::chrono::system_clock::time_point not_before;  ///< whole seconds count
    std::chrono::system_clock::time_point not_after;   ///< whole seconds count
};

/// A server certificate with all that is needed to use it, as PEM text (RFC 7468).
struct issued_certificate
{
    std::string ca_pem;           ///< who trusts this, trusts the certificate and no other
    std::string certificate_pem;  ///< one certificate: its authority is the root
    std::string key_pem;          ///< PKCS #8, not encrypted
};

/// Makes a key (ECDSA P-256) and a server certificate for it, by an authority of its own.
///
/// The authority's key is thrown away: what nobody has nobody can steal. So each issue has another authority,
/// and as several of them stand in one bundle while one follows the other, each has a subject of its own.
/// \par Errors a sentence: no name, one that is neither an IP address nor fit for a DNS name, times in wrong
/// order.
result<issued_certificate> issue_certificate(certificate_request const& request);

/// What stands in a server certificate. Times beyond the clock's range, such as those of the year 9999,
/// become its first or last one.
struct certificate_facts
{
    std::chrono::system_clock::time_point not_before;
    std::chrono::system_clock::time_point not_after;
    std::vector<std::string> names;  ///< its DNS names, patterns included, and IP addresses
};

/// Reads a server certificate as somebody keeps it: itself, then its intermediates; its key; and who trusts
/// it.
///
/// Dates are told, not judged: neither its own nor those of the authorities. Any certificate of `ca_pem` is
/// trusted as Go's verifier does it, be it a root or not; an empty `ca_pem` asks for no trust.
/// \par Errors a sentence, without any of the key: what cannot be read, a key that is not the certificate's,
/// a certificate that no authority of `ca_pem` has issued or that is none for servers.
result<certificate_facts> inspect_certificate(
    std::string_view certificate_pem, std::string_view key_pem, std::string_view ca_pem
);

/// Whether the first certificate of the text is good for that DNS name or IP address, without brackets. As Go
/// does, it goes by the names alone and not by the common name. False for what is no certificate.
bool is_certificate_for(std::string_view certificate_pem, std::string const& host);

/// The certificates of all these texts as one bundle: in their order, without doubles, those that are over at
/// `now`, and anything that is no certificate.
std::string join_bundles(
    std::initializer_list<std::string_view> bundles, std::chrono::system_clock::time_point now
);

}  // namespace tcr::net
