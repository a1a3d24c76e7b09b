#include "cloud_answer.hpp"

#include "answer_values.hpp"
#include <tcr/registry/tc3_signature.hpp>
#include <tcr/util/duration.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tcr::registry
{
namespace
{

namespace json = boost::json;
using system_clock = std::chrono::system_clock;

constexpr std::string_view json_type = "application/json";

/// Contents of a refusal.
struct complaint
{
    std::string code;
    std::string message;
    std::string request_id;
    errc kind = errc::rejected;
};

/// The error for an HTTP status if the body contains none.
errc errc_of_status(unsigned status)
{
    if (status == 429)
        return errc::limited;
    if (status >= 500)
        return errc::unavailable;
    return status >= 200 && status < 300 ? errc::bad_answer : errc::rejected;
}

complaint of_status(unsigned status, std::string why)
{
    complaint made;
    made.code = "HTTP " + std::to_string(status);
    made.message = std::move(why);
    made.kind = errc_of_status(status);
    return made;
}

/// Parses {"code": 4100, "message": "…", "codeDesc": "AuthFailure"}, a form that the gateway uses at times.
std::optional<complaint> old_complaint(json::object const& whole)
{
    constexpr std::int64_t auth_failure = 4100;
    auto const number = number_in(whole, "code");
    if (!number || *number == 0)
        return std::nullopt;
    complaint made;
    made.code = text_in(whole, "codeDesc").value_or(std::to_string(*number));
    made.message = text_or_empty(whole, "message");
    made.kind = *number == auth_failure ? errc::bad_identity : errc_of(made.code);
    return made;
}

std::optional<complaint> complaint_in(json::object const& response)
{
    auto const* failure = response.if_contains("Error");
    if (failure == nullptr || failure->is_null())
        return std::nullopt;
    complaint made;
    made.request_id = text_or_empty(response, "RequestId");
    if (auto const* object = failure->if_object())
    {
        made.code = text_or_empty(*object, "Code");
        made.message = text_or_empty(*object, "Message");
    }
    if (made.code.empty())
    {
        made.code = "an Error without a Code";
        made.kind = errc::bad_answer;
    }
    else
        made.kind = errc_of(made.code);
    return made;
}

void blot_out(std::string& text, std::vector<std::string> const& secrets)
{
    for (auto const& secret : secrets)
        for (auto at = secret.empty() ? std::string::npos : text.find(secret); at != std::string::npos;
             at = text.find(secret, at))
            text.replace(at, secret.size(), "…");
}

/// How far our clock is off, if the answer has a Date header.
std::string skew(net::web_response const& answer, system_clock::time_point now)
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
    complaint const& made,
    net::web_response const& answer,
    std::vector<std::string> const& secrets,
    system_clock::time_point now
)
{
    std::string code = made.code;
    std::string said = made.message;
    std::string request_id = made.request_id;
    // Before the texts are shortened, because that might leave a part of a secret.
    for (auto* const text : {&code, &said, &request_id})
        blot_out(*text, secrets);
    auto text = std::string(action) + ": " + printable(code, 100);
    if (auto const sentence = printable(said); !sentence.empty())
        text += ": " + sentence;
    if (made.kind == errc::clock_skew)
        text += skew(answer, now);
    if (!request_id.empty())
        text += " (request " + printable(request_id, 60) + ")";
    error made_error(made.kind, std::move(text));
    if (auto const seconds = parse_u64(answer.header("retry-after")); seconds && *seconds < 86'400)
        made_error.retry_after = std::chrono::seconds(*seconds);
    return made_error;
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
    if (code.starts_with("AuthFailure.SignatureExpire"))
        return errc::clock_skew;
    if (code.starts_with("AuthFailure.UnauthorizedOperation"))
        return errc::forbidden;
    // The answer for an instance that is being created or repaired.
    if (code.starts_with("ResourceInsufficient.ErrorInstanceNotRunning"))
        return errc::unavailable;
    constexpr std::array<std::pair<std::string_view, errc>, 8> by_prefix{{
        {"AuthFailure", errc::bad_identity},
        {"UnauthorizedOperation", errc::forbidden},
        {"ResourceNotFound", errc::not_found},
        {"RequestLimitExceeded", errc::limited},
        {"InternalError", errc::unavailable},
        {"InternalServerError", errc::unavailable},
        {"ResourceUnavailable", errc::unavailable},
        {"FailedOperation", errc::unavailable},
    }};
    for (auto const& [prefix, kind] : by_prefix)
        if (code.starts_with(prefix))
            return kind;
    return errc::rejected;
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text)
{
    constexpr std::array<std::string_view, 12> months{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const words = split_names(text, ' ');
    if (words.size() != 6 || words[5] != "GMT")
        return std::nullopt;
    auto const month = std::find(months.begin(), months.end(), words[2]);
    if (month == months.end())
        return std::nullopt;
    auto const number = std::to_string(101 + (month - months.begin())).substr(1);
    auto const when = parse_rfc3339(
        std::string(words[3]) + "-" + number + "-" + std::string(words[1]) + "T" + std::string(words[4]) + "Z"
    );
    if (!when)
        return std::nullopt;
    return std::chrono::floor<std::chrono::seconds>(*when);
}

cloud_answer read_cloud_answer(
    std::string_view action,
    net::web_response const& answer,
    std::vector<std::string> const& secrets,
    system_clock::time_point now
)
{
    cloud_answer read;
    std::optional<complaint> made;
    boost::system::error_code ec;
    auto whole = json::parse({answer.body.data(), answer.body.size()}, ec);
    auto* const object = ec ? nullptr : whole.if_object();
    auto* const inner = object != nullptr ? object->if_contains("Response") : nullptr;
    auto* const response = inner != nullptr ? inner->if_object() : nullptr;
    if (response != nullptr)
        made = complaint_in(*response);
    else if (object != nullptr)
        made = old_complaint(*object);
    if (made && answer.status >= 500 && made->kind == errc::rejected)
        made->kind = errc::unavailable;
    if (!made && !answer.ok())
        made = of_status(answer.status, {});
    else if (!made && response == nullptr)
        made = of_status(answer.status, ec ? "the answer is no JSON" : "the answer has no Response");

    if (made)
    {
        read.is_session_over = made->code.starts_with("AuthFailure.TokenFailure");
        read.refusal = refusal_of(action, *made, answer, secrets, now);
    }
    else
        read.response = std::move(*response);
    return read;
}

}  // namespace tcr::registry
