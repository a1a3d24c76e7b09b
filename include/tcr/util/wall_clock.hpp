// SPDX-License-Identifier: Apache-2.0
#pragma once

// Lets timers of the monotonic clock wait for a time of the wall clock.

#include <algorithm>
#include <chrono>

namespace tcr
{

/// Max wait before the wall clock is read again. One long timer would not be exact: timers run on the
/// monotonic clock, which stops while the machine is suspended, and the wall clock may be set meanwhile.
inline constexpr std::chrono::seconds max_wall_wait{30};

/// Returns how long to wait on the monotonic clock before comparing the wall clock with `moment` again. The
/// wait is at most `max_wall_wait`, and zero if `moment` has passed.
inline std::chrono::steady_clock::duration wall_wait(
    std::chrono::system_clock::time_point moment, std::chrono::system_clock::time_point now
)
{
    if (moment <= now)
        return {};
    return std::min<std::chrono::system_clock::duration>(moment - now, max_wall_wait);
}

/// Returns when to compare the wall clock with `moment` again, as a deadline for a timer.
inline std::chrono::steady_clock::time_point next_wall_check(std::chrono::system_clock::time_point moment)
{
    return std::chrono::steady_clock::now() + wall_wait(moment, std::chrono::system_clock::now());
}

}  // namespace tcr
