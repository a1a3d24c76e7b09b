// SPDX-License-Identifier: Apache-2.0
#pragma once

// An HTTP client for occasional requests to servers other than the API server, and a URL parser.

#include <tcr/net/proxy.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcr::net
{

/// The parts of a URL, such as "https://tcr.tencentcloudapi.com/".
struct web_address
{
    bool is_tls = true;  ///< true: https; false: http
    std::string host;    ///< without brackets
    std::string port;    ///< decimal; the scheme's default if the URL has none
    std::string target;  ///< path and query, percent-encoded; at least "/"

    bool operator==(web_address const&) const = default;

    /// Returns the value of the Host header (RFC 9110 section 7.2): host and port, without the scheme's
    /// default port.
    std::string authority() const;
};

/// Parses an http or https URL and converts the host to lower case. \par Errors invalid_argument and a
/// sentence, if the text is not a URL, has another scheme, has userinfo or a fragment, has no host, or has an
/// invalid port. The sentence omits the userinfo, which may contain a password.
result<web_address> parse_web_address(std::string_view url);

struct web_request
{
    std::string method = "GET";
    web_address to;
    std::vector<std::pair<std::string, std::string>> headers;  ///< in addition to the client's own headers
    std::string body;

    /// Time limit of this request. The shorter of this limit and `web_options::limit` applies. Zero: only
    /// `web_options::limit` applies.
    std::chrono::milliseconds limit{0};
};

/// Returns the request in the format of HTTP/1.1 (RFC 9112 section 3). Adds Host, User-Agent, Connection and
/// Content-Length; a GET without body has no Content-Length. \par Errors invalid_argument: a header with a
/// control character other than tab. A line break could inject another header. The text names the header.
result<std::string> serialize(web_request const& request, std::string_view user_agent);

struct web_response
{
    unsigned status = 0;
    /// All headers in the server's order, names in lower case.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    bool ok() const { return status >= 200 && status < 300; }

    /// Returns the value of the first header with this name (in lower case); empty if there is none.
    std::string_view header(std::string_view name) const;
};

struct web_options
{
    std::chrono::milliseconds limit{15'000};  ///< from the call to the last byte
    std::size_t max_body = 1024 * 1024;       ///< max bytes of a response's body
    std::size_t max_headers = 64 * 1024;      ///< max bytes of all headers together; max 8 KiB per line
    std::string user_agent = "tcr-assistant/" TCR_VERSION;
    proxy_settings proxies = {};  ///< for https only; a request with http never uses a proxy
};

/// Sends occasional requests to servers other than the API server: one connection per request, no redirects,
/// no cookies, no compression.
class web_client
{
public:
    /// `tls` is the context for https, see `make_client_context`. If the context verifies servers, the client
    /// also checks that the certificate contains the server's name. Null: the client supports only http.
    web_client(
        asio::any_io_executor executor, std::shared_ptr<asio::ssl::context> tls, web_options options = {}
    );

    /// Sends the request and waits for the whole response. Any status is a response, not an error. Takes the
    /// request by value, so that callers may pass a temporary.
    /// \par Errors
    /// - `net::errc`, where `body_too_large` means that the body or the headers are too long;
    /// - a system error or an OpenSSL error;
    /// - the error in `web_options::proxies` if the request needs the proxy;
    /// - the error of `serialize` if a header contains a control character.
    ///
    /// The text of an error contains no path, query, header value or body. If the connection fails, the text
    /// names the server, the proxy if there is one, and the cause.
    /// \par Cancellation terminal. \par Lifetimes the client must outlive the call.
    task<result<web_response>> send(web_request request);

private:
    asio::any_io_executor executor_;
    std::shared_ptr<asio::ssl::context> tls_;
    web_options options_;
};

}  // namespace tcr::net
