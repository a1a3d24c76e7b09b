// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/image_name.hpp>

#include <algorithm>
#include <utility>

namespace tcr::kube
{
namespace
{

// Grammar and limits of github.com/distribution/reference v0.6.0 (regexp.go, reference.go, normalize.go).
constexpr std::string_view docker_hub = "docker.io";
constexpr std::size_t max_path_length = 255;
constexpr std::size_t max_tag_length = 128;
constexpr std::size_t image_id_length = 64;

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || is_digit(c);
}

bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool is_alphanumeric(char c)
{
    return is_lower_or_digit(c) || is_upper(c);
}

bool is_lower_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

bool is_hex(char c)
{
    return is_lower_hex(c) || (c >= 'A' && c <= 'F');
}

/// Splits at the first `separator`. The second part begins with the separator. If the text has no separator,
/// the second part is empty.
std::pair<std::string_view, std::string_view> split_at(std::string_view text, char separator)
{
    auto const end = std::min(text.find(separator), text.size());
    return {text.substr(0, end), text.substr(end)};
}

/// Whether `test` accepts each part of a list with this separator. An empty text has one empty part.
template <class Test>
bool all_parts(std::string_view text, char separator, Test test)
{
    while (true)
    {
        auto const [part, rest] = split_at(text, separator);
        if (!test(part))
            return false;
        if (rest.empty())
            return true;
        text = rest.substr(1);
    }
}

/// Runs of lower-case letters and digits, with ".", "_", "__" or any number of "-" between them.
bool is_path_component(std::string_view text)
{
    while (true)
    {
        auto const run = std::find_if_not(text.begin(), text.end(), is_lower_or_digit) - text.begin();
        if (run == 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(run));
        if (text.empty())
            return true;
        auto const separator = text.substr(0, text.find_first_not_of(text.front()));
        auto const max_length = text.front() == '-' ? text.size() : text.front() == '_' ? 2 : 1;
        if (std::string_view("._-").find(text.front()) == text.npos || separator.size() > max_length)
            return false;
        text.remove_prefix(separator.size());
    }
}

bool is_domain_label(std::string_view text)
{
    return !text.empty() && text.front() != '-' && text.back() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_colon_and_port(std::string_view text)
{
    return text.size() > 1 && text.front() == ':' && std::all_of(text.begin() + 1, text.end(), is_digit);
}

bool is_domain(std::string_view text)
{
    if (text.starts_with('['))
    {
        auto const [address, rest] = split_at(text.substr(1), ']');
        return !address.empty() && !rest.empty() && (rest == "]" || is_colon_and_port(rest.substr(1))) &&
               std::all_of(address.begin(), address.end(), [](char c) { return is_hex(c) || c == ':'; });
    }
    auto const [host, port] = split_at(text, ':');
    return (port.empty() || is_colon_and_port(port)) && all_parts(host, '.', is_domain_label);
}

bool is_path(std::string_view text)
{
    return text.size() <= max_path_length && is_repository_path(text);
}

bool is_tag(std::string_view text)
{
    auto const is_word = [](char c) { return is_alphanumeric(c) || c == '_'; };
    return !text.empty() && text.size() <= max_tag_length && is_word(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_digest(std::string_view text)
{
    constexpr std::pair<std::string_view, std::size_t> algorithms[] = {
        {"sha256:", 64}, {"sha384:", 96}, {"sha512:", 128}};
    return std::any_of(
        std::begin(algorithms),
        std::end(algorithms),
        [&](auto const& each)
        {
            return text.starts_with(each.first) && text.size() == each.first.size() + each.second &&
                   std::all_of(text.begin() + each.first.size(), text.end(), is_lower_hex);
        }
    );
}

/// Whether the part before the first "/" is a registry. Otherwise it is a user of Docker Hub.
bool is_registry(std::string_view first)
{
    return first == "localhost" || first.find_first_of(".:") != first.npos ||
           std::any_of(first.begin(), first.end(), is_upper);
}

}  // namespace

bool is_repository_path(std::string_view text)
{
    return all_parts(text, '/', is_path_component);
}

std::string repository_of(std::string_view image)
{
    if (image.size() == image_id_length && std::all_of(image.begin(), image.end(), is_lower_hex))
        return {};
    auto domain = docker_hub;
    auto rest = image;
    auto const [first, after] = split_at(image, '/');
    if (!after.empty() && is_registry(first))
    {
        domain = first == "index.docker.io" ? docker_hub : first;
        rest = after.substr(1);
    }
    bool const is_official = domain == docker_hub && rest.find('/') == rest.npos;
    auto const [tagged, digest] = split_at(rest, '@');
    auto const [remote, tag] = split_at(tagged, ':');
    if ((!digest.empty() && !is_digest(digest.substr(1))) || (!tag.empty() && !is_tag(tag.substr(1))))
        return {};
    auto const path = (is_official ? "library/" : "") + std::string(remote);
    auto repository = std::string(domain) + "/" + path;
    // `ParseNormalizedNamed` takes a first part that is no domain, such as "a_b.c", as part of the path.
    bool const is_name = is_domain(domain) ? is_path(path) : is_path(repository);
    return is_name ? repository : std::string();
}

}  // namespace tcr::kube
