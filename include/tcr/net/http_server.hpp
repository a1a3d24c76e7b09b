#pragma once

#include <tcr/log/line_limiter.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/net/http_handler.hpp>
#include <tcr/net/http_session.hpp>
#include <tcr/util/error.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tcr::net
{

/// Where a server listens.
struct bind_address
{
    std::string host;         ///< an IP address without brackets; empty: all addresses of the machine
    unsigned short port = 0;  ///< 0: any free one

    /// "HOST:PORT", brackets around an IPv6 address.
    std::string text() const;
};

/// ":8080", "127.0.0.1:8080", "[::1]:8080"; nothing for "0", which turns a server off. \par Errors a
/// sentence.
result<std::optional<bind_address>> parse_bind_address(std::string_view text);

/// Asked for each connection when it is accepted, so that a certificate is exchanged while the server runs.
/// Null: there is none yet, and the connection is closed at once.
using tls_source = std::function<std::shared_ptr<asio::ssl::context>()>;

struct server_options
{
    session_limits limits;

    /// Where contexts of `make_server_context` come from; empty: plain HTTP.
    tls_source tls;

    /// Bytes of request bodies in memory, on all connections together, each until its answer is made. What
    /// would pass it is answered by 503 with "Retry-After: 1". Of no use below `session_limits::body`, whose
    /// excess is 413.
    std::size_t most_body_bytes = 8 * 1024 * 1024;

    /// Open connections, idle ones included: the bound of their memory. At the limit the one that has been
    /// idle for the longest gives way to a new one: after a response, or without a request for
    /// `session_limits::first_request`. Where there is none, new ones wait in the kernel's queue until a
    /// connection ends, by its client or by a limit.
    std::size_t most_connections = 64;

    /// How long requests and responses under way may take to end once the server is to stop.
    std::chrono::milliseconds grace{2'000};
};

/// A small HTTP/1.1 server for pages that are made in memory (health, metrics) and for webhooks. One thread;
/// TLS if it is given contexts for it.
///
/// Keeps connections alive, answers HEAD, writes "100 Continue", takes pipelined requests one by one. It
/// answers by itself 400 (no HTTP, or no Host), 408, 411 (a chunked body), 413, 417, 431 and 503, each
/// followed by a close; all else, 404 and 405 included, is the handler's. A connection's exception is logged
/// and ends that connection only. A failed TLS handshake is of interest to who looks for it: a line of level
/// debug, and few of them.
class http_server
{
public:
    /// Listens; connections wait in the kernel's queue until `run`. Without a host it listens on IPv6 and
    /// IPv4, or on IPv4 alone where the machine has no IPv6. \par Errors the system's, with the address in
    /// the text.
    /// \par Lifetimes `log` must outlive the server.
    static result<std::unique_ptr<http_server>> listen(
        asio::any_io_executor executor,
        bind_address const& address,
        any_request_handler handler,
        logger& log,
        server_options options = {}
    );

    http_server(http_server const&) = delete;
    http_server& operator=(http_server const&) = delete;

    /// Serves until it is cancelled; once. An error of accepting (no file descriptor left) is logged and
    /// waited out.
    /// \par Cancellation terminal: stops listening, closes idle connections, gives those with a request or
    /// response under way `server_options::grace` to end, awaits all, and throws `operation_aborted`. A
    /// second one ends the grace.
    task<void> run();

    /// The port it listens on, also where any was asked for.
    unsigned short port() const { return port_; }

private:
    http_server(
        asio::any_io_executor executor,
        asio::ip::tcp::acceptor acceptor,
        any_request_handler handler,
        logger& log,
        server_options options
    );

    task<void> accept_all();
    task<void> wait_for_room();
    void welcome(asio::ip::tcp::socket socket);
    template <class Stream>
    void start(Stream stream);
    template <class Stream>
    task<void> serve(std::unique_ptr<http_session<Stream>> session);
    void warn(std::string_view what, std::string_view why);
    void note_handshake(boost::system::error_code failure);

    asio::any_io_executor executor_;
    asio::ip::tcp::acceptor acceptor_;
    unsigned short port_;
    any_request_handler handler_;
    logger& log_;
    line_limiter lines_;
    server_options options_;
    session_list sessions_;
    task_group tasks_;
};

}  // namespace tcr::net
