// SPDX-License-Identifier: Apache-2.0
#include <tcr/credentials/docker_config.hpp>
#include <tcr/kube/docker_config.hpp>
#include <tcr/util/strings.hpp>

#include <boost/algorithm/string/replace.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace tcr::credentials
{
namespace
{

namespace json = boost::json;

/// `text` as a JSON string in quotes, as Go's encoding/json writes it. Go also escapes the characters of HTML
/// (<, >, &) and the line separators U+2028 and U+2029, which JavaScript did not accept in strings before
/// ES2019.
std::string go_string(std::string_view text)
{
    constexpr std::pair<char const*, char const*> escapes[] = {
        {"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}, {"\u2028", "\\u2028"}, {"\u2029", "\\u2029"}};
    auto written = json::serialize(json::string_view(text));
    for (auto const& [raw, escaped] : escapes)
        boost::replace_all(written, raw, escaped);
    return written;
}

}  // namespace

std::string docker_config_json(std::string_view server, std::string_view username, std::string_view password)
{
    auto const user_and_password = std::string(username).append(":").append(password);
    return "{\"auths\":{" + go_string(server) + ":{\"username\":" + go_string(username) +
           ",\"password\":" + go_string(password) + ",\"auth\":\"" + base64_encode(user_and_password) +
           "\"}}}";
}

credential credential_of(login only)
{
    credential made;
    made.docker_config = docker_config_json(only.registry, only.username, only.password);
    made.logins.push_back(std::move(only));
    return made;
}

result<credential> read_docker_config(std::string_view text)
{
    boost::system::error_code ec;
    auto const config = json::parse(json::string_view(text), ec);
    if (ec)
        return invalid_argument("it is not JSON");
    auto const* auths = config.is_object() ? config.get_object().if_contains("auths") : nullptr;
    if (auths == nullptr || !auths->is_object())
        return invalid_argument("it has no object \"auths\"");
    credential found;
    found.docker_config = "{\"auths\":" + json::serialize(*auths) + "}";
    auto logins = kube::read_docker_config(found.docker_config, kube::docker_config_format::json);
    if (!logins)
        return logins.error();
    found.logins = std::move(*logins);
    // The part of a key before "@" may contain a password, and conditions show the key.
    if (std::ranges::any_of(
            found.logins, [](auto const& each) { return each.registry.find('@') != each.registry.npos; }
        ))
        return invalid_argument("a key of auths has a user name before an \"@\"");
    // Docker with a credential store (`credsStore`) writes an empty entry for each registry.
    auto const is_empty = [](auto const& each)
    { return !each.value().is_object() || each.value().get_object().empty(); };
    if (std::ranges::all_of(auths->get_object(), is_empty))
        return invalid_argument("auths has no login; Docker may have stored the logins elsewhere");
    return found;
}

}  // namespace tcr::credentials
