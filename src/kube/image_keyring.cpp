// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/image_keyring.hpp>
#include <tcr/net/host_port.hpp>

#include <boost/asio/ip/address_v6.hpp>
#include <boost/url/decode_view.hpp>
#include <boost/url/pct_string_view.hpp>

#include <algorithm>

namespace tcr::kube
{
namespace
{

/// The host of a URL with its port, and the path of the URL. The path is empty or begins with "/".
struct location
{
    std::string host;
    std::string path;
};

/// Decodes "%" sequences. Returns nullopt if a "%" is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text)
{
    auto const valid = boost::urls::make_pct_string_view(text);
    if (!valid)
        return std::nullopt;
    auto const decoded = **valid;
    return std::string(decoded.begin(), decoded.end());
}

/// Whether the text has only ASCII letters, digits and characters of `others`. If `or_beyond_ascii` is set,
/// the text may also have bytes from 0x80.
bool consists_of(std::string_view text, std::string_view others, bool or_beyond_ascii = false)
{
    auto const is_allowed = [&](char c)
    {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               others.find(c) != others.npos || (or_beyond_ascii && (c & 0x80) != 0);
    };
    return std::all_of(text.begin(), text.end(), is_allowed);
}

bool is_optional_port(std::string_view text)
{
    return text.empty() || (text.front() == ':' && text.find_first_not_of("0123456789", 1) == text.npos);
}

/// Reads host and port as Go's net/url does. Refuses IPv6 zones: no repository has one.
std::optional<std::string> parse_host(std::string_view text)
{
    if (auto const open = text.rfind('['); open != text.npos)
    {
        auto const close = text.rfind(']');
        if (open > 0 || close == text.npos || !is_optional_port(text.substr(close + 1)))
            return std::nullopt;
        auto const address = text.substr(1, close - 1);
        boost::system::error_code ec;
        boost::asio::ip::make_address_v6(std::string(address), ec);
        if (ec || address.find('%') != address.npos)
            return std::nullopt;
        return std::string(text);
    }
    auto const colon = std::min(text.find(':'), text.size());
    if (!is_optional_port(text.substr(colon)) || !consists_of(text, "-_.~!$&'()*+,;=:[]<>\"%", true))
        return std::nullopt;
    auto const decoded = percent_decode(text);
    // In a host, a "%" sequence may only stand for a byte beyond ASCII. Go also accepts "%25", but no
    // repository has "%" in its host.
    auto const count_ascii = [](std::string_view of)
    { return std::count_if(of.begin(), of.end(), [](char c) { return (c & 0x80) == 0; }); };
    bool const is_good =
        decoded && count_ascii(*decoded) == count_ascii(text) - 3 * std::count(text.begin(), text.end(), '%');
    return is_good ? decoded : std::nullopt;
}

/// Reads the text after "https://" as Go's url.Parse does.
std::optional<location> parse_location(std::string_view text)
{
    auto const hash = std::min(text.find('#'), text.size());
    if (!percent_decode(text.substr(std::min(hash + 1, text.size()))))
        return std::nullopt;
    text = text.substr(0, hash);
    auto const is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
    if (std::any_of(text.begin(), text.end(), is_control))
        return std::nullopt;
    text = text.substr(0, text.find('?'));
    auto const slash = std::min(text.find('/'), text.size());
    auto authority = text.substr(0, slash);
    if (auto const at = authority.rfind('@'); at != authority.npos)
    {
        auto const user = authority.substr(0, at);
        if (!consists_of(user, "-_.~!$&'()*+,;=:%@") || !percent_decode(user))
            return std::nullopt;
        authority.remove_prefix(at + 1);
    }
    auto host = parse_host(authority);
    auto path = percent_decode(text.substr(slash));
    if (!host || !path)
        return std::nullopt;
    return location{std::move(*host), std::move(*path)};
}

/// Matches one label of a host as Go's filepath.Match does. The host of a key has no "?" and no "\", so two
/// kinds of patterns remain: "*", and an IPv6 address in brackets, which filepath.Match reads as a class of
/// characters.
bool matches_label(std::string_view pattern, std::string_view label)
{
    if (pattern.starts_with('['))
        return pattern.ends_with(']') && label.size() == 1 &&
               pattern.substr(1, pattern.size() - 2).find(label) != pattern.npos;
    auto const star = pattern.find('*');
    if (star == pattern.npos)
        return pattern == label;
    if (!label.starts_with(pattern.substr(0, star)))
        return false;
    label.remove_prefix(star);
    pattern.remove_prefix(star + 1);
    // The texts between stars must occur in order. The last text must end the label.
    for (auto next = pattern.find('*'); next != pattern.npos; next = pattern.find('*'))
    {
        auto const found = label.find(pattern.substr(0, next));
        if (found == label.npos)
            return false;
        label.remove_prefix(found + next);
        pattern.remove_prefix(next + 1);
    }
    return label.ends_with(pattern);
}

bool matches_host(std::string_view pattern, std::string_view host)
{
    while (true)
    {
        auto const pattern_end = std::min(pattern.find('.'), pattern.size());
        auto const host_end = std::min(host.find('.'), host.size());
        if (!matches_label(pattern.substr(0, pattern_end), host.substr(0, host_end)))
            return false;
        bool const is_last = pattern_end == pattern.size();
        if (is_last != (host_end == host.size()))
            return false;
        if (is_last)
            return true;
        pattern.remove_prefix(pattern_end + 1);
        host.remove_prefix(host_end + 1);
    }
}

/// Whether kubelet uses the logins of Docker Hub for the repository when no key matches. True also for
/// "localhost/...", because Docker once read a first part without "." and ":" as a user name.
bool is_default_registry(std::string_view repository)
{
    auto const first = repository.substr(0, repository.find('/'));
    return first == "docker.io" || first.find_first_of(".:") == first.npos;
}

constexpr std::string_view default_registry = "index.docker.io";

}  // namespace

std::optional<std::string> normal_registry_key(std::string_view key)
{
    for (std::string_view const scheme : {"https://", "http://"})
        if (key.starts_with(scheme))
        {
            key.remove_prefix(scheme.size());
            break;
        }
    auto parsed = parse_location(key);
    if (!parsed)
        return std::nullopt;
    std::string_view path = parsed->path;
    if (path.starts_with("/v1/") || path.starts_with("/v2/"))
        path.remove_prefix(3);
    return parsed->host + (path == "/" ? "" : std::string(path));
}

bool matches_registry_key(std::string_view normal_key, std::string_view repository)
{
    // Kubelet parses a normal key once more, as a URL. This changes a key with "%", "?" or "#" in its path.
    auto const pattern = parse_location(normal_key);
    auto const target = parse_location(repository);
    if (!pattern || !target || !target->path.starts_with(pattern->path))
        return false;
    auto const [wanted, wanted_port] = net::split_host_port(pattern->host);
    auto const [given, given_port] = net::split_host_port(target->host);
    return wanted_port == given_port && matches_host(wanted, given);
}

bool image_keyring::add(std::string_view key, std::size_t login)
{
    auto normal = normal_registry_key(key);
    if (normal)
        logins_[std::move(*normal)].push_back(login);
    return normal.has_value();
}

std::vector<std::size_t> image_keyring::lookup(std::string_view repository) const
{
    std::vector<std::size_t> found;
    for (auto const& [key, logins] : logins_)
        if (matches_registry_key(key, repository))
            found.insert(found.end(), logins.begin(), logins.end());
    auto const fallback = logins_.find(std::string(default_registry));
    if (found.empty() && fallback != logins_.end() && is_default_registry(repository))
        return fallback->second;
    return found;
}

}  // namespace tcr::kube
