#pragma once

// CPU time of this process and of its threads.

#include <chrono>

namespace tcr
{

/// CPU time that this process has used so far, in user and kernel mode (clock_gettime(2),
/// CLOCK_PROCESS_CPUTIME_ID).
std::chrono::nanoseconds process_cpu_time();

/// CPU time that the calling thread has used so far, in user and kernel mode (CLOCK_THREAD_CPUTIME_ID).
std::chrono::nanoseconds thread_cpu_time();

}  // namespace tcr
