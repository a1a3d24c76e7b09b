// SPDX-License-Identifier: Apache-2.0
#include <tcr/registry/tc3_signature.hpp>
#include <tcr/util/sha256.hpp>
#include <tcr/util/strings.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace tcr::registry
{
namespace
{

constexpr std::string_view algorithm = "TC3-HMAC-SHA256";
constexpr std::string_view scope_end = "tc3_request";

/// HMAC-SHA256 (RFC 2104).
sha256::digest hmac(std::string_view key, std::string_view text)
{
    sha256::digest digest{};
    auto const* const bytes = reinterpret_cast<unsigned char const*>(text.data());
    auto const key_size = static_cast<int>(key.size());
    if (HMAC(EVP_sha256(), key.data(), key_size, bytes, text.size(), digest.data(), nullptr) == nullptr)
        throw std::runtime_error("OpenSSL has no HMAC-SHA256");
    return digest;
}

std::string raw_hmac(std::string_view key, std::string_view text)
{
    auto const digest = hmac(key, text);
    return {digest.begin(), digest.end()};
}

std::string signed_headers(tc3_request const& request)
{
    return request.action.empty() ? "content-type;host" : "content-type;host;x-tc-action";
}

/// The UTC date of a time, e.g. "2025-01-03". The local date may be another day, which the API refuses.
std::string date_of(std::chrono::sys_seconds when)
{
    return rfc3339(when).substr(0, 10);
}

std::string scope_of(std::string_view service, std::chrono::sys_seconds when)
{
    return date_of(when).append("/").append(service).append("/").append(scope_end);
}

}  // namespace

std::string tc3_signing_key(std::string_view secret_key, std::string_view date, std::string_view service)
{
    return tc3_signing_key_of_day(raw_hmac("TC3" + std::string(secret_key), date), service);
}

std::string tc3_signing_key_of_day(std::string_view date_key, std::string_view service)
{
    return raw_hmac(raw_hmac(date_key, service), scope_end);
}

std::string tc3_canonical_hash(tc3_request const& request)
{
    std::string text;
    text.append(request.method).append("\n/\n").append(request.query).append("\n");
    text.append("content-type:").append(ascii_lower(trim(request.content_type))).append("\n");
    text.append("host:").append(ascii_lower(trim(request.host))).append("\n");
    if (!request.action.empty())
        text.append("x-tc-action:").append(ascii_lower(trim(request.action))).append("\n");
    text.append("\n").append(signed_headers(request)).append("\n").append(hex(sha256_of(request.body)));
    return hex(sha256_of(text));
}

std::string tc3_signature(
    tc3_request const& request, std::string_view signing_key, std::chrono::sys_seconds when
)
{
    std::string text(algorithm);
    text.append("\n").append(std::to_string(when.time_since_epoch().count())).append("\n");
    text.append(scope_of(request.service, when)).append("\n").append(tc3_canonical_hash(request));
    return hex(hmac(signing_key, text));
}

std::string tc3_authorization(
    tc3_request const& request, cloud_keys const& keys, std::chrono::sys_seconds when
)
{
    auto const key = tc3_signing_key(keys.secret_key, date_of(when), request.service);
    std::string text(algorithm);
    text.append(" Credential=").append(keys.secret_id).append("/").append(scope_of(request.service, when));
    text.append(", SignedHeaders=").append(signed_headers(request));
    text.append(", Signature=").append(tc3_signature(request, key, when));
    return text;
}

}  // namespace tcr::registry
