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

/// An event loop in a thread of its own that takes connections on a free port of 127.0.0.1.
class proxy_loop
{
public:
    using tcp = asio::ip::tcp;

    /// Nobody is let in before `admit`.
    proxy_loop();

    /// Ends the loop once its connections have ended: who owns them closes them first.
    ~proxy_loop();
    proxy_loop(proxy_loop const&) = delete;
    proxy_loop& operator=(proxy_loop const&) = delete;

    unsigned short port() const { return port_; }
    asio::io_context& context() { return loop_; }

    /// Runs `act` in the loop's thread. \return what it returned, once it has. Not from the loop's own thread.
    template <class Act>
    auto call(Act act)
    {
        std::packaged_task<decltype(act())()> job(std::move(act));
        auto done = job.get_future();
        asio::post(loop_, std::move(job));
        return done.get();
    }

    // In the loop's thread:

    /// Takes connections from now on. `on_connection` must not throw.
    void admit(std::function<void(tcp::socket)> on_connection);

    /// New connections are refused, as if nobody listened.
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

/// Closes a connection as a crashed peer or an impatient firewall does: by a reset.
void reset(asio::ip::tcp::socket& socket);

}  // namespace tcr::test
