// SPDX-License-Identifier: Apache-2.0
#include "http_session.hpp"
#include <tcr/log/line_limiter.hpp>
#include <tcr/net/host_port.hpp>
#include <tcr/net/http_server.hpp>
#include <tcr/util/duration.hpp>
#include <tcr/util/strings.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace tcr::net
{
namespace
{

using tcp = asio::ip::tcp;
using steady_clock = std::chrono::steady_clock;

/// Pause before accepting again after an error, such as a lack of file descriptors. The pause is long enough
/// to avoid a busy loop and short enough for the next health probe.
constexpr std::chrono::milliseconds accept_pause{200};

error malformed(std::string_view text, std::string_view why)
{
    return invalid_argument("'" + printable(text) + "' is not an address to listen on: " + std::string(why));
}

/// Listens on one endpoint. The IPv6 address "::" also accepts IPv4, independently of the machine's default.
boost::system::error_code open(tcp::acceptor& acceptor, tcp::endpoint const& where)
{
    boost::system::error_code ec;
    acceptor.open(where.protocol(), ec);
    if (!ec)
        acceptor.set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec && where.address().is_v6())
        acceptor.set_option(asio::ip::v6_only(false), ec);
    if (!ec)
        acceptor.bind(where, ec);
    if (!ec)
        acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec)
    {
        boost::system::error_code ignored;
        acceptor.close(ignored);
    }
    return ec;
}

class listening_server final : public http_server
{
public:
    listening_server(
        asio::any_io_executor executor,
        tcp::acceptor acceptor,
        request_handler handler,
        logger& log,
        server_options options
    )
        : acceptor_(std::move(acceptor)),
          port_(acceptor_.local_endpoint().port()),
          handler_(std::move(handler)),
          log_(log),
          options_(std::move(options)),
          sessions_(executor, options_.max_body_bytes, options_.limits.first_request),
          tasks_(executor)
    {
    }

    task<void> run() override;
    unsigned short port() const override { return port_; }

private:
    task<void> accept_all();
    task<void> wait_for_room();
    template <class Stream>
    void start(Stream stream);
    template <class Stream>
    task<void> serve(std::unique_ptr<http_session<Stream>> session);
    void warn(std::string_view what, std::string_view why);
    void log_handshake_failure(boost::system::error_code failure);

    tcp::acceptor acceptor_;
    unsigned short port_;
    request_handler handler_;
    logger& log_;
    line_limiter lines_;
    server_options options_;
    session_list sessions_;
    task_group tasks_;
};

