#pragma once

// Runs a reconciler for the keys of a work queue.

#include <tcr/log/logger.hpp>
#include <tcr/runtime/run_scheduler.hpp>
#include <tcr/runtime/work_queue.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/notifier.hpp>
#include <tcr/util/task_group.hpp>

#include <cstdint>
#include <functional>
#include <random>

namespace tcr::runtime
{

/// Counts of runs by result.
struct run_results
{
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t conflicted = 0;   ///< another client had just changed an object
    std::uint64_t interrupted = 0;  ///< by the end of the leadership, or of the process
};

/// Values for /metrics.
struct dispatcher_statistics
{
    std::uint64_t adds = 0;     ///< see `work_queue::adds`
    std::uint64_t retries = 0;  ///< see `work_queue::retries`
    std::size_t ready = 0;      ///< keys queued
    std::size_t slow = 0;       ///< keys whose last run took long
    std::size_t in_flight = 0;
    std::size_t max_in_flight = 0;  ///< of healthy keys
    std::size_t limit = 0;          ///< of healthy keys now: lower while the API server pushes back
    run_results results;
    histogram waits{work_queue::duration_bounds()};  ///< seconds from queued to begun
    histogram runs{work_queue::duration_bounds()};   ///< seconds from begun to ended
    std::chrono::steady_clock::duration longest_running{};
};

/// Runs a reconciler for the keys of a work queue: at most one run of a key at a time, and as many runs in
/// total as `run_scheduler` allows. That is `max_in_flight`, fewer while the server is overloaded, none
/// during a pause that the server asked for, and a few more for slow keys.
class dispatcher
{
public:
    using key = work_queue::key;
    using reconciler = std::function<task<work_outcome>(key)>;

    /// `log` must outlive the dispatcher. What `reconcile` throws is a failure of its key.
    dispatcher(
        asio::any_io_executor executor,
        work_queue::options options,
        std::size_t max_in_flight,
        reconciler reconcile,
        logger& log
    );

    /// Asks for a run of the key.
    void add(key which, lane where, cause why);

    /// As `work_queue::add_later`; the key waits for `delay`.
    void add_later(key which, std::chrono::milliseconds delay);

    /// The key denotes another object from now on, see `work_queue::forget`.
    void forget(key which) { scheduler_.queue().forget(which); }

    /// Lets runs begin. Call it once, when the state is complete: with a part of it, a run could undo what
    /// the rest needs.
    void open();

    /// Lets no further run begin. Runs in flight end as usual. Do not call `open` again.
    void close();

    /// Runs until cancelled, then cancels the runs in flight and awaits them; their keys stay queued.
    task<void> run();

    /// Whether nothing is queued, delayed or in flight.
    bool is_idle() const { return queue().ready() == 0 && queue().delayed() == 0 && in_flight() == 0; }

    unsigned failures(key which) const { return queue().failures(which); }

    work_queue const& queue() const { return scheduler_.queue(); }

    std::size_t max_in_flight() const { return scheduler_.max_in_flight(); }
    void set_max_in_flight(std::size_t count)
    {
        scheduler_.set_max_in_flight(count);
        wake_up_.notify();
    }

    std::size_t in_flight() const { return scheduler_.in_flight(); }

    dispatcher_statistics statistics(std::chrono::steady_clock::time_point now) const;

private:
    task<void> run_one(run_scheduler::run_handle run);
    void report_burst();
    double random() { return std::uniform_real_distribution<>()(random_); }

    reconciler reconcile_;
    logger& log_;
    run_scheduler scheduler_;
    notifier wake_up_;
    task_group running_;
    std::minstd_rand random_{std::random_device{}()};
    bool open_ = false;
    std::chrono::steady_clock::time_point paused_until_{};  ///< after an interrupted run
    histogram runs_{work_queue::duration_bounds()};
    run_results results_;
    std::size_t burst_runs_ = 0;  ///< runs since the queue was last empty
    std::chrono::steady_clock::time_point burst_began_{};
};

}  // namespace tcr::runtime
