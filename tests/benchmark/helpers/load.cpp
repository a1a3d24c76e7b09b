// SPDX-License-Identifier: Apache-2.0
#include "load.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/resource.h>

#include <deque>
#include <exception>
#include <utility>

namespace tcr::benchmark
{
namespace
{

using steady_clock = std::chrono::steady_clock;

/// Raises the priority of this thread while this object lives, so that the controller delays the calls as
/// little as if they came from another machine. If the priority cannot be raised, `lateness` shows the delay.
class raised_priority
{
public:
    raised_priority() { ::setpriority(PRIO_PROCESS, 0, -10); }
    ~raised_priority() { ::setpriority(PRIO_PROCESS, 0, 0); }
    raised_priority(raised_priority const&) = delete;
    raised_priority& operator=(raised_priority const&) = delete;
};

/// A group of coroutines. `run` runs the loop until the last coroutine of the group has ended, even if the
/// loop has other work.
class coroutine_group
{
public:
    explicit coroutine_group(asio::io_context& loop) : loop_(loop) {}

    void spawn(task<void> work)
    {
        ++in_flight_;
        asio::co_spawn(
            loop_,
            std::move(work),
            [this](std::exception_ptr thrown)
            {
                if (thrown && !failure_)
                    failure_ = thrown;
                if (--in_flight_ == 0)
                    loop_.stop();
            }
        );
    }

    bool has_failed() const { return failure_ != nullptr; }

    void run()
    {
        loop_.restart();
        if (in_flight_ > 0)
            loop_.run();
        if (failure_)
            std::rethrow_exception(failure_);
    }

private:
    asio::io_context& loop_;
    std::size_t in_flight_ = 0;
    std::exception_ptr failure_;
};

/// Makes calls of one kind and records their results.
class caller
{
public:
    caller(asio::io_context& loop, coroutine_group& all, call const& make)
        : loop_(loop), group_(all), make_(make)
    {
    }

    task<void> offer(steady_load const& load)
    {
        asio::steady_timer timer(loop_);
        for (std::size_t i = 0; !group_.has_failed(); ++i)
        {
            std::chrono::duration<double> const offset(static_cast<double>(i) / load.calls_a_second);
            auto const due = started_ + std::chrono::duration_cast<steady_clock::duration>(offset);
            timer.expires_at(due);
            co_await timer.async_wait(use_tuple);
            if (!load.should_continue(i))
                co_return;
            group_.spawn(make_one(i, due));
        }
    }

    task<void> saturate(std::chrono::duration<double> length)
    {
        while (steady_clock::now() - started_ < length && !group_.has_failed())
            co_await make_one(next_++, steady_clock::now());
    }

    load_figures take() { return std::move(figures_); }

private:
    task<void> make_one(std::size_t index, steady_clock::time_point due)
    {
        figures_.lateness.add(steady_clock::now() - due);
        auto const result = co_await make_(index);
        auto const now = steady_clock::now();
        figures_.latency.add(now - due);
        figures_.good += result == outcome::good ? 1 : 0;
        figures_.seconds = std::chrono::duration<double>(now - started_).count();
    }

    asio::io_context& loop_;
    coroutine_group& group_;
    call const& make_;
    steady_clock::time_point started_ = steady_clock::now();
    std::size_t next_ = 0;
    load_figures figures_;
};

}  // namespace

std::vector<load_figures> offer(asio::io_context& loop, std::vector<steady_load> const& loads)
{
    raised_priority const before_others;
    coroutine_group all(loop);
    std::deque<caller> callers;
    for (auto const& each : loads)
        all.spawn(callers.emplace_back(loop, all, each.make).offer(each));
    all.run();
    std::vector<load_figures> figures;
    for (auto& each : callers)
        figures.push_back(each.take());
    return figures;
}

load_figures offer(
    asio::io_context& loop, double calls_a_second, std::chrono::duration<double> length, call const& make
)
{
    auto const count = static_cast<std::size_t>(calls_a_second * length.count());
    auto const should_continue = [count](std::size_t made) { return made < count; };
    return offer(loop, {{calls_a_second, should_continue, make}}).front();
}

load_figures saturate(
    asio::io_context& loop, std::size_t callers, std::chrono::duration<double> length, call const& make
)
{
    coroutine_group all(loop);
    caller calls(loop, all, make);
    for (std::size_t i = 0; i < callers; ++i)
        all.spawn(calls.saturate(length));
    all.run();
    return calls.take();
}

void run_to_end(asio::io_context& loop, std::function<task<void>()> work)
{
    coroutine_group one(loop);
    one.spawn(work());
    one.run();
}

}  // namespace tcr::benchmark
