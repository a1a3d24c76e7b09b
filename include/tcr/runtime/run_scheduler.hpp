// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides which run begins when, and which slot it uses. Without I/O.

#include <tcr/runtime/concurrency_limit.hpp>
#include <tcr/runtime/work_queue.hpp>

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>

namespace tcr::runtime
{

/// Decides which run begins when, and which slot it uses. Pure: the caller passes the time.
///
/// The limit of `concurrency_limit` is the number of slots of healthy keys. Slow keys (see `share`) have
/// slots of their own: a quarter as many, but at least one and at most four.
///
/// A run of a healthy key that takes longer than `slow_after` moves to the slow runs and frees its healthy
/// slot. If there are already `slow_runs_per_slot` * `max_in_flight` slow runs, the run stays in its healthy
/// slot.
///
/// If the last slow run succeeded, slow keys may also use idle slots of healthy keys, until all runs together
/// reach the limit. After an outage, most keys wait for retries and so belong to the slow share. With only
/// the slots of that share, the recovery would take long.
///
/// Bound: with `max_in_flight` of M, at most M healthy and `slow_runs_per_slot` * M slow runs are in flight.
class run_scheduler
{
public:
    using key = work_queue::key;
    using time_point = work_queue::time_point;
    using duration = std::chrono::steady_clock::duration;

    /// Max slow runs in flight for each slot of `max_in_flight`.
    static constexpr std::size_t slow_runs_per_slot = 4;

    /// Min length of a slow run, even if all other runs are much shorter: etcd's disk alone sometimes takes
    /// this long.
    static constexpr std::chrono::milliseconds min_slow_run{400};

    /// A run is slow if it takes this many times as long as a typical run, and at least `min_slow_run`.
    static constexpr int slow_multiple = 5;

    /// A run in flight.
    struct run
    {
        key which = 0;
        time_point begun;
        share slot = share::healthy;        ///< the share whose slots the run uses
        bool was_moved = false;             ///< the run has moved from the healthy to the slow slots
        bool is_known_to_fail = false;      ///< the run began in a slow slot, or its key had failures
        std::uint64_t answered_before = 0;  ///< value of `answered_` when the run began
        std::uint64_t suspected_before = 0;
    };
    using run_handle = std::list<run>::iterator;

    run_scheduler(work_queue::options queue, std::size_t max_in_flight);

    work_queue& queue() { return queue_; }
    work_queue const& queue() const { return queue_; }

    /// Begins the next run that may begin now. Returns nullopt if there is none. The handle is valid until
    /// `end`.
    std::optional<run_handle> begin_next(time_point now);

    /// The run ended. `random` in [0, 1) spreads delays and pauses.
    void end(run_handle ended, work_outcome const& outcome, time_point now, double random);

    /// When to call `begin_next` again, if no key is added and no run ends earlier.
    time_point next_wake(time_point now) const;

    /// Max number of healthy slots. `limit` is the current number.
    std::size_t max_in_flight() const { return limit_.max(); }
    void set_max_in_flight(std::size_t count) { limit_.set_max(count); }
    std::size_t limit() const { return limit_.limit(); }

    std::size_t in_flight() const { return healthy_.size() + slow_.size(); }
    std::size_t in_flight(share from) const
    {
        return from == share::healthy ? healthy_.size() : slow_.size();
    }

    /// How long the oldest run in flight has taken so far; zero if no run is in flight.
    duration longest_running(time_point now) const;

    /// A run that takes longer than this is slow.
    duration slow_after() const;

private:
    /// Number of runs in `recent_suspected_`.
    static constexpr int evidence_window = 16;

    /// Divisor of the moving average `typical_`: each run that ends as `wrote` or `unfinished` moves
    /// `typical_` towards the run's length, by 1/`typical_runs` of the difference.
    static constexpr int typical_runs = 16;

    bool may_begin(share from) const;
    void move_slow_runs(time_point now);
    void learn(run const& ended, work_outcome const& outcome, time_point now, double random);
    bool is_widespread(run const& failed) const;

    work_queue queue_;
    concurrency_limit limit_;
    std::list<run> healthy_;  ///< in the order in which they began
    std::list<run> slow_;
    bool last_slow_succeeded_ = false;  ///< whether the last slow run succeeded; ignores interrupted runs
    duration typical_ = min_slow_run;
    // Counts of ended runs with and without a suspected overload. The counts omit these runs:
    // - a run that settled or was interrupted;
    // - a run that ended with `push_back::asked`;
    // - a run with a suspected overload, if `run::is_known_to_fail` is true.
    std::uint64_t answered_ = 0;          ///< without a suspected overload
    std::uint64_t suspected_ = 0;         ///< with a suspected overload
    std::uint16_t recent_suspected_ = 0;  ///< one bit for each of the last 16 counted runs; 1: suspected
};

}  // namespace tcr::runtime
