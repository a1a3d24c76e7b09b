// SPDX-License-Identifier: Apache-2.0
#include "cloud_answer.hpp"

#include "answer_values.hpp"
#include <tcr/registry/tc3_signature.hpp>
#include <tcr/util/duration.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json/parse.hpp>

#include <ctime>
#include <utility>

namespace tcr::registry
{
namespace
{

namespace json = boost::json;
using system_clock = std::chrono::system_clock;

constexpr std::string_view json_type = "application/json";

/// The parsed parts of a refusal.
struct api_error
{
    std::string code;
    std::string message;
    std::string request_id;
    errc kind = errc::rejected;
};

/// The error for an HTTP status. Used if the body contains no error.
api_error error_of_status(unsigned status, std::string message)
{
    auto kind = status >= 200 && status < 300 ? errc::bad_answer : errc::rejected;
    if (status == 429)
        kind = errc::limited;
    else if (status >= 500)
        kind = errc::unavailable;
    return {"HTTP " + std::to_string(status), std::move(message), {}, kind};
}

/// Parses {"code": 4100, "message": "…", "codeDesc": "AuthFailure"}, an older format of errors.
std::optional<api_error> legacy_error(json::object const& whole)
{
    constexpr std::int64_t auth_failure = 4100;
    auto const number = number_in(whole, "code");
    if (!number || *number == 0)
        return std::nullopt;
    auto code = text_in(whole, "codeDesc").value_or(std::to_string(*number));
    auto const kind = *number == auth_failure ? errc::bad_identity : errc_of(code);
    return api_error{std::move(code), text_or_empty(whole, "message"), {}, kind};
}

std::optional<api_error> error_in(json::object const& response)
{
    auto const* failure = response.if_contains("Error");
    if (failure == nullptr || failure->is_null())
        return std::nullopt;
    api_error parsed{"an Error without a Code", {}, text_or_empty(response, "RequestId"), errc::bad_answer};
    if (auto const* object = failure->if_object())
    {
        parsed.message = text_or_empty(*object, "Message");
        if (auto code = text_or_empty(*object, "Code"); !code.empty())
        {
            parsed.kind = errc_of(code);
            parsed.code = std::move(code);
        }
    }
    return parsed;
}

void redact(std::string& text, std::vector<std::string> const& secrets)
{
    for (auto const& secret : secrets)
        for (auto at = secret.empty() ? std::string::npos : text.find(secret); at != std::string::npos;
             at = text.find(secret, at))
            text.replace(at, secret.size(), "…");
}

/// A text with the difference between our clock and the cloud's; empty if the answer has no valid Date
/// header.
std::string clock_difference(net::web_response const& answer, system_clock::time_point now)
{
    auto const theirs = parse_http_date(answer.header("date"));
    if (!theirs)
        return {};
    auto const ahead = std::chrono::round<std::chrono::seconds>(now) - *theirs;
    return ahead.count() >= 0 ? "; our clock is " + to_text(ahead) + " ahead of the cloud's"
                              : "; our clock is " + to_text(-ahead) + " behind the cloud's";
}

error refusal_of(
    std::string_view action,
    api_error parsed,
    net::web_response const& answer,
    std::vector<std::string> const& secrets,
    system_clock::time_point now
)
{
    // Remove secrets before the texts are shortened. Otherwise a part of a secret might remain.
    for (auto* const text : {&parsed.code, &parsed.message, &parsed.request_id})
        redact(*text, secrets);
    auto text = std::string(action) + ": " + printable(parsed.code, 100);
    if (auto const message = printable(parsed.message); !message.empty())
        text += ": " + message;
    if (parsed.kind == errc::clock_skew)
        text += clock_difference(answer, now);
    if (!parsed.request_id.empty())
        text += " (request " + printable(parsed.request_id, 60) + ")";
    error refusal(parsed.kind, std::move(text));
    if (auto const seconds = parse_u64(answer.header("retry-after")); seconds && *seconds < 86'400)
        refusal.retry_after = std::chrono::seconds(*seconds);
    return refusal;
}

}  // namespace

net::web_request make_cloud_request(
    net::web_address to, cloud_action const& what, cloud_keys const* keys, std::chrono::sys_seconds when
)
{
    net::web_request request;
    request.method = "POST";
    request.to = std::move(to);
    request.body = what.body;
    auto const host = request.to.authority();
    tc3_request parts;
    parts.host = host;
    parts.content_type = json_type;
    parts.action = what.action;
    parts.body = request.body;
    parts.service = what.service;
    request.headers = {
        {"Content-Type", std::string(json_type)},
        {"Authorization", keys != nullptr ? tc3_authorization(parts, *keys, when) : "SKIP"},
        {"X-TC-Action", what.action},
        {"X-TC-Version", what.version},
        {"X-TC-Timestamp", std::to_string(when.time_since_epoch().count())},
        {"X-TC-Language", "en-US"},
        {"X-TC-RequestClient", "tcr-assistant-" TCR_VERSION}};
    if (!what.region.empty())
        request.headers.emplace_back("X-TC-Region", what.region);
    if (keys != nullptr && !keys->token.empty())
        request.headers.emplace_back("X-TC-Token", keys->token);
    return request;
}

errc errc_of(std::string_view code)
{
    constexpr std::pair<std::string_view, errc> by_prefix[] = {
        {"AuthFailure.SignatureExpire", errc::clock_skew},
        {"AuthFailure.UnauthorizedOperation", errc::forbidden},
        {"AuthFailure", errc::bad_identity},
        {"UnauthorizedOperation", errc::forbidden},
        {"ResourceNotFound", errc::not_found},
        {"RequestLimitExceeded", errc::limited},
        {"InternalError", errc::unavailable},
        {"InternalServerError", errc::unavailable},
        {"ResourceUnavailable", errc::unavailable},
        {"FailedOperation", errc::unavailable},
        // The API returns this code while an instance is being created or repaired.
        {"ResourceInsufficient.ErrorInstanceNotRunning", errc::unavailable},
    };
    for (auto const& [prefix, kind] : by_prefix)
        if (code.starts_with(prefix))
            return kind;
    return errc::rejected;
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text)
{
    std::tm parts{};
    std::string const whole(text);
    auto const* end = strptime(whole.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end != whole.data() + whole.size())
        return std::nullopt;
    // strptime accepts days that do not exist, such as 31 Feb.
    auto const day = std::chrono::year(parts.tm_year + 1900) /
                     std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)) /
                     std::chrono::day(static_cast<unsigned>(parts.tm_mday));
    if (!day.ok())
        return std::nullopt;
    return std::chrono::sys_days(day) + std::chrono::hours(parts.tm_hour) +
           std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
}

