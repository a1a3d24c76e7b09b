// SPDX-License-Identifier: Apache-2.0
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

/// Reads TmpSecretId, TmpSecretKey and Token from `from`, and ExpiredTime from `end`. STS and the metadata
/// service use the same names.
result<cloud_keys> keys_in(json::object const& from, json::object const& end)
{
    cloud_keys keys;
    for (auto const& [name, into] :
         {std::pair("TmpSecretId", &keys.secret_id),
          std::pair("TmpSecretKey", &keys.secret_key),
          std::pair("Token", &keys.token)})
    {
        *into = text_or_empty(from, name);
        if (!is_credential(*into))
            return bad_answer("the answer has no usable " + std::string(name));
    }
    keys.expires_at = time_in(end, "ExpiredTime");
    if (!keys.expires_at)
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
    parameters["DurationSeconds"] = std::chrono::seconds(std::chrono::hours(2)).count();
    return json::serialize(parameters);
}

result<cloud_keys> parse_assumed_role(json::object const& response)
{
    auto const* value = response.if_contains("Credentials");
    auto const* credentials = value != nullptr ? value->if_object() : nullptr;
    if (credentials == nullptr)
        return bad_answer("the answer has no Credentials");
    return keys_in(*credentials, response);
}

result<std::string> parse_role_name(std::string_view body)
{
    constexpr auto characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+=,@";
    auto const name = trim(body);
    // If another server answers instead of the metadata service, the body may be any page.
    if (name.empty() || name.size() > 128 || name.find_first_not_of(characters) != std::string_view::npos)
        return bad_answer("the answer is not the name of a role");
    return std::string(name);
}

result<cloud_keys> parse_role_keys(std::string_view body)
{
    boost::system::error_code ec;
    auto const whole = json::parse(body, ec);
    auto const* object = ec ? nullptr : whole.if_object();
    if (object == nullptr)
        return bad_answer("the answer is not a JSON object");
    if (auto const code = text_in(*object, "Code"); code && *code != "Success")
        return error(
            errc::bad_identity, "the CVM's metadata service answered with code " + printable(*code, 60)
        );
    return keys_in(*object, *object);
}

system_clock::time_point renewal_time(system_clock::time_point now, system_clock::time_point end)
{
    constexpr std::chrono::minutes max_lead{5};
    if (end <= now)
        return end;
    return end - std::min<system_clock::duration>((end - now) / 10, max_lead);
}

}  // namespace tcr::registry
