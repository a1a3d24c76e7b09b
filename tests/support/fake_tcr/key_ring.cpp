// SPDX-License-Identifier: Apache-2.0
#include "key_ring.hpp"

#include <tcr/registry/tc3_signature.hpp>
#include <tcr/util/strings.hpp>

#include <vector>

namespace tcr::test
{
namespace
{

/// The largest difference between a request's timestamp and the server's clock. The real API has this limit
/// (documentation of AuthFailure.SignatureExpire).
constexpr std::chrono::minutes max_skew{5};

/// The parts of an Authorization header.
struct authorization
{
    std::string id;
    std::string date;
    std::string service;
    std::string signed_headers;
    std::string signature;
};

/// Finds the part "NAME=value" in a list. \return the value
std::optional<std::string> part(std::vector<std::string_view> const& parts, std::string_view name)
{
    for (auto each : parts)
        if (each.starts_with(name) && each.substr(name.size()).starts_with('='))
            return std::string(each.substr(name.size() + 1));
    return std::nullopt;
}

std::optional<authorization> parse_authorization(std::string_view text)
{
    constexpr std::string_view algorithm = "TC3-HMAC-SHA256 ";
    if (!text.starts_with(algorithm))
        return std::nullopt;
    auto const parts = split_names(text.substr(algorithm.size()));
    auto const credential = part(parts, "Credential");
    auto const headers = part(parts, "SignedHeaders");
    auto const signature = part(parts, "Signature");
    if (!credential || !headers || !signature)
        return std::nullopt;
    auto const scope = split_names(*credential, '/');
    if (scope.size() != 4 || scope[3] != "tc3_request")
        return std::nullopt;
    authorization found;
    found.id = scope[0];
    found.date = scope[1];
    found.service = scope[2];
    found.signed_headers = *headers;
    found.signature = *signature;
    return found;
}

}  // namespace

std::string_view header_of(net::server_request const& request, std::string_view name)
{
    for (auto const& [key, value] : request.headers)
        if (key == name)
            return value;
    return {};
}

registry::cloud_keys key_ring::make_session(std::string_view kind, time_point end)
{
    auto const number = std::to_string(++sessions_);
    registry::cloud_keys keys;
    keys.secret_id = "AKID" + std::string(kind) + number;
    keys.secret_key = "session-key-" + std::string(kind) + number;
    keys.token = "session-token-" + std::string(kind) + number;
    keys.expires_at = end;
    add(keys);
    return keys;
}

void key_ring::end_sessions()
{
    for (auto& [id, keys] : keys_)
        if (keys.expires_at)
            keys.expires_at = time_point();
}

std::optional<refusal> key_ring::check(
    net::server_request const& request, std::string_view service, time_point now
) const
{
    auto const given = parse_authorization(header_of(request, "authorization"));
    if (!given)
        return refusal{"AuthFailure.InvalidAuthorization", "The Authorization header is not valid."};
    auto const timestamp = parse_u64(header_of(request, "x-tc-timestamp"));
    if (!timestamp)
        return refusal{"MissingParameter", "X-TC-Timestamp is missing."};
    std::chrono::sys_seconds const when{std::chrono::seconds(*timestamp)};
    if (when > now + max_skew || when < now - max_skew)
        return refusal{"AuthFailure.SignatureExpire", "The signature has expired: check the clock."};
    auto const found = keys_.find(given->id);
    if (found == keys_.end())
        return refusal{"AuthFailure.SecretIdNotFound", "The SecretId is not found."};
    auto const& keys = found->second;
    if (header_of(request, "x-tc-token") != keys.token || (keys.expires_at && *keys.expires_at <= now))
        return refusal{"AuthFailure.TokenFailure", "The token is not valid or has expired."};

    registry::tc3_request signed_part;
    signed_part.method = request.method;
    signed_part.host = header_of(request, "host");
    signed_part.query = request.query;
    signed_part.content_type = header_of(request, "content-type");
    signed_part.body = request.body;
    signed_part.service = service;
    if (given->signed_headers == "content-type;host;x-tc-action")
        signed_part.action = header_of(request, "x-tc-action");
    else if (given->signed_headers != "content-type;host")
        return refusal{"AuthFailure.InvalidAuthorization", "The fake does not know these signed headers."};
    auto const key = registry::tc3_signing_key(keys.secret_key, rfc3339(when).substr(0, 10), service);
    bool const is_scope_right = given->service == service && given->date == rfc3339(when).substr(0, 10);
    if (!is_scope_right || registry::tc3_signature(signed_part, key, when) != given->signature)
        return refusal{"AuthFailure.SignatureFailure", "The provided credentials could not be validated."};
    return std::nullopt;
}

}  // namespace tcr::test
