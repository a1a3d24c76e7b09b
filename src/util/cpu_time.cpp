#include <tcr/util/cpu_time.hpp>

#include <time.h>

namespace tcr
{

namespace
{

std::chrono::nanoseconds read(clockid_t clock)
{
    timespec used{};
    ::clock_gettime(clock, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace

std::chrono::nanoseconds process_cpu_time()
{
    return read(CLOCK_PROCESS_CPUTIME_ID);
}

std::chrono::nanoseconds thread_cpu_time()
{
    return read(CLOCK_THREAD_CPUTIME_ID);
}

}  // namespace tcr
