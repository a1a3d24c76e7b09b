// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <future>
#include <thread>

namespace tcr::test
{

namespace asio = boost::asio;

/// An event loop in its own thread that accepts connections on a free port of 127.0.0.1.
class proxy_loop
{
public:
    using tcp = asio::ip::tcp;

    /// Accepts no connection before `admit`.
    proxy_loop();

    /// Waits until all connections have ended. The owner must close the connections before.
    ~proxy_loop();
    proxy_loop(proxy_loop const&) = delete;
    proxy_loop& operator=(proxy_loop const&) = delete;

    unsigned short port() const { return port_; }
    asio::io_context& context() { return loop_; }

    /// Runs `act` in the loop's thread and waits until `act` returns. \return the result of `act`. Must not
    /// be called from the loop's thread.
    template <class Act>
    auto call(Act act)
    {
        std::packaged_task<decltype(act())()> job(std::move(act));
        auto done = job.get_future();
        asio::post(loop_, std::move(job));
        return done.get();
    }

    // Only in the loop's thread:

    /// Accepts connections from now on. `on_connection` must not throw.
    void admit(std::function<void(tcp::socket)> on_connection);

    /// Refuses new connections, like a port without a listener.
    void refuse();

private:
    void listen();
    void accept();

    asio::io_context loop_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{loop_.get_executor()};
    tcp::acceptor acceptor_{loop_};
    unsigned short port_ = 0;
    std::function<void(tcp::socket)> on_connection_;
    std::thread thread_;
};

/// Closes a connection with a reset, as a crashed peer or a firewall with a short timeout does.
void reset(asio::ip::tcp::socket& socket);

}  // namespace tcr::test
