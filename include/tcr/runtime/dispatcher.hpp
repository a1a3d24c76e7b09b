#pragma once

#include <tcr/log/logger.hpp>
#include <tcr/runtime/concurrency_limit.hpp>
#include <tcr/runtime/work_queue.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/notifier.hpp>
#include <tcr/util/task_group.hpp>

#include <cstdint>
#include <functional>
#include <list>
#include <random>

namespace tcr::runtime
{

/// How runs ended.
struct run_ends
{
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t conflicted = 0;   ///< somebody else had just changed an object
    std::uint64_t interrupted = 0;  ///< by the end of the leadership, or of the process
};

/// Runs a reconciler over the keys of a work queue: at most `max_in_flight` at a time, fewer while the server has too
/// much to do, none while it asked for peace; one run a key.
class dispatcher
{
public:
    using key = work_queue::key;
    using reconciler = std::function<task<work_outcome>(key)>;

    dispatcher(
        asio::any_io_executor executor,
        work_queue::options options,
        std::size_t max_in_flight,
        reconciler reconcile,
        logger& log
    );

    /// Asks for a run of the key.
    void add(key which, lane where, cause why);

    /// As `work_queue::add_later`, this long from now.
    void add_later(key which, std::chrono::milliseconds rest);

    /// The key's number is somebody else's from now on.
    void forget(key which) { queue_.forget(which); }

    /// Nothing runs before this: reconciling from half a picture would undo what the other half wants.
    void open();

    /// The opposite of `open`: forgets all work, failures and repairs, and what comes of the runs in flight. What is
    /// added from now on waits for the next `open`.
    void close();

    /// Runs until cancelled, then awaits what is in flight; that is cut short and stays queued. May be run again.
    /// \par Cancellation terminal; returns.
    task<void> run();

    /// Whether nothing is queued, delayed or in flight.
    bool is_idle() const { return queue_.ready() == 0 && queue_.delayed() == 0 && begun_.empty(); }

    unsigned failures(key which) const { return queue_.failures(which); }

    // For metrics.

    work_queue const& queue() const { return queue_; }

    /// What may be in flight at the most.
    std::size_t max_in_flight() const { return limit_.most(); }
    void set_max_in_flight(std::size_t count)
    {
        limit_.set_most(count);
        news_.notify();
    }

    /// What may be in flight now, by what the server answers.
    std::size_t limit() const { return limit_.limit(); }

    std::size_t in_flight() const { return begun_.size(); }

    run_ends const& ends() const { return ends_; }

    /// Seconds from begin to end of a run.
    histogram const& runs() const { return runs_; }

    /// How long the oldest run in flight has been at it; zero without one.
    std::chrono::steady_clock::duration longest_running(std::chrono::steady_clock::time_point now) const
    {
        return begun_.empty() ? std::chrono::steady_clock::duration::zero() : now - begun_.front();
    }

private:
    using begins = std::list<std::chrono::steady_clock::time_point>;

    task<void> run_one(key which, begins::iterator begun);
    void learn(work_outcome const& outcome, std::chrono::steady_clock::time_point now);
    std::chrono::steady_clock::time_point next_begin() const;
    std::chrono::steady_clock::time_point next_wake(std::chrono::steady_clock::time_point now) const;
    void tell_burst();
    double random() { return std::uniform_real_distribution<>()(random_); }

    reconciler reconcile_;
    logger& log_;
    work_queue queue_;
    concurrency_limit limit_;
    notifier news_;
    task_group running_;
    std::minstd_rand random_{std::random_device{}()};
    bool open_ = false;
    std::chrono::steady_clock::time_point rests_until_{};  ///< after a run that says it was interrupted
    begins
        begun_;  ///< of the runs in flight, oldest first: a task group learns of an end only after its news is out
    histogram runs_{work_queue::duration_bounds()};
    run_ends ends_;
    std::size_t burst_runs_ = 0;  ///< runs since the queue was last empty
    std::chrono::steady_clock::time_point burst_began_{};
};

}  // namespace tcr::runtime
