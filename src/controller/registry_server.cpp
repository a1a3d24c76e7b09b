// SPDX-License-Identifier: Apache-2.0
#include "registry_server.hpp"

#include "look_alikes.hpp"
#include <tcr/kube/image_name.hpp>
#include <tcr/net/host_port.hpp>
#include <tcr/util/strings.hpp>

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>

namespace tcr::controller
{
namespace
{

// The limits of the CRD: a host of at most 253 characters, ":" and a port of at most 5 digits; then "/" and a
// path of at most 255 characters (`RepositoryNameTotalLengthMax` of github.com/distribution/reference).
constexpr std::size_t max_host_length = 259;
constexpr std::size_t max_path_length = 256;
constexpr std::size_t max_label_length = 63;
constexpr std::uint64_t max_port = 65535;

/// `docker_hub` is the name of Docker Hub in images. Kubelet treats `docker_hub_index` as the same registry,
/// but only if no path follows.
constexpr std::string_view docker_hub = "docker.io";
constexpr std::string_view docker_hub_index = "index.docker.io";

bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_port(std::string_view text)
{
    if (!text.starts_with(':'))
        return false;
    auto const port = parse_u64(text.substr(1));
    return port && *port > 0 && *port <= max_port && text[1] != '0';
}

/// Whether a text can be one label of a host. The label may contain "*", which stands for zero or more
/// characters.
bool is_host_label(std::string_view label)
{
    auto const is_end = [](char c) { return is_letter_or_digit(c) || c == '*'; };
    return !label.empty() && label.size() <= max_label_length && is_end(label.front()) &&
           is_end(label.back()) &&
           std::all_of(label.begin(), label.end(), [&](char c) { return is_end(c) || c == '-'; });
}

/// The number of labels in the name of a host, which may contain "*"; 0 if the text is no such name.
std::size_t labels_in(std::string_view text)
{
    for (std::size_t labels = 1;; ++labels)
    {
        auto const label = text.substr(0, text.find('.'));
        if (!is_host_label(label))
            return 0;
        if (label.size() == text.size())
            return labels;
        text.remove_prefix(label.size() + 1);
    }
}

/// Whether a text is an IPv6 address in brackets that consists of digits, letters from a to f, and ":".
bool is_ipv6_host(std::string_view text)
{
    if (!text.starts_with('[') || !text.ends_with(']'))
        return false;
    auto const address = text.substr(1, text.size() - 2);
    boost::system::error_code ec;
    boost::asio::ip::make_address_v6(address, ec);
    return !ec && address.find_first_not_of("0123456789abcdef:") == std::string_view::npos;
}

/// Whether the name of an image can begin with this host if no port follows. The part before the first "/"
/// counts as a host only if it has a "." or a port, or is "localhost" (`splitDockerDomain` of
/// github.com/distribution/reference).
bool is_host_without_port(std::string_view host)
{
    return labels_in(host) > 1 || host == "localhost";
}

bool is_host(net::registry_location const& parts)
{
    if (parts.port.empty())
        return is_host_without_port(parts.host);
    return is_port(parts.port) && (labels_in(parts.host) > 0 || is_ipv6_host(parts.host));
}

/// Whether a path can be the beginning of a repository's path. Example: "/team-" is the beginning of
/// "/team-a".
bool is_path(std::string_view path)
{
    return !path.ends_with('/') && kube::is_repository_path(std::string(path.substr(1)) + 'a');
}

/// Whether the first part of a path is "/v1" or "/v2", as in addresses of a registry's API. Kubelet removes
/// this part if a "/" follows it.
bool is_api_path(std::string_view path)
{
    return (path.starts_with("/v1") || path.starts_with("/v2")) && (path.size() == 3 || path[3] == '/');
}

/// Whether the pattern and the rules of the CRD accept the text as a server.
bool is_server(std::string_view text)
{
    net::registry_location const parts(text);
    if (parts.host_and_port.size() > max_host_length || !is_host(parts))
        return false;
    return parts.path.empty() || (parts.path.size() <= max_path_length && is_path(parts.path) &&
                                  !is_api_path(parts.path) && parts.host_and_port != docker_hub_index);
}

/// The parts of a URL. An absent part is empty or false.
struct url_parts
{
    bool has_scheme = false;
    bool has_user = false;
    std::string_view server;  ///< host, port and path
    std::string_view rest;    ///< the text after `server`, from a "?" or "#"
};

url_parts split(std::string_view text)
{
    url_parts found;
    text = trim(text);
    if (auto const end = text.find("//"); end != text.npos && (end == 0 || text[end - 1] == ':'))
    {
        found.has_scheme = true;
        text.remove_prefix(end + 2);
    }
    found.server = text.substr(0, text.find_first_of("?#"));
    found.rest = text.substr(found.server.size());
    auto const host = found.server.substr(0, found.server.find('/'));
    if (auto const at = host.rfind('@'); at != host.npos)
    {
        found.has_user = true;
        found.server.remove_prefix(at + 1);
    }
    return found;
}

/// The path that was probably meant. Removes "/v1" or "/v2" at the beginning, then a tag or a digest, then
/// each "*" or "/" at the end.
std::string meant_path(std::string_view path)
{
    if (is_api_path(path))
        path.remove_prefix(3);
    path = path.substr(0, path.find_first_of(":@"));
    while (path.ends_with('/') || path.ends_with('*'))
        path.remove_suffix(1);
    return std::string(path);
}

/// The server that was probably meant; empty if that is unclear.
std::string suggestion_for(std::string_view server)
{
    auto const plain = without_look_alikes(server.substr(0, 2 * (max_host_length + max_path_length)));
    auto const given = split(plain);
    auto const text = ascii_lower(given.server);
    net::registry_location parts(text);
    // An "@" after the first "/" makes the host unclear: the text may be "user:password@host", and the
    // password may contain "/". The "@" of an image's digest is allowed.
    if ((std::string(parts.path) + std::string(given.rest)).find('@') != std::string::npos &&
        parts.path.find("@sha256:") == std::string_view::npos)
        return {};
    if (parts.host.ends_with('.'))
        parts.host.remove_suffix(1);
    // Removes zeros at the start of the port, and a ":" without a port.
    auto port = std::string(parts.port);
    while (port.starts_with(":0"))
        port.erase(1, 1);
    if (parts.port == ":")
        port.clear();
    auto host = std::string(parts.host);
    auto const path = meant_path(parts.path);
    if (host + port == docker_hub_index && !path.empty())
        host = docker_hub;
    if (is_server(host + port + path))
        return host + port + path;
    // The path of a URL is not always a repository's name. Without a valid path, suggest the host alone.
    return is_server(host + port) ? host + port : std::string();
}

struct fault_list
{
    std::vector<std::string> faults;

