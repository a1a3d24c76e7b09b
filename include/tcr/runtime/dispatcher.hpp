// SPDX-License-Identifier: Apache-2.0
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
    std::uint64_t conflicted = 0;   ///< another client had changed an object first
    std::uint64_t interrupted = 0;  ///< ended early, because the leadership or the process ended
};

/// Values for /metrics.
struct dispatcher_statistics
{
    std::uint64_t adds = 0;     ///< see `work_queue::adds`
    std::uint64_t retries = 0;  ///< see `work_queue::retries`
    std::size_t ready = 0;      ///< see `work_queue::ready`
    std::size_t slow = 0;       ///< see `work_queue::slow`
    std::size_t in_flight = 0;
    std::size_t max_in_flight = 0;  ///< max runs of healthy keys in flight
    std::size_t limit = 0;          ///< current limit of runs of healthy keys; lower after an overload
    run_results results;
    histogram waits{work_queue::duration_bounds()};  ///< seconds that a key was ready before its run
    histogram runs{work_queue::duration_bounds()};   ///< seconds that a run took
    std::chrono::steady_clock::duration longest_running{};
};

/// Runs a reconciler for the keys of a work queue: at most one run of a key at a time. `run_scheduler` limits
/// the runs of healthy keys in flight to `max_in_flight`, or to fewer while the server is overloaded. Slow
/// keys have additional slots. During a pause that the server requested, no run begins.
class dispatcher
{
public:
    using key = work_queue::key;
    using reconciler = std::function<task<work_outcome>(key)>;

    /// `log` must outlive the dispatcher. If `reconcile` throws `operation_aborted`, the run counts as
    /// interrupted. If it throws any other exception, the run counts as failed.
    dispatcher(
        asio::any_io_executor executor,
        work_queue::options options,
        std::size_t max_in_flight,
        reconciler reconcile,
        logger& log
    );

    /// Requests a run of the key.
    void add(key which, lane where, cause why);

    /// As `work_queue::add_later`. `delay` counts from now.
    void add_later(key which, std::chrono::milliseconds delay);

    /// From now on, the key denotes another object, see `work_queue::forget`.
    void forget(key which) { scheduler_.queue().forget(which); }

    /// Allows runs to begin. Call it once, when all objects are known: with incomplete knowledge, a run could
    /// undo correct state.
    void open();

    /// Prevents further runs from beginning. Runs in flight end as usual. Do not call `open` again.
    void close();

    /// Runs until cancelled, then cancels the runs in flight and awaits them. The keys of cancelled runs stay
    /// queued.
    task<void> run();

    /// Whether no key is queued or delayed and no run is in flight.
    bool is_idle() const { return queue().ready() == 0 && queue().delayed() == 0 && in_flight() == 0; }

    key_history history(key which) const { return queue().history(which); }

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
    std::chrono::steady_clock::time_point paused_until_{};  ///< end of the pause after an interrupted run
    histogram runs_{work_queue::duration_bounds()};
    run_results results_;
    std::size_t burst_runs_ = 0;  ///< runs of this burst, which ends when no healthy key is ready or running
    std::chrono::steady_clock::time_point burst_began_{};
};

}  // namespace tcr::runtime
