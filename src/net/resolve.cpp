// SPDX-License-Identifier: Apache-2.0
#include <tcr/net/errc.hpp>
#include <tcr/net/resolve.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <map>
#include <memory>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>

namespace tcr::net
{
namespace
{

namespace system = boost::system;

using tcp = asio::ip::tcp;

/// The state that the thread of a look-up shares with the callers. The thread sets `answer`, then `is_done`,
/// then makes `event` readable.
struct look_up_state
{
    look_up_state() : event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
    ~look_up_state()
    {
        if (event >= 0)
            close(event);
    }
    look_up_state(look_up_state const&) = delete;
    look_up_state& operator=(look_up_state const&) = delete;

    int const event;  ///< readable once the look-up is done
    resolved answer;
    std::atomic<bool> is_done{false};
};

using look_up_key = std::tuple<std::string, std::string, blocking_resolver>;

/// Returns the open look-ups of the process. They are global, because `max_open_look_ups` limits the whole
/// process.
std::map<look_up_key, std::shared_ptr<look_up_state>>& open_look_ups()
{
    static std::map<look_up_key, std::shared_ptr<look_up_state>> all;
    return all;
}

/// Blocks all signals in the calling thread during the lifetime of this object. A thread that is started
/// during this time inherits the signal mask, so that only the event loop's thread handles signals.
class blocked_signals
{
public:
    blocked_signals()
    {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before_);
    }
    ~blocked_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    blocked_signals(blocked_signals const&) = delete;
    blocked_signals& operator=(blocked_signals const&) = delete;

private:
    sigset_t before_{};
};

void start(std::shared_ptr<look_up_state> state, look_up_key const& key)
{
    auto run = [state = std::move(state), key]
    {
        auto const& [host, port, work] = key;
        try
        {
            state->answer = work(host, port);
        }
        catch (...)  // an exception that leaves a thread ends the process
        {
            state->answer = error(make_error_code(system::errc::resource_unavailable_try_again));
        }
        state->is_done.store(true, std::memory_order_release);
        eventfd_write(state->event, 1);
    };
    blocked_signals const blocked;
    std::thread(std::move(run)).detach();
}

/// Returns the open look-up for `key`, or starts a new look-up. \return null if too many look-ups are open,
/// or a new look-up cannot be started.
std::shared_ptr<look_up_state> joined(look_up_key const& key)
{
    auto& all = open_look_ups();
    std::erase_if(all, [](auto const& each) { return each.second->is_done.load(std::memory_order_acquire); });
    if (auto const open = all.find(key); open != all.end())
        return open->second;
    if (all.size() >= max_open_look_ups)
        return nullptr;
    auto state = std::make_shared<look_up_state>();
    if (state->event < 0)
        return nullptr;
    try
    {
        start(state, key);
    }
    catch (std::system_error const&)
    {
        return nullptr;
    }
    all.emplace(key, state);
    return state;
}

}  // namespace

resolved system_resolver(std::string const& host, std::string const& port)
{
    asio::io_context unused;
    tcp::resolver resolver(unused);
    system::error_code ec;
    std::vector<tcp::endpoint> found;
    for (auto const& entry : resolver.resolve(host, port, ec))
        found.push_back(entry.endpoint());
    if (ec)
        return error(ec);
    return found;
}

task<resolved> resolve(
    std::string host, std::string port, std::chrono::steady_clock::time_point deadline, blocking_resolver work
)
{
    using namespace asio::experimental::awaitable_operators;
    auto const executor = co_await asio::this_coro::executor;
    look_up_key const key(std::move(host), std::move(port), work);
    auto const state = joined(key);
    if (!state)
        co_return error(make_error_code(system::errc::resource_unavailable_try_again));
    asio::posix::stream_descriptor event(executor);
    system::error_code ec;
    int const copy = fcntl(state->event, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        co_return error(system::error_code(errno, system::system_category()));
    event.assign(copy, ec);
    if (ec)
        co_return error(ec);
    asio::steady_timer timer(executor, deadline);
    auto answered = event.async_wait(asio::posix::stream_descriptor::wait_read, use_tuple);
    auto passed = timer.async_wait(use_tuple);
    co_await (std::move(answered) || std::move(passed));
    if (state->is_done.load(std::memory_order_acquire))
        co_return state->answer;
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none)
        co_return error(asio::error::operation_aborted);
    co_return error(errc::timed_out);
}

}  // namespace tcr::net
