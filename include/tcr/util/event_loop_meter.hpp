// SPDX-License-Identifier: Apache-2.0
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
/// Reading the steady clock needs no system call, so the caller reads the steady clock after each turn.
/// Reading the CPU clock needs a system call, so the meter reads the CPU clock at most once per `resolution`.
/// The CPU time of a turn is therefore exact only to `resolution`.
class event_loop_meter
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    using cpu_clock = std::function<std::chrono::nanoseconds()>;

    static constexpr std::chrono::milliseconds resolution{1};

    /// `read_cpu` returns the CPU time that the loop's thread has used so far.
    explicit event_loop_meter(cpu_clock read_cpu = thread_cpu_time) : read_cpu_(std::move(read_cpu)) {}

    /// Call it when the loop starts to run. The meter does not count earlier work.
    void start(time_point now)
    {
        last_end_ = now;
        read_at_ = now;
        cpu_read_ = read_cpu_();
    }

    /// Call it at the end of each turn. \return the CPU time of the turn. If the last reading of the CPU
    /// clock is less than `resolution` ago, returns the time since the end of the previous turn instead.
    std::chrono::nanoseconds turn_ended(time_point now)
    {
        using std::chrono::nanoseconds;
        auto turn = now - last_end_;
        if (now - read_at_ >= resolution)
        {
            // `turn` is too long: it includes the wait before this turn, which takes no CPU time. The CPU
            // time since the last reading is also too long: it includes the turns between that reading and
            // this turn. The CPU time of those turns is unknown, so their elapsed time is subtracted. Their
            // elapsed time is less than `resolution`, and so is the error.
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

    /// Records that a timer, due at `due`, fired at `now`.
    void timer_fired(time_point due, time_point now)
    {
        lag_.observe(std::max(seconds(now - due).count(), 0.0));
    }

    /// CPU time of turns, in seconds.
    histogram const& turns() const { return turns_; }

    /// Delay of timers, in seconds. A timer fires late if a turn still runs or the process waits for a CPU.
    histogram const& lag() const { return lag_; }

private:
    using seconds = std::chrono::duration<double>;

    /// Returns an empty histogram, with buckets for seconds.
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
