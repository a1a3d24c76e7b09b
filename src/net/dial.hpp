#pragma once

#include <tcr/net/deadlines.hpp>
#include <tcr/net/errc.hpp>
#include <tcr/net/input_batch.hpp>
#include <tcr/net/read_buffer.hpp>
#include <tcr/net/tls_stream.hpp>
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
#include <vector>

// How clients get at a server: what those with a pool and those without have in common.
namespace tcr::net
{

/// A client's connection, from before it is made, with one time limit for whatever is under way.
struct dialed
{
    /// \par Lifetimes `limits` must outlive it.
    dialed(asio::any_io_executor executor, deadlines& limits)
        : socket(executor), limit(limits, [this] { give_up(); })
    {
    }
    dialed(dialed const&) = delete;
    dialed& operator=(dialed const&) = delete;

    /// Whatever is under way ends with an error, and `timed_out` tells why.
    void give_up();

    asio::ip::tcp::socket socket;      ///< until `stream` has it; for good, where there is no TLS
    std::optional<tls_stream> stream;  ///< once there is TLS
    deadline limit;
    read_buffer buffer;
    bool timed_out = false;
};

/// Whom to connect to, and how.
struct dial_plan
{
    dial_plan() = default;

    std::string host;  ///< name or IP address, without brackets
    std::string port;  ///< decimal
    std::string url;   ///< "https://host:port", for the words of an error

    std::shared_ptr<asio::ssl::context> tls;  ///< none: no TLS
    std::string tls_server_name;              ///< name the certificate must carry
    bool verify_server = true;
    input_batch* batch = nullptr;  ///< see `tls_stream`
};

/// What went wrong, in words: "cannot connect to https://host: timed out".
error dial_failure(boost::system::error_code ec, std::string_view doing, std::string_view url);

/// The server's addresses; a literal one needs no resolver. Returns at `deadline` at the latest.
/// \par Errors as `resolve`, with the URL in the text. \par Cancellation as `resolve`.
task<result<std::vector<asio::ip::tcp::endpoint>>> look_up(
    dial_plan const& whom, std::chrono::steady_clock::time_point deadline
);

/// Connects to the first address that answers, and does the handshake where there is TLS, before the limit
/// that the caller has set. \par Errors `errc::timed_out`, `errc::untrusted_server`, the system's, OpenSSL's,
/// with the URL in the text. \par Cancellation terminal. \par Lifetimes all must outlive the call.
task<result<void>> dial(
    dialed& fresh, dial_plan const& whom, std::vector<asio::ip::tcp::endpoint> const& addresses
);

}  // namespace tcr::net
