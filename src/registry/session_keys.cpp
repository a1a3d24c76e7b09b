#include "session_keys.hpp"

#include "answer_values.hpp"
#include <tcr/registry/errc.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace tcr::registry
{
namespace
{

namespace json = boost::json;
using system_clock = std::chrono::system_clock;

constexpr std::chrono::hours session_lifetime{2};

/// TmpSecretId, TmpSecretKey and Token, which STS and the metadata both return.
result<cloud_keys> keys_in(json::object const& from)
{
    cloud_keys keys;
    for (auto const& [name, into] :
         {std::pair("TmpSecretId", &keys.secret_id),
          std::pair("TmpSecretKey", &keys.secret_key),
          std::pair("Token", &keys.token)})
    {
        *into = text_in(from, name).value_or(std::string());
        // It becomes part of a header.
        bool const is_clean =
            std::all_of(into->begin(), into->end(), [](char c) { return c > 0x20 && c < 0x7f; });
        if (into->empty() || !is_clean)
            return bad_answer("the answer has no usable " + std::string(name));
    }
    return keys;
}

result<cloud_keys> with_end(result<cloud_keys> keys, json::object const& from)
{
    if (!keys)
        return keys;
    keys->expires_at = time_in(from, "ExpiredTime");
    if (!keys->expires_at)
        return bad_answer("the answer has no usable ExpiredTime");
    return keys;
}

}  // namespace

std::string assume_role_body(pod_identity const& pod)
{
    json::object parameters;
    parameters["ProviderId"] = pod.provider;
    parameters["WebIdentityToken"] = pod.token;
    parameters["RoleArn"] = pod.role;
    parameters["RoleSessionName"] = "tcr-assistant";
    parameters["DurationSeconds"] = std::chrono::seconds(session_lifetime).count();
    return json::serialize(parameters);
}

result<cloud_keys> parse_assumed_role(json::object const& response)
{
    auto const* value = response.if_contains("Credentials");
    auto const* credentials = value != nullptr ? value->if_object() : nullptr;
    if (credentials == nullptr)
        return bad_answer("the answer has no Credentials");
    return with_end(keys_in(*credentials), response);
}

result<std::string> parse_role_name(std::string_view body)
{
    auto const name = trim(body);
    // Another server than the metadata service may answer with any page.
    bool const is_name = std::all_of(
        name.begin(),
        name.end(),
        [](char c)
        {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                   c == '-' || c == '.' || c == '+' || c == '=' || c == ',' || c == '@';
        }
    );
    if (name.empty() || name.size() > 128 || !is_name)
        return bad_answer("the answer is not the name of a role");
    return std::string(name);
}

result<cloud_keys> parse_role_keys(std::string_view body)
{
    boost::system::error_code ec;
    auto const whole = json::parse({body.data(), body.size()}, ec);
    auto const* object = ec ? nullptr : whole.if_object();
    if (object == nullptr)
        return bad_answer("the answer is not a JSON object");
    if (auto const code = text_in(*object, "Code"); code && *code != "Success")
        return error(
            errc::bad_identity, "the CVM's metadata service answered with code " + printable(*code, 60)
        );
    return with_end(keys_in(*object), *object);
}

system_clock::time_point renewal_time(system_clock::time_point now, system_clock::time_point end)
{
    constexpr std::chrono::minutes max_lead{5};
    if (end <= now)
        return end;
    return end - std::min<system_clock::duration>((end - now) / 10, max_lead);
}

}  // namespace tcr::registry
