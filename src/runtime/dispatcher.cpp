#include <tcr/runtime/dispatcher.hpp>

#include <boost/asio/this_coro.hpp>

namespace tcr::runtime
{

using steady_clock = std::chrono::steady_clock;

dispatcher::dispatcher(
    asio::any_io_executor executor,
    work_queue::options options,
    std::size_t max_in_flight,
    reconciler reconcile,
    logger& log
)
    : max_in_flight_(max_in_flight),
      reconcile_(std::move(reconcile)),
      log_(log),
      queue_(options),
      news_(executor),
      running_(executor)
{
}

void dispatcher::add(key which, lane where, cause why)
{
    queue_.add(which, where, why, steady_clock::now(), random());
    if (open_)
        news_.notify();
}

void dispatcher::open()
{
    open_ = true;
    news_.notify();
}

task<void> dispatcher::run()
{
    for (;;)
    {
        while (open_ && in_flight_ < max_in_flight_)
        {
            auto next = queue_.take(steady_clock::now());
            if (!next)
                break;
            if (burst_runs_++ == 0)
                burst_began_ = steady_clock::now();
            ++in_flight_;
            running_.spawn(run_one(*next));
        }
        if (in_flight_ == 0 && queue_.ready() == 0)
            tell_burst();
        // With all places taken only the end of a run is news.
        bool const full = in_flight_ >= max_in_flight_;
        co_await news_.wait_until(open_ && !full ? queue_.next_due() : steady_clock::time_point::max());
        auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            break;
    }
    co_await asio::this_coro::reset_cancellation_state();
    running_.cancel();
    co_await running_.join();
}

/// One line for a mass of work, where a line a namespace would say less.
void dispatcher::tell_burst()
{
    constexpr std::size_t worth_a_line = 100;
    if (burst_runs_ >= worth_a_line)
    {
        std::chrono::duration<double> const took = steady_clock::now() - burst_began_;
        log_.info(
            "worked off", {{"runs", burst_runs_}, {"delayed", queue_.delayed()}, {"seconds", took.count()}}
        );
    }
    burst_runs_ = 0;
}

task<void> dispatcher::run_one(key which)
{
    work_outcome outcome;
    try
    {
        outcome = co_await reconcile_(which);
    }
    catch (std::exception const& e)
    {
        // Out of memory or a bug: this key waits and is tried again, the others go on. Cancelled, it ends here.
        outcome.how = work_outcome::end::failed;
        auto const* failure = dynamic_cast<boost::system::system_error const*>(&e);
        if (failure == nullptr || failure->code() != asio::error::operation_aborted)
            log_.error("a reconcile threw", {{"what", e.what()}});
    }
    --in_flight_;
    queue_.done(which, outcome, steady_clock::now(), random());
    news_.notify();
}

}  // namespace tcr::runtime
