#pragma once

// Formats a host for a URL or a Host header.

#include <string>
#include <string_view>

namespace tcr::net
{

/// Returns the host, with brackets around an IPv6 address (RFC 3986 section 3.2.2).
inline std::string bracketed(std::string_view host)
{
    bool const is_ipv6 = host.find(':') != std::string_view::npos;
    return is_ipv6 ? "[" + std::string(host) + "]" : std::string(host);
}

}  // namespace tcr::net
