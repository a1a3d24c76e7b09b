#pragma once

// The HTTP client for the API server, with a pool of connections.

#include <tcr/net/http_message.hpp>
#include <tcr/net/read_coalescer.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <type_traits>

namespace tcr::net
{

/// The address of an HTTPS server.
struct endpoint
{
    std::string host;             ///< name or IP address, without brackets
    std::string port;             ///< decimal
    std::string tls_server_name;  ///< name the certificate must carry; empty: `host`
    bool verify_server = true;

    bool operator==(endpoint const&) const = default;

    /// "host:port", brackets around an IPv6 address.
    std::string authority() const;
};

/// Decides whether a request may be sent. Asked just before its first byte is written.
class write_gate
{
public:
    virtual bool is_open() const = 0;

protected:
    ~write_gate() = default;
};

/// Limits of one exchange; zero means none.
struct time_limits
{
    /// From the call to the last byte read, including name look-up and connecting.
    std::chrono::milliseconds whole{30'000};
    std::chrono::milliseconds idle{0};  ///< max silence while a response streams in

    /// If set and closed, the request is not sent. Must outlive the call.
    write_gate const* gate = nullptr;
};

// A default argument of coroutines: GCC 12 destroys a temporary aggregate in a co_await expression twice.
static_assert(std::is_trivially_destructible_v<time_limits>);

struct client_options
{
    std::chrono::milliseconds look_up_limit{10'000};  ///< for the server's name, unless it is an IP address
    std::chrono::milliseconds connect_limit{10'000};  ///< TCP connect and TLS handshake together
    std::size_t max_idle = 32;                        ///< max connections kept for reuse
    read_coalescer::options coalescing;               ///< how answers are read while there are many
};

/// An HTTP/1.1 client for one HTTPS server, with a pool of keep-alive connections.
///
/// Connections are opened on demand. The one used last is reused first, so that a client with few requests
/// keeps few connections. A pooled connection on which bytes or the server's close are waiting is not reused.
/// If a reused connection ends before the first byte of an answer, the request is sent again, on another
/// pooled connection or a new one. Each request may be repeated: a write has a precondition, or its
/// repetition is answered with "already exists". Must outlive every `send`.
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

    /// Sends a request and returns when its response is complete; a 2xx body goes to `sink` as it arrives.
    ///
    /// Any status is a response, not an error. `request` and `sink` must outlive the call.
    /// \par Errors `errc`, what the sink returned, or the system's; the text names server and cause.
    /// \par Cancellation terminal: the connection is reset, so that bytes of the request still on this
    /// machine do not reach the server later.
    task<result<http_response>> send(http_request const& request, body_sink& sink, time_limits limits);

    /// Closes pooled connections that were unused for `age`.
    void close_idle(std::chrono::steady_clock::duration age);

    /// Uses this TLS context for new connections. Older connections are not reused.
    void replace_tls(std::shared_ptr<asio::ssl::context> tls);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace tcr::net
