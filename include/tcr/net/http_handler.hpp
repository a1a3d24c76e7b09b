#pragma once

#include <tcr/util/async.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tcr::net
{

/// One HTTP request as it reached our server.
struct server_request
{
    std::string method;  ///< "GET", "POST", …: case matters
    std::string path;    ///< as it was sent, percent-encoding included; starts by "/", or is "*"
    std::string query;   ///< what follows the "?"
    std::string
        content_type;  ///< the media type alone, in lower case and without parameters; empty if none came
    std::string body;

    /// Names in small letters, in the client's order; only where `session_limits::keep_headers` is set.
    std::vector<std::pair<std::string, std::string>> headers;

    std::chrono::steady_clock::time_point begun{};  ///< when its first byte was read
};

/// What our server answers.
struct server_response
{
    unsigned status = 200;  ///< 200 to 599
    std::string content_type = "text/plain; charset=utf-8";
    std::string
        headers;       ///< more header lines, each ended by "\r\n"; Content-Length and Connection are added
    std::string body;  ///< for HEAD too: it is counted and not sent
};

/// Answers one request, from memory: it runs on the loop's thread and must not wait. An exception of it is
/// answered by 500, ends its connection and is logged.
using request_handler = std::function<server_response(server_request const&)>;

/// Answers one request, and may wait for something on the way: its own limit is its own affair. The request
/// lives until it ends. An exception of it is as one of a `request_handler`. \par Cancellation terminal, to
/// be obeyed: when the connection is cut.
using slow_request_handler = std::function<task<server_response>(server_request const&)>;

/// A response, or the coroutine that makes it.
using server_answer = std::variant<server_response, task<server_response>>;

/// Either kind of handler: each converts to it, and so does a router. Who answers at once pays for no
/// coroutine.
using any_request_handler = std::function<server_answer(server_request const&)>;

/// The status with its words as a text, as in "404 Not Found".
server_response plain_response(unsigned status);

/// A handler that asks others by the request's path and method.
///
/// \par Errors 404 for an unknown path; 405, with the methods there are, for an unknown method of a known
/// path.
class http_router
{
public:
    /// Has GET, and with it HEAD, on exactly that path answered. A later handler replaces an earlier one.
    void get(std::string const& path, any_request_handler handler);

    /// Has POST on exactly that path answered.
    void post(std::string const& path, any_request_handler handler);

    server_answer operator()(server_request const& request) const;

private:
    using by_method = std::map<std::string, any_request_handler, std::less<>>;

    std::map<std::string, by_method, std::less<>> paths_;
};

}  // namespace tcr::net
