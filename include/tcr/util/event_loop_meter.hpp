#pragma once

// Measures how long handlers hold the event loop, for metrics, alerts and tests.

#include <tcr/util/cpu_time.hpp>
#include <tcr/util/histogram.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace tcr
{

/// Measures how long the handlers of an event loop delay each other: the CPU time of each turn (the run of
/// one handler), and how late timers fire.
///
/// A turn costs one reading of the steady clock, which needs no system call. The CPU clock needs one, so it
/// is read once in `resolution` of work and once after each longer wait. The CPU time of a turn is therefore
/// exact to `resolution`.
class event_loop_meter
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    using cpu_clock = std::function<std::chrono::nanoseconds()>;

    static constexpr std::chrono::milliseconds resolution{1};

    /// `read_cpu` returns the CPU time that the loop's thread has used so far.
    explicit event_loop_meter(cpu_clock read_cpu = thread_cpu_time) : read_cpu_(std::move(read_cpu)) {}

    /// The loop starts to run. Earlier work belongs to no turn.
    void start(time_point now)
    {
        last_end_ = now;
        read_at_ = now;
        cpu_read_ = read_cpu_();
    }

    /// A turn ended. The time since the end of the previous turn was a wait for work, then this turn. \return
    /// the CPU time of the turn; within `resolution` of the last reading, its length by the steady clock.
    std::chrono::nanoseconds turn_ended(time_point now)
    {
        using std::chrono::nanoseconds;
        auto turn = now - last_end_;
        if (now - read_at_ >= resolution)
        {
            // Most of `turn` may be a wait, which takes no CPU time. Earlier turns since the last reading are
            // shorter than `resolution`: their length counts as their CPU time.
            auto const earlier_turns = last_end_ - read_at_;
            auto const cpu = read_cpu_();
            turn = std::clamp<nanoseconds>(cpu - cpu_read_ - earlier_turns, nanoseconds(0), turn);
            read_at_ = now;
            cpu_read_ = cpu;
        }
        last_end_ = now;
        turns_.observe(seconds(turn).count());
        return turn;
    }

    /// A timer that was due at `due` fired at `now`.
    void timer_fired(time_point due, time_point now)
    {
        lag_.observe(std::max(seconds(now - due).count(), 0.0));
    }

    /// CPU time of turns, in seconds.
    histogram const& turns() const { return turns_; }

    /// How late timers fired, in seconds: they waited for other turns, or for the CPU itself.
    histogram const& lag() const { return lag_; }

private:
    using seconds = std::chrono::duration<double>;

    /// A histogram of seconds.
    static histogram make_histogram()
    {
        return histogram({0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1});
    }

    cpu_clock read_cpu_;
    time_point last_end_{};
    time_point read_at_{};
    std::chrono::nanoseconds cpu_read_{0};
    histogram turns_ = make_histogram();
    histogram lag_ = make_histogram();
};

}  // namespace tcr
