// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/docker_config.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace tcr::kube
{
namespace
{

namespace json = boost::json;

/// Decodes base64 as kubelet does: with or without padding. Go ignores line breaks, but no other blanks.
std::optional<std::string> decode_auth(std::string text)
{
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
    if (text.find_first_of(" \t") != std::string::npos)
        return std::nullopt;
    if (!text.ends_with('='))
        text.append((4 - text.size() % 4) % 4, '=');
    return base64_decode(text);
}

/// Reads an entry of the map of logins. Go's encoding/json treats null as an absent value.
result<docker_login> read_login(std::string const& key, json::value const& entry)
{
    // Before an "@", a key may contain a user name and a password. So the error has only the part after "@".
    auto const wrong = [&](std::string const& why)
    { return invalid_argument("the login for " + in_quotes(key.substr(key.rfind('@') + 1)) + " " + why); };
    docker_login login{key, {}, {}};
    if (entry.is_null())
        return login;
    if (!entry.is_object())
        return wrong("is not an object");
    std::string auth;
    std::string email;
    std::pair<std::string_view, std::string*> const fields[] = {
        {"username", &login.username}, {"password", &login.password}, {"auth", &auth}, {"email", &email}};
    for (auto const& [name, value] : entry.get_object())
    {
        auto const is_this = [lower = ascii_lower(name)](auto const& each) { return each.first == lower; };
        auto const* const field = std::ranges::find_if(fields, is_this);
        if (field == std::end(fields) || value.is_null())
            continue;
        if (!value.is_string())
            return wrong("has a value of " + std::string(field->first) + " that is not a string");
        *field->second = value.get_string();
    }
    if (auth.empty())
        return login;
    auto const decoded = decode_auth(std::move(auth));
    auto const colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos)
        return wrong("has a value of auth that is not the base64 form of USER:PASSWORD");
    login.username = decoded->substr(0, colon);
    login.password = decoded->substr(colon + 1);
    return login;
}

/// Appends the logins of a map to `logins`. \par Errors invalid_argument if the map or a login is invalid.
result<void> read_logins(json::value const& map, std::vector<docker_login>& logins)
{
    if (map.is_null())
        return {};
    if (!map.is_object())
        return invalid_argument("the map of logins is not an object");
    for (auto const& [key, entry] : map.get_object())
    {
        auto login = read_login(key, entry);
        if (!login)
            return login.error();
        logins.push_back(std::move(*login));
    }
    return {};
}

/// Whether a value can be the HttpHeaders of a configuration. Kubelet parses them, but does not use them.
bool are_headers(json::value const& value)
{
    auto const is_text = [](auto const& each) { return each.value().is_string() || each.value().is_null(); };
    return value.is_null() || (value.is_object() && std::ranges::all_of(value.get_object(), is_text));
}

}  // namespace

result<std::vector<docker_login>> read_docker_config(std::string_view content, docker_config_format format)
{
    boost::system::error_code broken;
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    options.max_depth = 1000;
    auto const document = json::parse(content, broken, {}, options);
    if (broken)
        return invalid_argument("it is not JSON");
    std::vector<docker_login> logins;
    auto read = result<void>();
    if (format == docker_config_format::legacy)
        read = read_logins(document, logins);
    else if (document.is_object())
        for (auto const& [name, value] : document.get_object())
        {
            auto const field = ascii_lower(name);
            if (field == "httpheaders" && !are_headers(value))
                return invalid_argument("its HttpHeaders are not strings");
            if (field == "auths" && read)
                read = read_logins(value, logins);
        }
    else if (!document.is_null())
        return invalid_argument("it is not an object");
    if (!read)
        return read.error();
    return logins;
}

}  // namespace tcr::kube