    void add_if(bool is_faulty, std::string fault)
    {
        if (is_faulty)
            faults.push_back(std::move(fault));
    }
};

void add_host_faults(net::registry_location const& parts, fault_list& list)
{
    auto const all = parts.host_and_port;
    auto const lower = ascii_lower(all);
    bool const is_ipv6 = all.starts_with('[') || std::count(all.begin(), all.end(), ':') > 1;
    bool const is_one_label = labels_in(lower) == 1 && !is_host_without_port(lower);
    bool const has_wildcard = all.find('*') != all.npos;
    list.add_if(all.find_first_of(",;") != all.npos, "write one ImagePullSecret for each registry");
    list.add_if(
        is_ipv6 && !is_host(net::registry_location(lower)),
        "an IPv6 address needs brackets and a port, such as \"[fd00::5]:5000\""
    );
    list.add_if(!is_ipv6 && !parts.port.empty() && !is_port(parts.port), "the port must be from 1 to 65535");
    list.add_if(parts.host.ends_with('.'), "no \".\" at the end");
    list.add_if(
        is_one_label && has_wildcard,
        "no \"*\" for a whole host: it matches one label, as in \"*.example.com\""
    );
    list.add_if(
        is_one_label && !has_wildcard,
        "a host of one label needs a port: without one, kubelet looks for its images at docker.io"
    );
}

void add_path_faults(net::registry_location const& parts, fault_list& list)
{
    auto const path = parts.path;
    bool const has_wildcard = path.find('*') != path.npos;
    bool const has_slash_at_end = path.ends_with('/');
    auto const name = ascii_lower(path.substr(0, path.find_first_of(":@")));
    list.add_if(has_slash_at_end, "no \"/\" at the end");
    list.add_if(
        is_api_path(path), "no path that begins with \"/v1\" or \"/v2\", the path of the registry's API"
    );
    list.add_if(path.size() > name.size(), "no tag and no digest");
    list.add_if(has_wildcard, "no \"*\" in the path, which matches all images that begin with it");
    list.add_if(
        !name.empty() && !has_slash_at_end && !has_wildcard && !is_path(name),
        "the path must be of small letters and digits, with \"/\", \".\", \"_\" or \"-\" between them"
    );
    list.add_if(
        path.size() > 1 && parts.host_and_port == docker_hub_index && !is_api_path(path),
        "a path needs \"docker.io\" instead of \"index.docker.io\""
    );
}

std::vector<std::string> faults_in(std::string_view server)
{
    auto const given = split(server);
    net::registry_location const parts(given.server);
    auto const has = [](std::string_view text, auto is) { return std::any_of(text.begin(), text.end(), is); };
    auto const is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };
    auto const is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    auto const is_beyond_ascii = [](char c) { return (c & 0x80) != 0; };
    auto const* wrong = find_look_alike(given.server);
    fault_list list;
    list.add_if(has(server, is_blank), "no blanks or line breaks");
    list.add_if(given.has_scheme, "no scheme such as \"https://\"");
    list.add_if(given.has_user, "no user name before an \"@\"");
    list.add_if(!given.rest.empty(), "no \"?\" or \"#\"");
    list.add_if(has(given.server, is_capital), "no capital letters");
    list.add_if(wrong != nullptr, "no " + (wrong != nullptr ? wrong->shown() : std::string()));
    list.add_if(
        wrong == nullptr && has(parts.host, is_beyond_ascii),
        "letters beyond ASCII need the domain's form with \"xn--\""
    );
    add_host_faults(parts, list);
    add_path_faults(parts, list);
    return std::move(list.faults);
}

/// Whether a server is a name of Docker Hub that kubelet does not use for images of Docker Hub.
bool is_other_hub_name(std::string_view host)
{
    return host == "docker.com" || host.ends_with(".docker.com") ||
           (host.ends_with(".docker.io") && host != docker_hub_index);
}

/// Whether one of the last two labels of a host contains a wildcard, as in "*.com". Such a wildcard matches
/// hosts of many owners. False for a host of one label, and for a host that begins with a digit (probably an
/// IP address).
bool matches_many_owners(std::string_view host)
{
    auto const dot = host.rfind('.');
    if (dot == host.npos || (host.front() >= '0' && host.front() <= '9'))
        return false;
    auto const before = host.rfind('.', dot - 1);
    return host.find('*', before == host.npos ? 0 : before) != host.npos;
}

}  // namespace