task<void> listening_server::run()
{
    std::exception_ptr end;
    try
    {
        co_await accept_all();
    }
    catch (...)
    {
        end = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state();

    boost::system::error_code ignored;
    acceptor_.close(ignored);
    sessions_.finish();
    auto const deadline = steady_clock::now() + options_.grace;
    while (!sessions_.empty() && steady_clock::now() < deadline)
    {
        co_await sessions_.wait_until(deadline);
        auto const state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            break;
    }
    co_await asio::this_coro::reset_cancellation_state();
    sessions_.cut();
    co_await tasks_.join();
    std::rethrow_exception(end);
}

task<void> listening_server::accept_all()
{
    for (;;)
    {
        if (sessions_.size() >= options_.max_connections)
            co_await wait_for_room();
        auto [ec, socket] = co_await acceptor_.async_accept(use_tuple);
        if (ec)
        {
            if (ec != asio::error::operation_aborted)
                warn("cannot accept an HTTP connection; retrying in " + to_text(accept_pause), ec.message());
            co_await sleep_for(accept_pause);
            continue;
        }
        boost::system::error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        if (!options_.tls)
            start(std::move(socket));
        else if (auto const context = options_.tls())
            start(tls_stream(std::move(socket), *context, tls_stream::side::server));
    }
}

template <class Stream>
void listening_server::start(Stream stream)
{
    auto session =
        std::make_unique<http_session<Stream>>(std::move(stream), handler_, options_.limits, sessions_);
    tasks_.spawn(serve(std::move(session)));
}

task<void> listening_server::wait_for_room()
{
    // Waits for a new connection first: without one, idle connections need not be closed.
    co_await acceptor_.async_wait(tcp::acceptor::wait_read, use_tuple);
    while (sessions_.size() >= options_.max_connections)
    {
        auto const again = sessions_.make_room(steady_clock::now());
        co_await sessions_.wait_until(again);
    }
}

template <class Stream>
task<void> listening_server::serve(std::unique_ptr<http_session<Stream>> session)
{
    std::optional<std::string> failure;
    try
    {
        co_await session->run();
        if (auto const handshake_failure = session->handshake_failure())
            log_handshake_failure(handshake_failure);
    }
    catch (boost::system::system_error const& e)
    {
        if (e.code() != asio::error::operation_aborted)
            failure = e.what();
    }
    catch (std::exception const& e)
    {
        failure = e.what();
    }
    catch (...)
    {
        failure = "unknown exception";
    }
    if (failure)
        warn("HTTP connection failed", *failure);
    session.reset();  // removes the session from `sessions_` before this task ends
}

void listening_server::warn(std::string_view what, std::string_view why)
{
    if (auto const left_out = lines_.pass(what, steady_clock::now()))
        log_.warning(what, {{"error", printable(why)}, {"left_out", *left_out}});
}

void listening_server::log_handshake_failure(boost::system::error_code failure)
{
    if (!log_.enabled(log_level::debug))
        return;
    constexpr std::string_view what = "TLS handshake with a client failed";
    if (auto const left_out = lines_.pass(what, steady_clock::now()))
        log_.debug(what, {{"error", printable(failure.message())}, {"left_out", *left_out}});
}

}  // namespace

std::string bind_address::text() const
{
    return bracketed(host) + ":" + std::to_string(port);
}

result<std::optional<bind_address>> parse_bind_address(std::string_view text)
{
    if (text == "0")
        return std::optional<bind_address>();
    auto const colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return malformed(text, "expected [ADDRESS]:PORT, or 0 for none");
    auto host = text.substr(0, colon);
    auto const port = parse_u64(text.substr(colon + 1));
    if (!port || *port > std::numeric_limits<unsigned short>::max())
        return malformed(text, "the port must be a number up to 65535");
    bool const in_brackets = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
    if (in_brackets)
        host = host.substr(1, host.size() - 2);
    if (!host.empty())
    {
        boost::system::error_code ec;
        auto const address = asio::ip::make_address(host, ec);
        if (ec)
            return malformed(text, "the host must be an IP address, or empty for all addresses");
        if (address.is_v6() != in_brackets)
            return malformed(text, "an IPv6 address needs brackets; any other must not have them");
    }
    bind_address parsed;
    parsed.host = host;
    parsed.port = static_cast<unsigned short>(*port);
    return std::optional(std::move(parsed));
}

result<std::unique_ptr<http_server>> http_server::listen(
    asio::any_io_executor executor,
    bind_address const& address,
    request_handler handler,
    logger& log,
    server_options options
)
{
    tcp::acceptor acceptor(executor);
    boost::system::error_code ec;
    if (address.host.empty())
    {
        ec = open(acceptor, tcp::endpoint(tcp::v6(), address.port));
        if (ec == boost::system::errc::address_family_not_supported ||
            ec == boost::system::errc::address_not_available)
            ec = open(acceptor, tcp::endpoint(tcp::v4(), address.port));
    }
    else
    {
        auto const host = asio::ip::make_address(address.host, ec);
        if (!ec)
            ec = open(acceptor, tcp::endpoint(host, address.port));
    }
    if (ec)
        return error(ec, "cannot listen on " + address.text() + ": " + ec.message());
    return std::make_unique<listening_server>(
        executor, std::move(acceptor), std::move(handler), log, std::move(options)
    );
}

}  // namespace tcr::net
