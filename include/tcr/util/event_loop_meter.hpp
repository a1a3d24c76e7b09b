#pragma once

#include <tcr/util/cpu_time.hpp>
#include <tcr/util/histogram.hpp>

#include <chrono>
#include <functional>

// Measures for how long the event loop is held, for metrics, alerts and tests.
namespace tcr
{

/// Measures what an event loop's handlers have to wait for: the CPU time of each turn (the run of one
/// handler), and how late timers fire.
///
/// A turn costs one reading of the steady clock, which is no system call. The CPU clock, which is one, is
/// read once in `resolution` of work and once after each longer wait; the CPU time of a turn is exact to
/// `resolution`.
class event_loop_meter
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    using cpu_clock = std::function<std::chrono::nanoseconds()>;

    static constexpr std::chrono::milliseconds resolution{1};

    /// `read_cpu` returns the CPU time that the loop's thread has used so far.
    explicit event_loop_meter(cpu_clock read_cpu = thread_cpu_time);

    /// The loop begins to run. What was done before counts for no turn.
    void start(time_point now);

    /// A turn ended; the time since the last one's end was spent in waiting for work, and in this turn.
    /// \return its CPU time; for a turn within `resolution` of the last reading its length by the steady
    /// clock.
    std::chrono::nanoseconds turn_ended(time_point now);

    /// A timer that was due then fired now.
    void timer_fired(time_point due, time_point now);

    /// CPU time of turns, in seconds.
    histogram const& turns() const { return turns_; }

    /// How late timers fired, in seconds: waits for other turns, and for the CPU itself.
    histogram const& lag() const { return lag_; }

private:
    cpu_clock read_cpu_;
    time_point last_end_{};
    time_point read_at_{};
    std::chrono::nanoseconds cpu_read_{0};
    histogram turns_;
    histogram lag_;
};

}  // namespace tcr
