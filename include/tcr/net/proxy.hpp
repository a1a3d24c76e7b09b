// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides which connections go through an HTTP proxy.

#include <tcr/util/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tcr::net
{

/// An HTTP proxy that opens connections to other servers with CONNECT (RFC 9110 section 9.3.6).
struct http_proxy
{
    std::string host;           ///< name or IP address, without brackets
    std::string port;           ///< decimal
    std::string authorization;  ///< value of the header Proxy-Authorization, a credential; empty: no header

    bool operator==(http_proxy const&) const = default;

    /// Returns "host:port", with brackets around an IPv6 address.
    std::string authority() const;
};

/// Parses http://HOST:PORT or http://USER:PASSWORD@HOST:PORT. The default port is 80, as in Go. User and
/// password are percent-decoded. \par Errors invalid_argument. The text is a sentence without its subject:
/// the caller writes the name of the setting before it, as in "HTTPS_PROXY is not …". The text contains no
/// part of the URL, which may contain a password.
result<http_proxy> parse_proxy(std::string_view url);

/// Whether connections to a server bypass the proxy, by the rules of Go's package
/// golang.org/x/net/http/httpproxy. `no_proxy` is the value of NO_PROXY: a list of entries, separated by
/// commas. `host` has no brackets. An entry is one of:
/// - a name, which also matches its subdomains;
/// - a name with a leading dot or "*.", which matches only subdomains;
/// - an IP address;
/// - a network (CIDR);
/// - "*", which matches every server.
///
/// A name or an address may have a port, a network may not. Malformed entries are ignored. Connections to
/// localhost and to loopback addresses always bypass the proxy.
bool bypasses_proxy(std::string_view no_proxy, std::string_view host, std::string_view port);

/// Which proxy to use for connections with TLS. Connections without TLS use no proxy.
struct proxy_settings
{
    /// The proxy; nullopt if there is none; an error if its URL is unusable. The error does not affect
    /// connections that bypass the proxy.
    result<std::optional<http_proxy>> proxy = std::optional<http_proxy>();
    std::string no_proxy = {};  ///< see `bypasses_proxy`

    /// Returns the proxy for connections to this server; nullopt if they bypass the proxy. \par Errors the
    /// error in `proxy`, unless the connections bypass the proxy.
    result<std::optional<http_proxy>> for_server(std::string_view host, std::string_view port) const;
};

/// Reads the environment variables HTTPS_PROXY and NO_PROXY. If HTTPS_PROXY is missing or empty, reads
/// https_proxy instead. If NO_PROXY is missing or empty, reads no_proxy instead. As in Go, the URL may lack
/// "http://". The error of an unusable URL begins with the name of the variable; see also `parse_proxy`.
proxy_settings proxy_settings_from_environment();

}  // namespace tcr::net
