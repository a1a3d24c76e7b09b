// SPDX-License-Identifier: Apache-2.0
#pragma once

// Connects to a server, for the clients with and without a pool of connections.

#include "deadlines.hpp"
#include "input_batch.hpp"
#include "read_buffer.hpp"
#include "tls_stream.hpp"
#include <tcr/net/errc.hpp>
#include <tcr/net/proxy.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcr::net
{

/// A client's connection, before and after it is opened, with a time limit for the operation in flight.
struct client_connection
{
    client_connection(asio::any_io_executor executor, std::shared_ptr<deadlines> limits)
        : socket(executor), limit(std::move(limits), [this] { give_up(); })
    {
    }
    client_connection(client_connection const&) = delete;
    client_connection& operator=(client_connection const&) = delete;

    /// Ends the operation in flight with an error and sets `timed_out`.
    void give_up();

    /// Same as `tls_stream::is_quiet`. The connection must use TLS.
    bool is_quiet() { return stream->is_quiet(); }

    asio::ip::tcp::socket socket;      ///< used for plain HTTP; with TLS, moved into `stream`
    std::optional<tls_stream> stream;  ///< set once TLS begins
    deadline limit;
    read_buffer buffer;
    bool timed_out = false;
};

/// The server to connect to, and the settings of the connection.
struct dial_plan
{
    dial_plan() = default;

    std::string host;  ///< name or IP address, without brackets
    std::string port;  ///< decimal
    std::string url;   ///< "https://host:port", for error messages

    /// If set, the connection is a tunnel through this proxy. Requires TLS.
    std::optional<http_proxy> proxy;

    std::shared_ptr<asio::ssl::context> tls;  ///< null: no TLS
    std::string tls_server_name;              ///< name that the certificate must contain
    bool verify_server = true;
    input_batch* batch = nullptr;  ///< decides when the client reads; null: it reads at once

    /// Returns the server's URL and the proxy, if there is one, for error messages: "https://host:port
    /// through proxy host:port".
    std::string route() const;
};

/// Returns an error with a text such as "cannot connect to https://host: timed out". In this example, `doing`
/// is "cannot connect to" and `to` is "https://host".
error dial_failure(boost::system::error_code ec, std::string_view doing, std::string_view to);

/// Looks up the addresses of the proxy, or of the server if there is no proxy. Does not use the resolver if
/// the host is an IP address. Returns at `deadline` at the latest.
/// \par Errors the same as `resolve`, with the URL and the proxy in the text. \par Cancellation the same as
/// `resolve`.
task<result<std::vector<asio::ip::tcp::endpoint>>> look_up(
    dial_plan const& plan, std::chrono::steady_clock::time_point deadline
);

/// Connects to the first address that accepts the connection. Then opens a tunnel if `plan.proxy` is set.
/// Then does the TLS handshake with the server if `plan.tls` is set. Before the call, the caller sets the
/// time limit in `fresh.limit`.
/// \par Errors `errc::timed_out`, `errc::untrusted_server`, `errc::proxy_refused`, the other errors of
/// `open_tunnel`, a system error or an OpenSSL error. The text names the URL and the proxy.
/// \par Cancellation terminal. \par Lifetimes all arguments must outlive the call.
task<result<void>> dial(
    client_connection& fresh, dial_plan const& plan, std::vector<asio::ip::tcp::endpoint> const& addresses
);

}  // namespace tcr::net
