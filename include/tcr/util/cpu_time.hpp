// SPDX-License-Identifier: Apache-2.0
#pragma once

// CPU time of this process and of its threads.

#include <time.h>

#include <chrono>

namespace tcr
{

/// Returns CPU time in user and kernel mode. `clock` is a CPU-time clock of clock_gettime(2).
inline std::chrono::nanoseconds cpu_time(clockid_t clock)
{
    timespec used{};
    ::clock_gettime(clock, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

/// Returns the CPU time that this process has used so far.
inline std::chrono::nanoseconds process_cpu_time()
{
    return cpu_time(CLOCK_PROCESS_CPUTIME_ID);
}

/// Returns the CPU time that the calling thread has used so far.
inline std::chrono::nanoseconds thread_cpu_time()
{
    return cpu_time(CLOCK_THREAD_CPUTIME_ID);
}

}  // namespace tcr
