// SPDX-License-Identifier: Apache-2.0
#include "tcp_proxy.hpp"

#include <tcr/util/async.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace tcr::test
{
namespace
{

using tcp = asio::ip::tcp;

constexpr std::chrono::milliseconds between_looks{5};

}  // namespace

/// A client's connection and the connection to the target.
struct tcp_proxy::connection
{
    explicit connection(tcp::socket accepted) : client(std::move(accepted)), server(client.get_executor()) {}

    void break_off()
    {
        reset(client);
        reset(server);
    }

    tcp::socket client;
    tcp::socket server;
};

namespace
{

/// Forwards bytes in one direction until either end closes. `connection` keeps the sockets open.
template <class Connection>
task<void> pass(
    std::shared_ptr<Connection> connection, tcp::socket& from, tcp::socket& to, bool const& is_frozen
)
{
    std::array<char, 65536> bytes;
    for (;;)
    {
        auto [read_ec, count] = co_await from.async_read_some(asio::buffer(bytes), use_tuple);
        while (is_frozen && from.is_open())
            co_await sleep_for(between_looks);
        if (read_ec)
            break;
        auto [write_ec, written] = co_await asio::async_write(to, asio::buffer(bytes, count), use_tuple);
        if (write_ec)
            break;
    }
    connection->break_off();
}

/// Whether a CONNECT request may pass. Records the server that it names.
bool is_accepted(std::string_view request, connect_rule& rule)
{
    constexpr std::string_view method = "CONNECT ";
    auto const login = "\r\nProxy-Authorization: " + rule.authorization + "\r\n";
    if (!request.starts_with(method) || (!rule.authorization.empty() && request.find(login) == request.npos))
        return false;
    request.remove_prefix(method.size());
    rule.servers.emplace_back(request.substr(0, request.find(' ')));
    return true;
}

/// Reads the request of an HTTP proxy's client, connects to the target, and answers. \return whether the
/// connection is open
template <class Connection>
task<bool> open_tunnel(Connection& connection, tcp::endpoint target, connect_rule& rule)
{
    std::string request;
    auto buffer = asio::dynamic_buffer(request, 8192);
    std::string const end = "\r\n\r\n";
    auto [read_ec, size] = co_await asio::async_read_until(connection.client, buffer, end, use_tuple);
    if (read_ec)
        co_return false;
    bool const may_pass = is_accepted(request, rule);
    std::string answer =
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\"";
    bool is_open = false;
    if (may_pass)
    {
        auto [connect_ec] = co_await connection.server.async_connect(target, use_tuple);
        is_open = !connect_ec;
        answer = is_open ? "HTTP/1.1 200 Connection established" : "HTTP/1.1 502 Bad Gateway";
    }
    answer += end;
    auto [write_ec, written] = co_await asio::async_write(connection.client, asio::buffer(answer), use_tuple);
    if (!is_open)
        connection.client.shutdown(tcp::socket::shutdown_both, write_ec);
    co_return is_open && !write_ec;
}

template <class Connection>
task<void> connect(
    std::shared_ptr<Connection> connection, unsigned short port, connect_rule& rule, bool const& is_frozen
)
{
    tcp::endpoint const target(asio::ip::address_v4::loopback(), port);
    bool is_open = false;
    if (rule.is_http)
        is_open = co_await open_tunnel(*connection, target, rule);
    else
    {
        auto [ec] = co_await connection->server.async_connect(target, use_tuple);
        is_open = !ec;
    }
    if (!is_open)
    {
        connection->break_off();
        co_return;
    }
    boost::system::error_code ignored;
    connection->server.set_option(tcp::no_delay(true), ignored);
    auto const executor = connection->client.get_executor();
    auto const ended = [](std::exception_ptr failure)
    {
        if (failure)
            std::rethrow_exception(failure);
    };
    asio::co_spawn(executor, pass(connection, connection->client, connection->server, is_frozen), ended);
    asio::co_spawn(executor, pass(connection, connection->server, connection->client, is_frozen), ended);
}

}  // namespace

tcp_proxy::tcp_proxy(std::vector<unsigned short> target_ports) : target_ports_(std::move(target_ports))
{
    loop_.call([this] { admit(); });
}

tcp_proxy::tcp_proxy(unsigned short target_port, std::string authorization) : target_ports_{target_port}
{
    rule_.is_http = true;
    rule_.authorization = std::move(authorization);
    loop_.call([this] { admit(); });
}

tcp_proxy::~tcp_proxy()
{
    cut();
    loop_.call([this] { is_frozen_ = false; });
}

void tcp_proxy::admit()
{
    loop_.admit(
        [this](tcp::socket socket)
        {
            std::erase_if(connections_, [](auto const& each) { return each.expired(); });
            auto const fresh = std::make_shared<connection>(std::move(socket));
            connections_.push_back(fresh);
            auto const ended = [](std::exception_ptr failure)
            {
                if (failure)
                    std::rethrow_exception(failure);
            };
            auto const port = target_ports_[admitted_++ % target_ports_.size()];
            asio::co_spawn(loop_.context(), connect(fresh, port, rule_, is_frozen_), ended);
        }
    );
}

void tcp_proxy::freeze()
{
    loop_.call([this] { is_frozen_ = true; });
}

void tcp_proxy::cut()
{
    loop_.call(
        [this]
        {
            is_cut_ = true;
            loop_.refuse();
            for (auto const& each : connections_)
                if (auto const open = each.lock())
                    open->break_off();
        }
    );
}

void tcp_proxy::heal()
{
    loop_.call(
        [this]
        {
            is_frozen_ = false;
            if (std::exchange(is_cut_, false))
                admit();
        }
    );
}

void tcp_proxy::require(std::string authorization)
{
    loop_.call([&] { rule_.authorization = std::move(authorization); });
}

std::vector<std::string> tcp_proxy::servers()
{
    return loop_.call([this] { return rule_.servers; });
}

}  // namespace tcr::test
