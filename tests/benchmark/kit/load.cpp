#include "load.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/resource.h>

#include <exception>
#include <utility>

namespace tcr::benchmark
{
namespace
{

using steady_clock = std::chrono::steady_clock;

/// Puts this thread before others of the machine as long as it lives, as if the calls came from another one. Where
/// that is not allowed, the lateness tells.
class urgency
{
public:
    urgency() { ::setpriority(PRIO_PROCESS, 0, -10); }
    ~urgency() { ::setpriority(PRIO_PROCESS, 0, 0); }
    urgency(urgency const&) = delete;
    urgency& operator=(urgency const&) = delete;
};

/// Calls and their figures.
class caller
{
public:
    caller(asio::io_context& loop, call const& make) : loop_(loop), make_(make) {}

    void spawn(task<void> work)
    {
        asio::co_spawn(
            loop_,
            std::move(work),
            [this](std::exception_ptr thrown)
            {
                if (thrown && !failure_)
                    failure_ = thrown;
            }
        );
    }

    /// Without the controller's batching of wake-ups: each answer is seen when it comes.
    load_figures run()
    {
        loop_.restart();
        loop_.run();
        if (failure_)
            std::rethrow_exception(failure_);
        figures_.seconds = std::chrono::duration<double>(steady_clock::now() - begun_).count();
        return std::move(figures_);
    }

    task<void> make_one(std::size_t index, steady_clock::time_point due)
    {
        figures_.lateness.add(steady_clock::now() - due);
        auto const came_to = co_await make_(index);
        figures_.latency.add(steady_clock::now() - due);
        figures_.good += came_to == outcome::good ? 1 : 0;
    }

    task<void> offer(double calls_a_second, std::chrono::duration<double> length)
    {
        asio::steady_timer timer(loop_);
        auto const count = static_cast<std::size_t>(calls_a_second * length.count());
        for (std::size_t i = 0; i < count && !failure_; ++i)
        {
            std::chrono::duration<double> const offset(static_cast<double>(i) / calls_a_second);
            auto const due = begun_ + std::chrono::duration_cast<steady_clock::duration>(offset);
            timer.expires_at(due);
            co_await timer.async_wait(use_tuple);
            spawn(make_one(i, due));
        }
    }

    task<void> exhaust(std::chrono::duration<double> length)
    {
        while (steady_clock::now() - begun_ < length && !failure_)
            co_await make_one(next_++, steady_clock::now());
    }

private:
    asio::io_context& loop_;
    call const& make_;
    steady_clock::time_point begun_ = steady_clock::now();
    std::size_t next_ = 0;
    load_figures figures_;
    std::exception_ptr failure_;
};

}  // namespace

load_figures offer(
    asio::io_context& loop, double calls_a_second, std::chrono::duration<double> length, call const& make
)
{
    urgency const before_others;
    caller calls(loop, make);
    calls.spawn(calls.offer(calls_a_second, length));
    return calls.run();
}

load_figures exhaust(
    asio::io_context& loop, std::size_t callers, std::chrono::duration<double> length, call const& make
)
{
    caller calls(loop, make);
    for (std::size_t i = 0; i < callers; ++i)
        calls.spawn(calls.exhaust(length));
    return calls.run();
}

void run_to_end(asio::io_context& loop, std::function<task<void>()> work)
{
    std::exception_ptr failure;
    asio::co_spawn(loop, std::move(work), [&](std::exception_ptr thrown) { failure = thrown; });
    loop.restart();
    loop.run();
    if (failure)
        std::rethrow_exception(failure);
}

}  // namespace tcr::benchmark
