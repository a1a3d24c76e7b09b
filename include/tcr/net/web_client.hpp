#pragma once

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

/// A server and what to ask it for, by one text such as "https://tcr.tencentcloudapi.com/".
struct web_address
{
    bool is_tls = true;  ///< https, else http
    std::string host;    ///< without brackets
    std::string port;    ///< decimal; the scheme's own where the text names none
    std::string target;  ///< path and query, percent-encoded; at least "/"

    bool operator==(web_address const&) const = default;

    /// For the Host header (RFC 9110 section 7.2): without the port where it is the scheme's own.
    std::string authority() const;
};

/// Reads an http or https URL. The host comes in small letters. \par Errors invalid_argument and one sentence
/// without the URL's userinfo, which may hold a password: no URL, another scheme, userinfo or a fragment, no
/// host, no such port.
result<web_address> parse_web_address(std::string_view url);

struct web_request
{
    std::string method = "GET";
    web_address to;
    std::vector<std::pair<std::string, std::string>> headers;  ///< beside those that the client adds
    std::string body;

    /// Shorter than `web_options::limit`, where it is one; zero: that one.
    std::chrono::milliseconds limit{0};
};

/// The request as bytes for the wire (RFC 9112 section 3), with Host, User-Agent, Connection and, for all but
/// GET, Content-Length. \par Errors invalid_argument: a header with a line break or another control character
/// in it, since it would be taken for more than one. Its text names the header.
result<std::string> serialize(web_request const& request, std::string_view user_agent);

struct web_response
{
    unsigned status = 0;
    /// Names in small letters, in the server's order.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    bool ok() const { return status >= 200 && status < 300; }

    /// The first header of that name (small letters); empty: there is none.
    std::string_view header(std::string_view name) const;
};

struct web_options
{
    std::chrono::milliseconds limit{15'000};  ///< from the call to the last byte
    std::size_t most_body = 1024 * 1024;      ///< bytes of a response
    std::size_t most_headers = 64 * 1024;     ///< bytes of all its headers together; a single line: 8 KiB
    std::string user_agent = "tcr-assistant/" TCR_VERSION;
};

/// Asks servers other than the API server, now and then: a connection a request, no redirects, no proxies, no
/// cookies, no compression.
class web_client
{
public:
    /// `tls` is used for https: `make_client_context` makes one. Where it verifies servers, their names must
    /// fit too.
    web_client(
        asio::any_io_executor executor, std::shared_ptr<asio::ssl::context> tls, web_options options = {}
    );

    /// Sends and waits for the whole answer. Any status is a response, not an error. Takes its request by
    /// value, so that it may be a temporary's content. \par Errors `net::errc`, the system's; the text names
    /// server and cause and never shows path, query, headers or body. `errc::body_too_large` also for too
    /// many headers.
    /// \par Cancellation terminal. \par Lifetimes must outlive the call.
    task<result<web_response>> send(web_request request);

private:
    asio::any_io_executor executor_;
    std::shared_ptr<asio::ssl::context> tls_;
    web_options options_;
};

}  // namespace tcr::net
