// SPDX-License-Identifier: Apache-2.0
#include "proxy_loop.hpp"

#include <fstream>
#include <random>
#include <stdexcept>

namespace tcr::test
{
namespace
{

/// Returns the highest port for the proxy: below the range of ports for outgoing connections. Within that
/// range, a client that retries while the proxy refuses connections could get the proxy's port as its own and
/// connect to itself.
int highest_port()
{
    int lowest_outgoing = 32768;
    std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> lowest_outgoing;
    return lowest_outgoing > 11000 ? lowest_outgoing - 1 : 60999;
}

}  // namespace

proxy_loop::proxy_loop()
{
    std::random_device chance;
    std::uniform_int_distribution<int> ports(10000, highest_port());
    for (int attempt = 0; attempt < 100 && !acceptor_.is_open(); ++attempt)
    {
        port_ = static_cast<unsigned short>(ports(chance));
        try
        {
            listen();
        }
        catch (boost::system::system_error const&)
        {
            acceptor_.close();
        }
    }
    if (!acceptor_.is_open())
        throw std::runtime_error("no free port for a proxy");
    thread_ = std::thread([this] { loop_.run(); });
}

proxy_loop::~proxy_loop()
{
    call([this] { refuse(); });
    work_.reset();
    thread_.join();
}

void proxy_loop::listen()
{
    acceptor_.open(tcp::v4());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind({asio::ip::address_v4::loopback(), port_});
    acceptor_.listen();
}

void proxy_loop::admit(std::function<void(tcp::socket)> on_connection)
{
    on_connection_ = std::move(on_connection);
    if (!acceptor_.is_open())
        listen();
    accept();
}

void proxy_loop::refuse()
{
    boost::system::error_code ignored;
    acceptor_.close(ignored);
}

void proxy_loop::accept()
{
    acceptor_.async_accept(
        [this](boost::system::error_code ec, tcp::socket socket)
        {
            if (ec == asio::error::operation_aborted || !acceptor_.is_open())
                return;
            if (!ec)
            {
                socket.set_option(tcp::no_delay(true), ec);
                on_connection_(std::move(socket));
            }
            accept();
        }
    );
}

void reset(asio::ip::tcp::socket& socket)
{
    boost::system::error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
}

}  // namespace tcr::test
