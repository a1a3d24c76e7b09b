// SPDX-License-Identifier: Apache-2.0
#include <tcr/credentials/password_text.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>

namespace tcr::credentials
{
namespace
{

namespace json = boost::json;

/// Whether the value is an object with the login of one registry.
bool is_registry_login(json::value const& value)
{
    auto const* entry = value.if_object();
    return entry != nullptr && (entry->contains("auth") || entry->contains("username"));
}

}  // namespace

std::string_view without_line_break(std::string_view password)
{
    if (password.ends_with('\n'))
        password.remove_suffix(1);
    if (password.ends_with('\r'))
        password.remove_suffix(1);
    return password;
}

bool is_docker_config(std::string_view text)
{
    std::string decoded;
    // Base64 of text that begins with "{" begins with "e".
    if (trim(text).starts_with('e'))
        text = decoded = base64_decode(text).value_or(std::string());
    if (!trim(text).starts_with('{'))
        return false;
    boost::system::error_code ec;
    auto const parsed = json::parse(text, ec);
    auto const* content = ec ? nullptr : parsed.if_object();
    if (content == nullptr || content->empty())
        return false;
    if (auto const* auths = content->if_contains("auths"))
        return auths->is_object();
    return std::all_of(
        content->begin(), content->end(), [](auto const& each) { return is_registry_login(each.value()); }
    );
}

}  // namespace tcr::credentials
