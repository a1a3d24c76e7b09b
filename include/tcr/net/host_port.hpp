// SPDX-License-Identifier: Apache-2.0
#pragma once

// Splits a server's address into host, port and path. Adds brackets to an IPv6 address.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace tcr::net
{

/// The parts of a text HOST[:PORT][/PATH], such as a repository's name, a registry's server, or a key of
/// `auths` after kubelet's normalization. A part may be empty. The concatenation of `host`, `port` and `path`
/// always equals the text, even if the text is malformed.
struct registry_location
{
    explicit registry_location(std::string_view text)
    {
        auto const slash = std::min(text.find('/'), text.size());
        path = text.substr(slash);
        host_and_port = text.substr(0, slash);
        auto const bracket = text.starts_with('[') ? std::min(host_and_port.find(']'), slash) : 0;
        host = host_and_port.substr(0, host_and_port.find(':', bracket));
        port = host_and_port.substr(host.size());
    }

    std::string_view host_and_port;
    std::string_view host;  ///< with "[" and "]" if it is an IPv6 address
    std::string_view port;  ///< begins with ":" unless empty
    std::string_view path;  ///< begins with "/" unless empty
};

/// Splits "HOST:PORT" and "[IPV6]:PORT" like Go's net.SplitHostPort, and removes the brackets and the ":". If
/// the text has no port or a malformed host, returns the whole text unchanged as the host, and an empty port.
inline std::pair<std::string_view, std::string_view> split_host_port(std::string_view text)
{
    auto const colon = text.rfind(':');
    auto host = text.substr(0, colon);
    bool const is_bracketed = host.starts_with('[') && host.ends_with(']');
    if (is_bracketed)
        host = host.substr(1, host.size() - 2);
    if (colon == text.npos || host.find_first_of(is_bracketed ? "[]" : "[]:") != host.npos)
        return {text, {}};
    return {host, text.substr(colon + 1)};
}

/// Returns the host, with brackets around an IPv6 address (RFC 3986 section 3.2.2).
inline std::string bracketed(std::string_view host)
{
    bool const is_ipv6 = host.find(':') != std::string_view::npos;
    return is_ipv6 ? "[" + std::string(host) + "]" : std::string(host);
}

}  // namespace tcr::net
