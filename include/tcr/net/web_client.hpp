#pragma once

// An HTTP client for occasional requests to other servers, and its URLs.

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

/// The parts of a URL such as "https://tcr.tencentcloudapi.com/".
struct web_address
{
    bool is_tls = true;  ///< https, else http
    std::string host;    ///< without brackets
    std::string port;    ///< decimal; the scheme's default if the URL has none
    std::string target;  ///< path and query, percent-encoded; at least "/"

    bool operator==(web_address const&) const = default;

    /// For the Host header (RFC 9110 section 7.2): without the port if it is the scheme's default.
    std::string authority() const;
};

/// Parses an http or https URL and converts the host to lower case. \par Errors invalid_argument and one
/// sentence without the URL's userinfo, which may hold a password: not a URL, another scheme, userinfo or a
/// fragment, no host, invalid port.
result<web_address> parse_web_address(std::string_view url);

struct web_request
{
    std::string method = "GET";
    web_address to;
    std::vector<std::pair<std::string, std::string>> headers;  ///< in addition to those that the client adds
    std::string body;

    /// At most `web_options::limit`; zero: that limit.
    std::chrono::milliseconds limit{0};
};

/// The request as bytes for the wire (RFC 9112 section 3), with Host, User-Agent, Connection and, except for
/// a GET without body, Content-Length. \par Errors invalid_argument: a header with a line break or another
/// control character, which could inject another header. The text names the header.
result<std::string> serialize(web_request const& request, std::string_view user_agent);

struct web_response
{
    unsigned status = 0;
    /// Names in lower case, in the server's order.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    bool ok() const { return status >= 200 && status < 300; }

    /// The first header of that name (in lower case); empty if there is none.
    std::string_view header(std::string_view name) const;
};

struct web_options
{
    std::chrono::milliseconds limit{15'000};  ///< from the call to the last byte
    std::size_t max_body = 1024 * 1024;       ///< max bytes of a response's body
    std::size_t max_headers = 64 * 1024;      ///< max bytes of all headers together; a single line: 8 KiB
    std::string user_agent = "tcr-assistant/" TCR_VERSION;
};

/// Sends occasional requests to servers other than the API server: one connection per request, no redirects,
/// no proxies, no cookies, no compression.
class web_client
{
public:
    /// `tls` is for https; `make_client_context` makes one. If it verifies servers, it checks their names,
    /// too.
    web_client(
        asio::any_io_executor executor, std::shared_ptr<asio::ssl::context> tls, web_options options = {}
    );

    /// Sends the request and waits for the whole response. Any status is a response, not an error. Takes the
    /// request by value, so that callers may pass a temporary. \par Errors `net::errc`, the system's; the
    /// text names server and cause and never path, query, headers or body. `errc::body_too_large` also for
    /// too many headers.
    /// \par Cancellation terminal. \par Lifetimes the client must outlive the call.
    task<result<web_response>> send(web_request request);

private:
    asio::any_io_executor executor_;
    std::shared_ptr<asio::ssl::context> tls_;
    web_options options_;
};

}  // namespace tcr::net
