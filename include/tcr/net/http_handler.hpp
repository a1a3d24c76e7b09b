// SPDX-License-Identifier: Apache-2.0
#pragma once

// Requests and responses of the HTTP server's handlers, and a router.

#include <tcr/util/async.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tcr::net
{

/// A request that our HTTP server has received.
struct server_request
{
    std::string method;        ///< "GET", "POST", …; case-sensitive
    std::string path;          ///< as sent, still percent-encoded; begins with "/", or is "*"
    std::string query;         ///< the text after "?", as sent; empty if there is none
    std::string content_type;  ///< media type in lower case, without parameters; empty if missing
    std::string body;

    /// All header fields in the client's order, names in lower case; empty unless
    /// `session_limits::keep_headers` is set.
    std::vector<std::pair<std::string, std::string>> headers;

    std::chrono::steady_clock::time_point started_at{};  ///< time at which the first byte was read
};

/// A response of our HTTP server.
struct server_response
{
    unsigned status = 200;  ///< 200 to 599
    std::string content_type = "text/plain; charset=utf-8";
    /// Additional header lines, each with "\r\n". The server itself adds Content-Type, Content-Length and
    /// Connection.
    std::string headers;
    std::string body;  ///< also needed for HEAD: the server sends only its length
};

/// A response, or a coroutine that makes the response.
using server_answer = std::variant<server_response, task<server_response>>;

/// Answers one request. Returns a response, or a coroutine. The coroutine must limit its own time, because
/// the server does not. Handler and coroutine run on the event loop's thread and must not block it. The
/// request lives until the coroutine ends. If the handler or the coroutine throws, the server answers 500,
/// closes the connection and logs the exception.
/// \par Cancellation terminal: when the server stops, it cancels the coroutines that have not ended after
/// `server_options::grace`. They must then end.
using request_handler = std::function<server_answer(server_request const&)>;

/// Returns a text response with the status and its reason as the body, such as "404 Not Found".
server_response plain_response(unsigned status);

/// Passes each request to the handler of its path and method.
///
/// \par Errors 404 for an unknown path; 405, with the allowed methods, for an unknown method of a known path.
class http_router
{
public:
    /// Sets the handler of GET and HEAD for exactly this path. Replaces an earlier handler.
    void get(std::string const& path, request_handler handler);

    /// Sets the handler of POST for exactly this path. Replaces an earlier handler.
    void post(std::string const& path, request_handler handler);

    server_answer operator()(server_request const& request) const;

private:
    using by_method = std::map<std::string, request_handler, std::less<>>;

    std::map<std::string, by_method, std::less<>> paths_;
};

}  // namespace tcr::net
