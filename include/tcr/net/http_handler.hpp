#pragma once

// What the HTTP server passes to its handlers and what they return.

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

/// One HTTP request as it reached our server.
struct server_request
{
    std::string method;        ///< "GET", "POST", …: case matters
    std::string path;          ///< as sent, still percent-encoded; begins with "/", or is "*"
    std::string query;         ///< what follows the "?"
    std::string content_type;  ///< media type in lower case, without parameters; empty if not sent
    std::string body;

    /// Names in lower case, in the client's order; only if `session_limits::keep_headers` is set.
    std::vector<std::pair<std::string, std::string>> headers;

    std::chrono::steady_clock::time_point started_at{};  ///< when its first byte was read
};

/// What our server answers.
struct server_response
{
    unsigned status = 200;  ///< 200 to 599
    std::string content_type = "text/plain; charset=utf-8";
    std::string headers;  ///< more lines, each ended by "\r\n"; Content-Length and Connection are added
    std::string body;     ///< also for HEAD: not sent, but counted in Content-Length
};

/// A response, or the coroutine that makes it.
using server_answer = std::variant<server_response, task<server_response>>;

/// Answers one request: a function that returns a response made in memory, or a coroutine that may wait and
/// sets its own time limit. Runs on the event loop's thread and must not block. The request lives until the
/// coroutine ends. After an exception the server answers 500, closes the connection and logs the exception.
/// \par Cancellation of a coroutine: terminal, when the connection is cut. It must end then.
using request_handler = std::function<server_answer(server_request const&)>;

/// A text response with the status and its reason, such as "404 Not Found".
server_response plain_response(unsigned status);

/// Passes each request to the handler of its path and method.
///
/// \par Errors 404 for an unknown path; 405, with the allowed methods, for an unknown method of a known path.
class http_router
{
public:
    /// Sets the handler of GET and HEAD for exactly this path. Replaces an earlier one.
    void get(std::string const& path, request_handler handler);

    /// Sets the handler of POST for exactly this path. Replaces an earlier one.
    void post(std::string const& path, request_handler handler);

    server_answer operator()(server_request const& request) const;

private:
    using by_method = std::map<std::string, request_handler, std::less<>>;

    std::map<std::string, by_method, std::less<>> paths_;
};

}  // namespace tcr::net
