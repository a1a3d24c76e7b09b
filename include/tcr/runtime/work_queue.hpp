#pragma once

// Which namespace is reconciled next: queue, lanes, retries and contention, without I/O.

#include <tcr/util/backoff.hpp>
#include <tcr/util/histogram.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace tcr::runtime
{

/// Why a key has work.
enum class cause : std::uint8_t
{
    change,  ///< something new: an object appeared, the spec changed
    drift    ///< an object that may have been correct before was modified or removed
};

/// The place of a ready key; smaller ones run first, since a mass of keys must not delay a single new one.
enum class lane : std::uint8_t
{
    fresh,
    bulk,
    slow  ///< chosen by the queue, for keys of `share::slow`
};

/// What a failed run indicates about the API server.
enum class push_back : std::uint8_t
{
    none,  ///< nothing: the server answered
    /// A timeout or a 5xx: the server is overloaded, or something that only this key depends on fails.
    suspected,
    asked  ///< the server's own flow control: 429, or 503 with Retry-After
};

/// How a run of a key ended.
struct work_outcome
{
    enum class end : std::uint8_t
    {
        settled,  ///< there was nothing to do
        wrote,    ///< done; something was written
        /// A bounded part is done. The key moves to the back of the bulk lane, without delay; the run counts
        /// neither as a failure nor as a repair.
        unfinished,
        failed,      ///< retried, after a longer delay each time
        conflicted,  ///< another client changed an object first: retried soon, with the newer object
        interrupted  ///< cancelled from outside: runs again, not a failure
    };
    end how = end::settled;
    std::chrono::milliseconds retry_after{0};  ///< earliest retry, see `work_queue::max_retry_after`
    push_back pushed_back = push_back::none;
};

/// The keys from which the next run is taken. Each share has its own slots for runs in flight (see
/// `run_scheduler`): keys whose runs take long take no slot from the others.
enum class share : std::uint8_t
{
    healthy,
    slow  ///< keys whose last run took long, and retries of failed runs
};

/// How long a run held its slot.
enum class pace : std::uint8_t
{
    quick,
    slow
};

/// Decides which key runs when: each key at most once in the queue and once in flight. Failed keys and keys
/// under contention are delayed, longer each time. Pure: the caller passes the time.
///
/// Order within the healthy share: fresh before bulk, each lane first in, first out. After `fresh_in_a_row`
/// fresh keys one of the bulk runs, so that a key that is edited continuously delays the bulk lane but does
/// not stop it.
///
/// Keys are small dense numbers. Each costs 16 bytes of an array, even when idle.
class work_queue
{
public:
    using key = std::uint32_t;
    using time_point = std::chrono::steady_clock::time_point;

    /// Cap of `work_outcome::retry_after`: a proxy, or a webhook of one namespace, may ask for hours.
    static constexpr std::chrono::milliseconds max_retry_after{60'000};

    /// Max keys of the fresh lane that run one after another while the bulk lane waits.
    static constexpr unsigned fresh_in_a_row = 16;

    struct options
    {
        backoff_policy retry{std::chrono::milliseconds{100}, std::chrono::milliseconds{300'000}};
        backoff_policy contention{std::chrono::milliseconds{200}, std::chrono::milliseconds{60'000}};
        unsigned free_repairs = 3;              ///< repairs of drift before `contention` delays the next
        std::chrono::seconds calm_period{120};  ///< this long without a repair ends the contention
        /// After more failures than this, drift shortens a delay instead of ending it, and conflicts no
        /// longer lengthen it.
        unsigned patient_failures = 3;
    };

    explicit work_queue(options how) : options_(how) {}

    /// Requests a run of the key. A waiting key is not queued twice; a key in flight runs again afterwards.
    void add(key which, lane where, cause why, time_point now, double random);

    /// Like `add`, but a new key waits until `until`. One that has work, or gets work before, does not wait.
    void add_later(key which, time_point until, time_point now, double random);

    /// The next key of the share to run now. It is in flight until `done`.
    std::optional<key> take(share from, time_point now);

    /// The key's run ended. Schedules the retry of a failed one. `ran` decides the share of the key's next
    /// run; a quick run that did not fail makes the key healthy again. `random` in [0, 1) spreads delays.
    void done(key which, work_outcome outcome, pace ran, time_point now, double random);

    /// The key denotes another object from now on: drops its failures, its repairs and its delay.
    void forget(key which);

    /// When the next delayed key is due; `time_point::max()` without any.
    time_point next_due() const;

    /// Failures in a row of a key.
    unsigned failures(key which) const { return which < states_.size() ? states_[which].failures : 0; }

    /// Keys ready to run, and keys waiting for their time.
    std::size_t ready() const { return ready(share::healthy) + ready(share::slow); }
    std::size_t ready(share from) const { return ready_[static_cast<int>(from)]; }
    std::size_t delayed() const { return delayed_; }

    /// Keys whose last run took long.
    std::size_t slow() const { return slow_; }

    // Since the start, as controller-runtime counts them (client-go's util/workqueue/metrics.go).

    /// How often a key became ready.
    std::uint64_t adds() const { return adds_; }

    /// How often a key was delayed, for a failure or contention.
    std::uint64_t retries() const { return retries_; }

    /// Seconds from ready to taken, in whole milliseconds.
    histogram const& waits() const { return waits_; }

    /// Upper bounds of the histograms of waits and runs: controller-runtime's, powers of ten from 10 ns to
    /// 1000 s, without those that a clock of milliseconds cannot tell apart; seconds.
    static std::vector<double> duration_bounds() { return {0.001, 0.01, 0.1, 1, 10, 100, 1000}; }

private:
    enum class phase : std::uint8_t
    {
        idle,
        ready,
        delayed,   ///< for a failure, for contention, or because it is new
        hastened,  ///< delayed, but drift has moved its time forward
        running,
        running_again  ///< and requested again
    };
    struct state
    {
        std::uint32_t last_repair = 0;  ///< seconds since `epoch_`
        std::uint32_t ready_at = 0;     ///< milliseconds since `epoch_`, modulo 2^32
        std::uint8_t stamp = 0;         ///< heap entries with another stamp are void
        std::uint8_t failures = 0;
        std::uint8_t repairs = 0;
        phase at = phase::idle;
        lane where = lane::bulk;  ///< of the waiting run
        // `why` is of the run that waits or is in flight, `next_…` of the one requested meanwhile.
        cause why : 1 = cause::drift;
        lane next_where : 2 = lane::bulk;
        cause next_why : 1 = cause::drift;
        bool is_slow : 1 = false;     ///< the last run took long
        bool has_failed : 1 = false;  ///< the last run failed, and the server did not ask for a pause
        bool is_kept = false;         ///< while `drop_void_places` runs
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
    std::vector<due> delays_;        ///< a heap, the earliest on top; many void entries are removed at once
    std::size_t ready_[2] = {0, 0};  ///< by share
    std::size_t slow_ = 0;
    unsigned fresh_taken_ = 0;  ///< in a row
    std::size_t delayed_ = 0;
    std::optional<time_point> epoch_;
    std::uint64_t adds_ = 0;
    std::uint64_t retries_ = 0;
    histogram waits_{duration_bounds()};
};

}  // namespace tcr::runtime
