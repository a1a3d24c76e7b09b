// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides which namespace is reconciled next: queue, lanes, retries and contention. Without I/O.

#include <tcr/util/backoff.hpp>
#include <tcr/util/histogram.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace tcr::runtime
{

/// Why a run of a key is requested.
enum class cause : std::uint8_t
{
    change,  ///< an object appeared, or the desired state changed
    drift    ///< an object that may have been correct was modified or removed
};

/// The lane in which a ready key waits. `fresh` runs before `bulk`, so that a mass of keys does not delay a
/// single new key.
enum class lane : std::uint8_t
{
    fresh,
    bulk,
    slow  ///< for keys of `share::slow`; only the queue chooses it
};

/// What a failed run indicates about the API server.
enum class push_back : std::uint8_t
{
    none,  ///< no sign of an overload
    /// A timeout, or 502 to 504 without Retry-After. Either the server is overloaded, or something fails
    /// on which only this key depends.
    suspected,
    asked  ///< the server requested a pause: 429, or 502 to 504 with Retry-After
};

/// How a run of a key ended.
struct work_outcome
{
    enum class end : std::uint8_t
    {
        settled,  ///< completed, without a write
        wrote,    ///< completed, with at least one write
        /// The run ended with work left, because the size of a run is limited. The key becomes ready at once,
        /// at the back of the bulk lane (a slow key: of the slow lane). The run counts neither as a failure
        /// nor as a repair.
        unfinished,
        failed,      ///< retried after a delay that grows with each failure
        conflicted,  ///< another client changed an object first: retried soon, with the newer object
        interrupted  ///< the leadership or the process ends: retried, but not counted as a failure
    };
    end how = end::settled;
    std::chrono::milliseconds retry_after{0};  ///< min delay of the retry, see `work_queue::max_retry_after`
    push_back pushed_back = push_back::none;
};

/// The earlier runs of a key, and the cause of its present run.
struct key_history
{
    /// Failed and conflicted runs since the last run that ended as `settled` or `wrote`. Conflicts count only
    /// up to `work_queue::options::patient_failures` + 1.
    unsigned failures = 0;
    unsigned repairs = 0;       ///< repairs of drift without a calm period in between
    bool is_contended = false;  ///< `repairs` has reached `work_queue::options::free_repairs`
    cause why = cause::change;  ///< cause of the run that waits or is in flight
};

/// A class of keys. Each share has its own slots for runs in flight (see `run_scheduler`), so that keys with
/// long runs take no slots from the other keys.
enum class share : std::uint8_t
{
    healthy,
    /// Slow keys (see `work_queue::slow`), and keys that waited for the retry of a run that failed without
    /// `push_back::asked`.
    slow
};

/// Whether a run took long (see `run_scheduler::slow_after`).
enum class pace : std::uint8_t
{
    quick,
    slow
};

/// Decides which key runs when. A key is at most once in the queue and at most once in flight. Failed keys
/// and keys under contention are delayed, longer each time. Pure: the caller passes the time.
///
/// In the healthy share, the fresh lane runs before the bulk lane. Each lane is first in, first out. After
/// `fresh_in_a_row` fresh keys, one key of the bulk lane runs. So keys that change continuously delay the
/// bulk lane, but do not stop it.
///
/// Keys are small dense numbers. Each key costs 16 bytes of an array, even when idle.
class work_queue
{
public:
    using key = std::uint32_t;
    using time_point = std::chrono::steady_clock::time_point;

    /// Max delay of a key because of `work_outcome::retry_after`: a proxy, or a webhook that is called only
    /// for one namespace, may request hours.
    static constexpr std::chrono::milliseconds max_retry_after{60'000};

    /// Max keys of the fresh lane that run in a row while the bulk lane has keys.
    static constexpr unsigned fresh_in_a_row = 16;

    struct options
    {
        backoff_policy retry{std::chrono::milliseconds{100}, std::chrono::milliseconds{300'000}};
        backoff_policy contention{std::chrono::milliseconds{200}, std::chrono::milliseconds{60'000}};
        unsigned free_repairs = 3;              ///< after more repairs than this, the next repair is delayed
        std::chrono::seconds calm_period{120};  ///< contention ends after this time without a repair
        /// A limit of failures in a row. Above the limit, drift does not end the delay of a key, but only
        /// shortens it. Conflicts then no longer count, so they do not lengthen the delay.
        unsigned patient_failures = 3;
    };

    explicit work_queue(options how) : options_(how) {}

    /// Requests a run of the key. A key that already waits is not queued twice. A key in flight runs again
    /// afterwards. A delayed key becomes ready. `where` must not be `lane::slow`.
    ///
    /// A request because of drift differs in two cases:
    /// - After more than `free_repairs` repairs, an idle key is delayed, and a delayed key stays delayed.
    /// - After more than `patient_failures` failures, a delayed key does not become ready. Its delay is only
    ///   shortened.
    void add(key which, lane where, cause why, time_point now, double random);

    /// Requests a run of an idle key at `until`. Until then the key is delayed: `add` ends the wait, except
    /// in the two cases above. If the key is not idle, `add_later` does the same as `add` with `lane::fresh`
    /// and `cause::change`.
    void add_later(key which, time_point until, time_point now, double random);

    /// Takes the next ready key of the share; nullopt if there is none. The key is in flight until `done`.
    std::optional<key> take(share from, time_point now);

    /// The key's run ended. If the run settled or wrote, the key runs again only if another run was requested
    /// meanwhile. After any other end, the queue schedules the next run itself. `ran` decides whether the key
    /// is slow, see `slow`. `random` in [0, 1) spreads delays.
    void done(key which, work_outcome outcome, pace ran, time_point now, double random);

    /// From now on, the key denotes another object. Drops what is known about the old object: failures,
    /// repairs, slow runs, the delay, and the outcome of the run in flight.
    void forget(key which);

    /// When to call `take` again for delayed keys; `time_point::max()` if there are none. The time may be too
    /// early, because `delays_` may contain void entries.
    time_point next_due() const;

    /// See `key_history::failures`.
    unsigned failures(key which) const { return history(which).failures; }

    key_history history(key which) const
    {
        if (which >= states_.size())
            return {};
        auto const& s = states_[which];
        return {s.failures, s.repairs, s.repairs >= options_.free_repairs, s.why};
    }

    /// Number of keys that are ready to run.
    std::size_t ready() const { return ready(share::healthy) + ready(share::slow); }
    std::size_t ready(share from) const { return ready_[static_cast<int>(from)]; }
    std::size_t delayed() const { return delayed_; }

    /// Number of slow keys. A run that took long makes its key slow. A quick run makes the key healthy again,
    /// unless the run fails without `push_back::asked`. An interrupted run changes nothing.
    std::size_t slow() const { return slow_; }

    // Values since the start, counted as in controller-runtime (client-go's util/workqueue/metrics.go).

    /// How often a key became ready.
    std::uint64_t adds() const { return adds_; }

    /// How often a key was delayed because of a failure, a conflict, an interruption or contention.
    std::uint64_t retries() const { return retries_; }

    /// Seconds from when a key became ready until it was taken, measured in whole milliseconds.
    histogram const& waits() const { return waits_; }

    /// Upper bounds, in seconds, of the histograms of waits and runs. They are the bounds of
    /// controller-runtime (powers of ten up to 1000 s), without those below 1 ms.
    static std::vector<double> duration_bounds() { return {0.001, 0.01, 0.1, 1, 10, 100, 1000}; }

private:
    enum class phase : std::uint8_t
    {
        idle,
        ready,
        delayed,   ///< waits for a retry, because of contention, or because of `add_later`
        hastened,  ///< delayed, with a second, usually shorter delay because of drift
        running,
        running_again  ///< in flight, and requested again
    };
    struct state
    {
        std::uint32_t last_repair = 0;  ///< seconds since `epoch_`
        std::uint32_t ready_at = 0;     ///< milliseconds since `epoch_`, modulo 2^32
        std::uint8_t stamp = 0;         ///< entries of `delays_` with another stamp are void
        std::uint8_t failures = 0;
        std::uint8_t repairs = 0;
        phase at = phase::idle;
        lane where = lane::bulk;  ///< lane of the waiting run
        // `why` is the cause of the run that waits or is in flight. `next_…` describe the run requested
        // during the run in flight.
        cause why : 1 = cause::drift;
        lane next_where : 2 = lane::bulk;
        cause next_why : 1 = cause::drift;
        bool is_slow : 1 = false;           ///< whether the key is slow, see `slow()`
        bool has_failed : 1 = false;        ///< last run failed without `push_back::asked`
        bool is_of_old_object : 1 = false;  ///< the run in flight began before `forget`
        bool is_kept = false;               ///< only used by `drop_void_places`
    };
    static_assert(sizeof(state) == 16);
    struct due
    {
        time_point when;
        key which;
        std::uint8_t stamp;
        bool operator>(due const& other) const { return when > other.when; }
    };
    static_assert(sizeof(due) == 16);

    state& of(key which);
    static lane lane_of(state const& s, lane wanted) { return s.is_slow ? lane::slow : wanted; }
    static share share_of(lane where) { return where == lane::slow ? share::slow : share::healthy; }
    void make_ready(key which, lane wanted, time_point now);
    void drop_void_places(lane where);
    void remember(state& s, work_outcome const& outcome, pace ran);
    void make_due_ready(time_point now);
    std::optional<key> take_from(lane where, time_point now);
    void postpone(key which, time_point until);
    void delay(key which, time_point until);
    void hasten(key which, time_point until);
    void schedule(due next);
    bool is_void(due const& next) const;
    std::uint32_t seconds(time_point now) const;
    std::uint32_t milliseconds(time_point now) const;

    options options_;
    std::vector<state> states_;
    std::deque<key> lanes_[3];
    std::vector<due> delays_;        ///< a heap with the earliest on top; may contain void entries
    std::size_t ready_[2] = {0, 0};  ///< number of ready keys, by share
    std::size_t slow_ = 0;
    unsigned fresh_taken_ = 0;  ///< keys taken from the fresh lane in a row
    std::size_t delayed_ = 0;
    std::optional<time_point> epoch_;
    std::uint64_t adds_ = 0;
    std::uint64_t retries_ = 0;
    histogram waits_{duration_bounds()};
};

}  // namespace tcr::runtime