std::string server_problem(std::string_view server)
{
    if (server.empty())
        return "must be given: the host of the registry, with its port if it has one, as in the names of "
               "images";
    if (is_server(server))
        return {};
    auto const faults = faults_in(server);
    std::string text = "must be a domain with an optional port and path";
    for (auto const& fault : faults)
        text += (&fault == &faults.front() ? ": " : ", ") + fault;
    if (auto const meant = suggestion_for(server); !meant.empty())
        return text + "; write \"" + meant + "\"";
    net::registry_location const parts(server);
    if (faults.empty() &&
        (parts.host_and_port.size() > max_host_length || parts.path.size() > max_path_length))
        return text + ", at most 259 characters before the path and 255 in it";
    return text + (faults.empty() ? ", such as \"name.tencentcloudcr.com\", \"10.0.0.5:5000\" or "
                                    "\"registry.example.com/team\""
                                  : "");
}

std::vector<std::string> server_warnings(std::string_view server)
{
    net::registry_location const parts(server);
    std::vector<std::string> warnings;
    if (is_other_hub_name(parts.host))
        warnings.push_back(
            "kubelet uses " + in_quotes(parts.host) + " for no image of Docker Hub; write \"docker.io" +
            printable(parts.path, 80) + "\""
        );
    else if (matches_many_owners(parts.host))
        warnings.push_back(
            in_quotes(parts.host) +
            " matches hosts of many owners; kubelet sends the password to each of them "
            "that an image names"
        );
    return warnings;
}

}  // namespace tcr::controller
