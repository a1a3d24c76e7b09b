#include "tcp_proxy.hpp"

#include <tcr/util/async.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>

#include <array>

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

template <class Connection>
task<void> connect(std::shared_ptr<Connection> connection, unsigned short port, bool const& is_frozen)
{
    tcp::endpoint const target(asio::ip::address_v4::loopback(), port);
    auto [ec] = co_await connection->server.async_connect(target, use_tuple);
    if (ec)
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
            asio::co_spawn(loop_.context(), connect(fresh, port, is_frozen_), ended);
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

}  // namespace tcr::test