cloud_answer read_cloud_answer(
    std::string_view action,
    net::web_response const& answer,
    std::vector<std::string> const& secrets,
    system_clock::time_point now
)
{
    cloud_answer read;
    std::optional<api_error> refusal;
    boost::system::error_code ec;
    auto whole = json::parse(answer.body, ec);
    auto* const object = ec ? nullptr : whole.if_object();
    auto* const inner = object != nullptr ? object->if_contains("Response") : nullptr;
    auto* const response = inner != nullptr ? inner->if_object() : nullptr;
    if (response != nullptr)
        refusal = error_in(*response);
    else if (object != nullptr)
        refusal = legacy_error(*object);
    if (refusal && answer.status >= 500 && refusal->kind == errc::rejected)
        refusal->kind = errc::unavailable;
    if (!refusal && !answer.ok())
        refusal = error_of_status(answer.status, {});
    else if (!refusal && response == nullptr)
        refusal =
            error_of_status(answer.status, ec ? "the answer is not JSON" : "the answer has no Response");

    if (refusal)
    {
        read.is_session_over = refusal->code.starts_with("AuthFailure.TokenFailure");
        read.refusal = refusal_of(action, std::move(*refusal), answer, secrets, now);
    }
    else
        read.response = std::move(*response);
    return read;
}

}  // namespace tcr::registry
