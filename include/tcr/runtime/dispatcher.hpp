#pragma once

#include <tcr/log/logger.hpp>
#include <tcr/runtime/work_queue.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/notifier.hpp>
#include <tcr/util/task_group.hpp>

#include <functional>
#include <random>

namespace tcr::runtime
{

/// Runs a reconciler over the keys of a work queue: at most `max_in_flight` at a time, one run a key.
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

    /// The key's number is somebody else's from now on.
    void forget(key which) { queue_.forget(which); }

    /// Nothing runs before this: reconciling from half a picture would undo what the other half wants.
    void open();

    /// Runs until cancelled, then awaits what is in flight. \par Cancellation terminal.
    task<void> run();

    /// Whether nothing is queued, delayed or in flight.
    bool is_idle() const { return queue_.ready() == 0 && queue_.delayed() == 0 && in_flight_ == 0; }

    unsigned failures(key which) const { return queue_.failures(which); }

private:
    task<void> run_one(key which);
    void tell_burst();
    double random() { return std::uniform_real_distribution<>()(random_); }

    std::size_t max_in_flight_;
    reconciler reconcile_;
    logger& log_;
    work_queue queue_;
    notifier news_;
    task_group running_;
    std::minstd_rand random_{std::random_device{}()};
    bool open_ = false;
    std::size_t in_flight_ = 0;   ///< counted here: a task group learns of an end only after its news is out
    std::size_t burst_runs_ = 0;  ///< runs since the queue was last empty
    std::chrono::steady_clock::time_point burst_began_{};
};

}  // namespace tcr::runtime
