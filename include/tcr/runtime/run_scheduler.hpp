#pragma once

#include <tcr/runtime/concurrency_limit.hpp>
#include <tcr/runtime/work_queue.hpp>

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>

namespace tcr::runtime
{

/// Decides which run begins when, and from which share of the slots. Pure: the caller passes the time.
///
/// Healthy keys have all slots of the `concurrency_limit`. Slow keys (see `share`) have a quarter as many on
/// top, one to four. A healthy key's run that takes longer than `slow_after` is counted as slow from then on,
/// so that it frees a healthy slot while it hangs, up to `slow_runs_per_slot` slow runs a slot. Where healthy
/// slots are idle, slow keys may use them as long as their runs end well: after an outage every key is a
/// retry, and none is slow.
///
/// Bound: with `max_in_flight` of M, at most M healthy and `slow_runs_per_slot` * M slow runs are in flight.
class run_scheduler
{
public:
    using key = work_queue::key;
    using time_point = work_queue::time_point;
    using duration = std::chrono::steady_clock::duration;

    /// Slow runs that may be in flight for each slot of `max_in_flight`.
    static constexpr std::size_t slow_runs_per_slot = 4;

    /// No shorter run is slow, however short the others are: etcd's disk alone may take this long now and
    /// then.
    static constexpr std::chrono::milliseconds shortest_slow_run{400};

    /// A run is slow when it takes this many times as long as a typical one.
    static constexpr int slow_multiple = 5;

    /// A run in flight.
    struct run
    {
        key which = 0;
        time_point begun;
        share slot = share::healthy;        ///< in which it is counted
        bool was_moved = false;             ///< from the healthy to the slow slots
        bool is_known_to_fail = false;      ///< its failure says nothing about the server
        std::uint64_t answered_before = 0;  ///< of `answered_`, when it began
        std::uint64_t suspected_before = 0;
    };
    using run_handle = std::list<run>::iterator;

    run_scheduler(work_queue::options queue, std::size_t max_in_flight);

    work_queue& queue() { return queue_; }
    work_queue const& queue() const { return queue_; }

    /// Begins the next run that may begin now; nothing where none may. The handle is valid until `end`.
    std::optional<run_handle> begin_next(time_point now);

    /// The run ended. `random` in [0, 1) spreads delays and pauses.
    void end(run_handle ended, work_outcome const& outcome, time_point now, double random);

    /// When to ask `begin_next` again where neither a key is added nor a run ends before.
    time_point next_wake(time_point now) const;

    /// What may be in flight of healthy keys at the most, and now.
    std::size_t max_in_flight() const { return limit_.most(); }
    void set_max_in_flight(std::size_t count) { limit_.set_most(count); }
    std::size_t limit() const { return limit_.limit(); }

    std::size_t in_flight() const { return healthy_.size() + slow_.size(); }
    std::size_t in_flight(share from) const
    {
        return from == share::healthy ? healthy_.size() : slow_.size();
    }

    /// How long the oldest run in flight has taken so far; zero without one.
    duration longest_running(time_point now) const;

    /// Longer runs are slow.
    duration slow_after() const;

private:
    /// Runs whose end counts when a failure is looked at.
    static constexpr int evidence_window = 16;

    /// In each step `typical_` moves by this part towards the length of the run that ended.
    static constexpr int typical_runs = 16;

    std::size_t slow_limit() const;
    bool may_borrow() const;
    bool may_begin(share from) const;
    void move_slow_runs(time_point now);
    run_handle begin(key which, share from, time_point now);
    void learn(run const& ended, work_outcome const& outcome, time_point now, double random);
    bool is_widespread(run const& failed) const;

    work_queue queue_;
    concurrency_limit limit_;
    std::list<run> healthy_;  ///< in the order in which they began
    std::list<run> slow_;
    bool slow_ends_well_ = false;  ///< the last slow run did
    duration typical_ = shortest_slow_run;
    // Ends that say something about the server: it answered, or a key without earlier failures met a
    // suspected push back.
    std::uint64_t answered_ = 0;
    std::uint64_t suspected_ = 0;
    std::uint16_t recent_suspected_ = 0;  ///< a bit for each of the last 16
};

}  // namespace tcr::runtime
