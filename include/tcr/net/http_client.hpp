// SPDX-License-Identifier: Apache-2.0
#pragma once

// The HTTP client for the API server, with a pool of connections.

#include <tcr/net/http_message.hpp>
#include <tcr/net/proxy.hpp>
#include <tcr/net/read_coalescer.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

namespace tcr::net
{

/// The address of an HTTPS server, and the settings of connections to it.
struct endpoint
{
    std::string host;             ///< name or IP address, without brackets
    std::string port;             ///< decimal
    std::string tls_server_name;  ///< name that the certificate must contain; if empty, `host`
    bool verify_server = true;
    std::string base_path = {};  ///< such as "/k8s/clusters/c-1"; precedes the target of every request
    std::optional<http_proxy> proxy = {};  ///< if set, all connections are tunnels through this proxy

    bool operator==(endpoint const&) const = default;

    /// Returns "host:port", with brackets around an IPv6 address.
    std::string authority() const;
};

/// Decides whether a request may be sent. `http_client` checks the gate before it opens a connection, and
/// again just before it writes the first byte of the request.
class write_gate
{
public:
    virtual bool is_open() const = 0;

protected:
    ~write_gate() = default;
};

/// Time limits of one exchange. Zero means no limit.
struct time_limits
{
    /// From the call to the last byte of the response, including name look-up and connecting.
    std::chrono::milliseconds whole{30'000};
    std::chrono::milliseconds idle{0};  ///< max time without a byte from the server

    /// If the gate is closed, the request is not sent and fails with `errc::gate_closed`. Null: no gate. The
    /// gate must outlive the call.
    write_gate const* gate = nullptr;
};

// Coroutines have default arguments of type `time_limits`. GCC 12 destroys a temporary aggregate in a
// `co_await` expression twice, so the destructor of this type must do nothing.
static_assert(std::is_trivially_destructible_v<time_limits>);

struct client_options
{
    std::chrono::milliseconds look_up_timeout{10'000};  ///< for the look-up of the server's or proxy's name

    /// For TCP connect, the proxy's answer and the TLS handshake together.
    std::chrono::milliseconds connect_timeout{10'000};
    std::size_t max_idle = 32;           ///< max idle connections that are kept for reuse
    read_coalescer::options coalescing;  ///< see `read_coalescer`
};

/// An HTTP/1.1 client for one HTTPS server, with a pool of keep-alive connections.
///
/// Opens connections on demand. Reuses the connection that was used last, so that a client with few requests
/// keeps few connections. Does not reuse a connection with unread bytes, or a connection that the server has
/// closed.
///
/// If a reused connection fails before the first byte of the answer, sends the request again on another
/// connection. After a time-out, does not send it again. Sending a request twice is safe for every request of
/// this program:
/// - A repeated read, access review or unconditional patch has no further effect.
/// - The server rejects a repeated create ("already exists") and a repeated write with a precondition.
/// \par Lifetimes the client must outlive every `send`.
class http_client
{
public:
    http_client(
        asio::any_io_executor executor,
        std::shared_ptr<asio::ssl::context> tls,
        endpoint const& server,
        client_options const& options = {}
    );
    ~http_client();
    http_client(http_client const&) = delete;
    http_client& operator=(http_client const&) = delete;

    /// Sends a request and returns when its response is complete. Passes the body of a 2xx response to `sink`
    /// as it arrives.
    ///
    /// Any status is a response, not an error. `request` and `sink` must outlive the call.
    /// \par Errors `errc`, the error of `sink`, a system error or an OpenSSL error. The text names the
    /// server, the proxy if there is one, and the cause.
    /// \par Cancellation terminal: resets the connection, so that the kernel does not send the rest of the
    /// request later.
    task<result<http_response>> send(http_request const& request, body_sink& sink, time_limits limits);

    /// Closes pooled connections that have been unused for longer than `age`.
    void close_idle(std::chrono::steady_clock::duration age);

    /// Uses this TLS context for new connections. Existing connections are not reused.
    void replace_tls(std::shared_ptr<asio::ssl::context> tls);

    /// Uses this login at the proxy, if there is one, for new connections. See `http_proxy::authorization`.
    void set_proxy_login(std::string const& authorization);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace tcr::net
