#include "registry_server.hpp"

#include <tcr/kube/names.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <vector>

namespace tcr::controller
{
namespace
{

// The limits of the CRD: a domain of at most 253 characters, ":" and a port of at most 5 digits.
constexpr std::size_t max_server_length = 259;
constexpr std::uint64_t max_port = 65535;

bool is_port(std::string_view text)
{
    auto const port = parse_u64(text);
    return port && *port > 0 && *port <= max_port && text.front() != '0';
}

bool is_domain(std::string_view text)
{
    while (true)
    {
        auto const label = text.substr(0, text.find('.'));
        bool const is_good = kube::is_label_name(label);
        if (!is_good || label.size() == text.size())
            return is_good;
        text.remove_prefix(label.size() + 1);
    }
}

/// Whether the text matches the pattern for spec.docker.server in the CRD.
bool is_server(std::string_view text)
{
    auto const colon = std::min(text.find(':'), text.size());
    return text.size() <= max_server_length && is_domain(text.substr(0, colon)) &&
           (colon == text.size() || is_port(text.substr(colon + 1)));
}

/// The parts of a URL. An absent part is empty or false.
struct parts
{
    bool has_scheme = false;
    bool has_user = false;
    std::string_view host;  ///< host and port
    std::string_view rest;  ///< the text after `host`
};

parts split(std::string_view text)
{
    parts found;
    text = trim(text);
    if (auto const end = text.find("//"); end != text.npos && (end == 0 || text[end - 1] == ':'))
    {
        found.has_scheme = true;
        text.remove_prefix(end + 2);
    }
    found.host = text.substr(0, text.find_first_of("/?#"));
    found.rest = text.substr(found.host.size());
    if (auto const at = found.host.rfind('@'); at != found.host.npos)
    {
        found.has_user = true;
        found.host.remove_prefix(at + 1);
    }
    return found;
}

/// The server that was probably meant; empty if that is unclear.
std::string suggestion_for(parts const& given)
{
    // An "@" after the first "/" makes the host unclear: the text may be "user:password@host", and the
    // password may contain "/". The "@" of an image digest is allowed.
    if (given.rest.find('@') != std::string_view::npos &&
        given.rest.find("@sha256:") == std::string_view::npos)
        return {};
    auto const host = ascii_lower(given.host.substr(0, max_server_length + 1));
    auto const colon = std::min(host.find(':'), host.size());
    auto name = host.substr(0, colon);
    auto port = host.substr(std::min(colon + 1, host.size()));
    if (name.ends_with('.'))
        name.pop_back();
    port.erase(0, std::min(port.find_first_not_of('0'), port.size()));
    bool const had_port = host.size() > colon + 1;
    if (had_port)
        name += ":" + port;
    return is_server(name) ? name : std::string();
}

std::vector<std::string> faults_in(std::string_view server, parts const& given)
{
    auto const& host = given.host;
    auto const name = host.substr(0, host.find(':'));
    bool const is_ipv6 = host.starts_with('[') || std::count(host.begin(), host.end(), ':') > 1;
    bool const has_bad_port = !is_ipv6 && name.size() < host.size() && !is_port(host.substr(name.size() + 1));
    auto const has = [](std::string_view text, auto is) { return std::any_of(text.begin(), text.end(), is); };
    auto const is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };
    std::vector<std::string> faults;
    auto const add_if = [&faults](bool is_faulty, char const* fault)
    {
        if (is_faulty)
            faults.emplace_back(fault);
    };
    add_if(has(server, is_blank), "no blanks");
    add_if(given.has_scheme, "no scheme such as \"https://\"");
    add_if(given.has_user, "no user name before an \"@\"");
    add_if(given.rest == "/", "no \"/\" at the end");
    add_if(!given.rest.empty() && given.rest != "/", "no path");
    add_if(has(host, [](char c) { return c >= 'A' && c <= 'Z'; }), "no capital letters");
    add_if(host.find('*') != host.npos, "no wildcard, but an ImagePullSecret for each domain");
    add_if(host.find_first_of(",;") != host.npos, "no list, but an ImagePullSecret for each domain");
    add_if(
        has(host, [](char c) { return (c & 0x80) != 0; }),
        "no letters beyond ASCII, but the domain's form with \"xn--\""
    );
    add_if(is_ipv6, "no IPv6 address, but a domain that stands for it");
    add_if(has_bad_port, "no port but 1 to 65535");
    add_if(name.ends_with('.'), "no \".\" at the end");
    return faults;
}

}  // namespace

std::string server_problem(std::string_view server)
{
    if (server.empty())
        return "must be given: the domain of the registry, which is the part of the images' names before the "
               "first \"/\"";
    if (is_server(server))
        return {};
    auto const given = split(server);
    auto const faults = faults_in(server, given);
    std::string text = "must be a domain with an optional port";
    for (auto const& fault : faults)
        text += (&fault == &faults.front() ? ": " : ", ") + fault;
    if (auto const meant = suggestion_for(given); !meant.empty())
        return text + "; write \"" + meant + "\"";
    if (faults.empty() && server.size() > max_server_length)
        return text + ", at most 259 characters";
    return text + (faults.empty() ? ", such as \"name.tencentcloudcr.com\" or \"10.0.0.5:5000\"" : "");
}

}  // namespace tcr::controller
