#include <tcr/credentials/docker_config.hpp>
#include <tcr/util/strings.hpp>

#include <boost/algorithm/string/replace.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace tcr::credentials
{
namespace
{

namespace json = boost::json;

/// A JSON string in quotes, as Go's encoding/json writes it. Go also escapes the characters of HTML (<, >, &)
/// and the line separators U+2028 and U+2029, which JavaScript does not accept in strings.
std::string go_string(std::string_view text)
{
    constexpr std::pair<char const*, char const*> escapes[] = {
        {"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}, {"\u2028", "\\u2028"}, {"\u2029", "\\u2029"}};
    auto written = json::serialize(json::string_view(text));
    for (auto const& [raw, escaped] : escapes)
        boost::replace_all(written, raw, escaped);
    return written;
}

/// Decodes base64 as kubelet does: with or without padding, and line breaks are ignored, but no blanks.
std::optional<std::string> decode_auth(std::string text)
{
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
    if (text.find_first_of(" \t") != text.npos)
        return std::nullopt;
    if (!text.ends_with('='))
        text.append((4 - text.size() % 4) % 4, '=');
    return base64_decode(text);
}

result<login> read_login(std::string_view registry, json::value const& entry)
{
    // A user name in the key may come with a password. Therefore no message contains such a key.
    if (registry.find('@') != registry.npos)
        return invalid_argument("a key of auths has a user name before an \"@\"");
    auto const wrong = [&](std::string const& why)
    { return invalid_argument("the entry of " + in_quotes(registry) + " in auths " + why); };
    if (!entry.is_object())
        return wrong("is not an object");
    login found{std::string(registry), {}, {}};
    std::string auth;
    std::string email;  // ignored, but kubelet requires a string
    std::pair<std::string_view, std::string*> const fields[] = {
        {"username", &found.username}, {"password", &found.password}, {"auth", &auth}, {"email", &email}};
    for (auto const& [name, value] : entry.get_object())
    {
        // Go's encoding/json ignores the case of names, and null leaves a field unchanged.
        auto const is_this = [lower = ascii_lower(name)](auto const& each) { return each.first == lower; };
        auto const* const field = std::ranges::find_if(fields, is_this);
        if (field == std::end(fields) || value.is_null())
            continue;
        if (!value.is_string())
            return wrong("has a value of " + std::string(field->first) + " that is not a string");
        *field->second = value.get_string();
    }
    if (auth.empty())
        return found;
    auto const decoded = decode_auth(std::move(auth));
    auto const colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos)
        return wrong("has a value of auth that is not the base64 form of USER:PASSWORD");
    found.username = decoded->substr(0, colon);
    found.password = decoded->substr(colon + 1);
    return found;
}

}  // namespace

std::string docker_config_json(std::string_view server, std::string_view username, std::string_view password)
{
    auto const login = std::string(username).append(":").append(password);
    return "{\"auths\":{" + go_string(server) + ":{\"username\":" + go_string(username) +
           ",\"password\":" + go_string(password) + ",\"auth\":\"" + base64_encode(login) + "\"}}}";
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
    auto const& entries = auths->get_object();
    credential found;
    for (auto const& [registry, entry] : entries)
    {
        auto one = read_login(registry, entry);
        if (!one)
            return one.error();
        found.logins.push_back(std::move(*one));
    }
    // Docker with a credential store (`credsStore`) writes an empty entry for each registry.
    if (std::ranges::all_of(entries, [](auto const& each) { return each.value().get_object().empty(); }))
        return invalid_argument("auths has no login; Docker may have stored the logins elsewhere");
    found.docker_config = "{\"auths\":" + json::serialize(*auths) + "}";
    return found;
}

}  // namespace tcr::credentials
