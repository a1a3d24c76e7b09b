// SPDX-License-Identifier: Apache-2.0
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
    unsigned short port = 0;  ///< 0: any free port

    /// Returns "HOST:PORT", with brackets around an IPv6 address.
    std::string text() const;
};

/// Parses ":8080", "127.0.0.1:8080" or "[::1]:8080". Returns nullopt for "0", which disables the server.
/// \par Errors invalid_argument and a sentence.
result<std::optional<bind_address>> parse_bind_address(std::string_view text);

/// A function that returns the TLS context for a new connection. The server calls the function for each
/// accepted connection, so that the certificate can change while the server runs. If the function returns
/// null (no certificate yet), the server closes the connection.
using tls_source = std::function<std::shared_ptr<asio::ssl::context>()>;

/// Limits of one connection.
struct session_limits
{
    static constexpr std::size_t max_header = 8 * 1024;

    /// Max bytes of a request's first line and header together; at most `max_header`. The server answers a
    /// longer header with 431.
    std::size_t header = max_header;

    /// Whether the server fills `server_request::headers`. False saves memory. Only handlers in tests need
    /// the headers.
    bool keep_headers = false;

    /// Max bytes of a request's body. The server answers a longer body with 413.
    std::size_t body = 0;

    /// Max time from the start of a TLS connection to the end of its handshake. The server closes a slower
    /// connection.
    std::chrono::milliseconds handshake{5'000};

    /// Max time from the first byte of a request to its last byte. The server answers a slower request with
    /// 408.
    std::chrono::milliseconds request{10'000};

    /// Max time from the first byte of a response to its last byte. The server closes a slower connection.
    std::chrono::milliseconds write{10'000};

    /// Max wait for the first byte of the next request. The wait begins at the start of the connection, at
    /// the end of the handshake or at the end of a response. The API server closes its connections after 90 s
    /// without a request (IdleConnTimeout of Go's http.DefaultTransport). Our limit is longer, so that the
    /// API server does not send a request while our server closes the connection.
    std::chrono::milliseconds idle{120'000};

    /// Time after which a new connection that has not begun its first request is replaceable, see
    /// `server_options::max_connections`.
    std::chrono::milliseconds first_request{5'000};

    /// Max wait after the last response for the client to close the connection. After this time, the server
    /// closes the connection itself.
    std::chrono::milliseconds linger{1'000};
};

struct server_options
{
    session_limits limits;

    /// Returns contexts of `make_server_context`. Empty: the server uses plain HTTP.
    tls_source tls;

    /// Max bytes of all request bodies in memory. The server frees each body when the handler has made the
    /// response. The server answers a request that would exceed the limit with 503 and "Retry-After: 1". The
    /// limit must be at least `session_limits::body`: otherwise a body between the two limits would get 503
    /// at every retry.
    std::size_t max_body_bytes = 8 * 1024 * 1024;

    /// Max open connections, including idle connections. At the limit, a new connection replaces the
    /// replaceable connection that has been idle for the longest time. A connection is replaceable if it is
    /// idle after a response, or has waited for its first request for `session_limits::first_request`. If no
    /// connection is replaceable, new connections wait in the kernel's queue.
    std::size_t max_connections = 64;

    /// Max time for requests and responses in flight to end when the server stops.
    std::chrono::milliseconds grace{2'000};
};

/// A small HTTP/1.1 server for pages that are made in memory (health, metrics) and for webhooks.
/// Single-threaded. Uses TLS if `server_options::tls` is set.
///
/// Keeps connections alive, answers HEAD, sends "100 Continue", and handles pipelined requests one by one.
/// - The server itself answers 400 (malformed HTTP, or no Host), 408, 411 (a chunked body), 413, 417, 431 and
///   503, and then closes the connection.
/// - If a handler throws, the server answers 500, closes only the connection of this request, and logs the
///   exception.
/// - The handler makes all other responses, including 404 and 405.
/// - The server logs failed TLS handshakes at level debug, at a limited rate.
class http_server
{
public:
    /// Starts listening. Connections wait in the kernel's queue until `run` is called. If `address.host` is
    /// empty, the server listens on IPv6 and IPv4, or only on IPv4 if the machine has no IPv6. \par Errors a
    /// system error, with the address in the text.
    /// \par Lifetimes `log` must outlive the server.
    static result<std::unique_ptr<http_server>> listen(
        asio::any_io_executor executor,
        bind_address const& address,
        request_handler handler,
        logger& log,
        server_options options = {}
    );

    virtual ~http_server() = default;

    /// Serves until it is cancelled. Call it only once. If accepting fails, for example because no file
    /// descriptor is left, logs the error and retries after 200 ms.
    /// \par Cancellation terminal: stops listening, closes idle connections, and waits up to
    /// `server_options::grace` for requests and responses in flight. Then closes the remaining connections
    /// and throws `operation_aborted`. A second cancellation ends the wait early.
    virtual task<void> run() = 0;

    /// Returns the port that the server listens on, even if port 0 (any free port) was requested.
    virtual unsigned short port() const = 0;
};

}  // namespace tcr::net
