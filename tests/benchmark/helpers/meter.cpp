// SPDX-License-Identifier: Apache-2.0
#include "meter.hpp"

namespace tcr::benchmark
{

meter::meter(test::cgroup const& group)
    : group_(group),
      started_(std::chrono::steady_clock::now()),
      cpu_before_(group.cpu_seconds()),
      throttled_before_(group.throttled_seconds())
{
}

double meter::seconds() const
{
    return since(started_);
}

double meter::cpu_seconds() const
{
    return group_.cpu_seconds() - cpu_before_;
}

double meter::throttled_seconds() const
{
    return group_.throttled_seconds() - throttled_before_;
}

double since(std::chrono::steady_clock::time_point started)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

}  // namespace tcr::benchmark
