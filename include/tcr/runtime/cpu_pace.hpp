// SPDX-License-Identifier: Apache-2.0
#pragma once

// Spreads writes so that a process stays below its CPU limit.

#include <chrono>
#include <cstddef>
#include <optional>

namespace tcr::runtime
{

/// Spreads writes so that a process with a CPU limit stays below it.
///
/// When a process has used up its CPU quota, the kernel stops the process until the period ends. With a limit
/// of a tenth of a CPU, the process may be stopped for 90 of 100 ms. That delays urgent work: a webhook's
/// answer, the renewal of the lease. Most of the CPU time is spent on writes: on the request, the answer and
/// the watch event of each write. So this class measures the CPU time of a write, and delays writes so that
/// they begin at the rate that the limit allows.
///
/// Has no clock and no timer: the caller passes the time and the CPU time used, and waits for the returned
/// duration.
class cpu_pace
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    /// `share`: CPU seconds that writes may use per second, more than 0.
    explicit cpu_pace(double share) : share_(share) {}

    /// Registers a write that is about to begin. \param used CPU time of the process so far.
    /// \return how long the write must wait. Writes become due one after another, at the allowed rate. A
    /// write that is due need not wait (zero). Any other write waits for the first common start at or after
    /// its due time. Common starts are 16 to 256 ms apart, so that several writes begin together.
    duration take(time_point now, duration used);

    /// The pace for a process with this CPU limit; nullopt if there is no limit, or a limit of at least one
    /// CPU.
    static std::optional<cpu_pace> below(std::optional<double> const& cpu_limit);

    /// Estimated CPU time of one write: the CPU time of the whole process in a window of time, divided by the
    /// number of writes in that window. The estimate is a moving average over the windows.
    duration cost() const { return cost_; }

private:
    void learn(time_point now, duration used);

    double share_;
    duration cost_{std::chrono::microseconds(200)};
    time_point next_{};  ///< when the next write is due
    time_point window_begun_{};
    duration used_before_{};
    std::size_t writes_ = 0;  ///< number of writes since `window_begun_`
};

}  // namespace tcr::runtime
