#pragma once

// The HTTP server for metrics, health checks and webhooks.

#include <tcr/log/logger.hpp>
#include <tcr/net/http_handler.hpp>
#include <tcr/util/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <cstddef>
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

/// Parses ":8080", "127.0.0.1:8080" or "[::1]:8080". Nothing for "0", which turns a server off. \par Errors
/// invalid_argument and a sentence.
result<std::optional<bind_address>> parse_bind_address(std::string_view text);

/// Called for each accepted connection, so that the certificate can change while the server runs. Null: there
/// is none yet, and the connection is closed at once.
using tls_source = std::function<std::shared_ptr<asio::ssl::context>()>;

/// Limits of one connection.
struct session_limits
{
    static constexpr std::size_t max_header = 8 * 1024;

    /// Max bytes of a request's first line and header, up to `max_header`. Above it: 431.
    std::size_t header = max_header;

    /// Whether requests hold all header fields. The handlers of this program need none, so the default saves
    /// the memory.
    bool keep_headers = false;

    /// Max bytes of a request's body. Above it: 413.
    std::size_t body = 0;

    /// From a TLS connection's start to the end of its handshake. Then the connection is closed.
    std::chrono::milliseconds handshake{5'000};

    /// From a request's first byte to its last. A slower request is answered with 408.
    std::chrono::milliseconds request{10'000};

    /// From a response's first byte to its last; then the connection is closed.
    std::chrono::milliseconds write{10'000};

    /// From the start of the connection, the end of its handshake or the end of a response to the first byte
    /// of the next request. The API server keeps an idle connection for 90 s (IdleConnTimeout of Go's
    /// http.DefaultTransport), even one that has never carried a request. This limit is longer, so that no
    /// request is sent into a connection that the server closes.
    std::chrono::milliseconds idle{120'000};

    /// How long a new connection may wait for its first request before another one may replace it.
    std::chrono::milliseconds first_request{5'000};

    /// How long the client may take to receive the last response and close, before the server closes.
    std::chrono::milliseconds linger{1'000};
};

struct server_options
{
    session_limits limits;

    /// Provides contexts of `make_server_context`; empty: plain HTTP.
    tls_source tls;

    /// Max bytes of request bodies in memory, over all connections, each until its answer is made. A request
    /// that would exceed it is answered with 503 and "Retry-After: 1". Set it to `session_limits::body` or
    /// more; larger bodies are answered with 413 anyway.
    std::size_t max_body_bytes = 8 * 1024 * 1024;

    /// Max open connections, idle ones included; this bounds their memory. At the limit, a new connection
    /// replaces the one that has been idle for the longest: after a response, or without a request for
    /// `session_limits::first_request`. If none is idle, new ones wait in the kernel's queue until a
    /// connection ends, by its client or by a limit.
    std::size_t max_connections = 64;

    /// How long requests and responses in flight may take to end once the server has to stop.
    std::chrono::milliseconds grace{2'000};
};

/// A small HTTP/1.1 server for pages that are made in memory (health, metrics) and for webhooks.
/// Single-threaded. Uses TLS if `server_options::tls` is set.
///
/// Keeps connections alive, answers HEAD, sends "100 Continue", handles pipelined requests one by one. The
/// server itself answers 400 (not HTTP, or no Host), 408, 411 (a chunked body), 413, 417, 431 and 503, and
/// then closes the connection. The handler answers all else, including 404 and 405. An exception is logged
/// and ends only its connection. A failed TLS handshake is logged at level debug, with a limit on lines.
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
        request_handler handler,
        logger& log,
        server_options options = {}
    );

    virtual ~http_server() = default;

    /// Serves until it is cancelled; once. If accepting fails (no file descriptor left), logs the error and
    /// retries after 200 ms.
    /// \par Cancellation terminal: stops listening, closes idle connections, gives those with a request or
    /// response in flight `server_options::grace` to end, awaits all, and throws `operation_aborted`. A
    /// second cancellation ends the grace.
    virtual task<void> run() = 0;

    /// The port it listens on, also if 0 (any) was requested.
    virtual unsigned short port() const = 0;
};

}  // namespace tcr::net
