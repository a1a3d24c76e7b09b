// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/dispatcher.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cassert>

namespace tcr::runtime
{

using steady_clock = std::chrono::steady_clock;

namespace
{

/// After an interrupted run, no run begins for this long: the same cause would interrupt the next run, too.
constexpr std::chrono::milliseconds interruption_pause{1000};

}  // namespace

dispatcher::dispatcher(
    asio::any_io_executor executor,
    work_queue::options options,
    std::size_t max_in_flight,
    reconciler reconcile,
    logger& log
)
    : reconcile_(std::move(reconcile)),
      log_(log),
      scheduler_(options, max_in_flight),
      wake_up_(executor),
      running_(executor)
{
}

void dispatcher::add(key which, lane where, cause why)
{
    scheduler_.queue().add(which, where, why, steady_clock::now(), random());
    if (open_)
        wake_up_.notify();
}

void dispatcher::add_later(key which, std::chrono::milliseconds delay)
{
    auto const now = steady_clock::now();
    scheduler_.queue().add_later(which, now + delay, now, random());
    if (open_)
        wake_up_.notify();
}

void dispatcher::open()
{
    open_ = true;
    wake_up_.notify();
}

void dispatcher::close()
{
    open_ = false;
    wake_up_.notify();
}

dispatcher_statistics dispatcher::statistics(steady_clock::time_point now) const
{
    dispatcher_statistics seen;
    seen.adds = queue().adds();
    seen.retries = queue().retries();
    seen.ready = queue().ready();
    seen.slow = queue().slow();
    seen.in_flight = in_flight();
    seen.max_in_flight = max_in_flight();
    seen.limit = scheduler_.limit();
    seen.results = results_;
    seen.waits = queue().waits();
    seen.runs = runs_;
    seen.longest_running = scheduler_.longest_running(now);
    return seen;
}

task<void> dispatcher::run()
{
    assert(in_flight() == 0 && "one run() at a time");
    for (;;)
    {
        auto now = steady_clock::now();
        std::size_t begun_now = 0;
        while (open_ && begun_now < max_in_flight() && now >= paused_until_)
        {
            auto const next = scheduler_.begin_next(now);
            if (!next)
                break;
            if (burst_runs_++ == 0)
                burst_began_ = now;
            running_.spawn(run_one(*next));
            ++begun_now;
            now = steady_clock::now();
        }
        if (scheduler_.in_flight(share::healthy) == 0 && queue().ready(share::healthy) == 0)
            report_burst();
        // A run with nothing to write ends within `spawn`, but only the event loop frees its resources. There
        // may be thousands of such runs, so `post` lets the event loop run in between.
        if (begun_now > in_flight())
            co_await asio::post(asio::use_awaitable);
        else
            co_await wake_up_.wait_until(
                open_ ? std::max(scheduler_.next_wake(now), paused_until_) : steady_clock::time_point::max()
            );
        auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            break;
    }
    co_await asio::this_coro::reset_cancellation_state();
    running_.cancel();
    co_await running_.join();
}

/// Logs one line when no healthy key is left after many runs, instead of one line for each namespace.
void dispatcher::report_burst()
{
    constexpr std::size_t worth_a_line = 100;
    if (burst_runs_ >= worth_a_line)
    {
        std::chrono::duration<double> const took = steady_clock::now() - burst_began_;
        log_.info(
            "emptied the work queue",
            {{"runs", burst_runs_}, {"delayed", queue().delayed()}, {"seconds", took.count()}}
        );
    }
    burst_runs_ = 0;
}

task<void> dispatcher::run_one(run_scheduler::run_handle run)
{
    work_outcome outcome;
    try
    {
        outcome = co_await reconcile_(run->which);
        if (outcome.how == work_outcome::end::interrupted)
            paused_until_ = steady_clock::now() + interruption_pause;
    }
    catch (std::exception const& e)
    {
        auto const* failure = dynamic_cast<boost::system::system_error const*>(&e);
        bool const is_cancelled = failure != nullptr && failure->code() == asio::error::operation_aborted;
        // A cancelled run counts as interrupted. Any other exception means a lack of memory or a bug: the
        // dispatcher retries this key and continues with the others.
        outcome.how = is_cancelled ? work_outcome::end::interrupted : work_outcome::end::failed;
        if (!is_cancelled)
            log_.error("a run ended with an exception; retrying with backoff", {{"error", e.what()}});
    }
    auto const now = steady_clock::now();
    runs_.observe(std::chrono::duration<double>(now - run->begun).count());
    ++(outcome.how == work_outcome::end::failed        ? results_.failed
       : outcome.how == work_outcome::end::conflicted  ? results_.conflicted
       : outcome.how == work_outcome::end::interrupted ? results_.interrupted
                                                       : results_.succeeded);
    scheduler_.end(run, outcome, now, random());
    wake_up_.notify();
}

}  // namespace tcr::runtime
