// SPDX-License-Identifier: Apache-2.0
#pragma once

// A clock that also runs while the machine is suspended.

#include <time.h>

#include <chrono>

namespace tcr
{

/// Linux's CLOCK_BOOTTIME (clock_gettime(2)). It cannot be set. Unlike `steady_clock`, it advances while the
/// machine is suspended. Use it for time limits that other machines also measure, such as a lease. Timers run
/// on `steady_clock`: when a timer fires, read this clock again.
struct boot_clock
{
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<boot_clock>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept
    {
        timespec read{};
        clock_gettime(CLOCK_BOOTTIME, &read);
        return time_point(std::chrono::seconds(read.tv_sec) + std::chrono::nanoseconds(read.tv_nsec));
    }
};

static_assert(std::chrono::is_clock_v<boot_clock>);

}  // namespace tcr
