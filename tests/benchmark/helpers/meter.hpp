// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cgroup.hpp"

#include <chrono>

namespace tcr::benchmark
{

/// Elapsed time, CPU time and throttled time of the control group since this object was created.
class meter
{
public:
    explicit meter(test::cgroup const& group);
    double seconds() const;
    double cpu_seconds() const;
    double throttled_seconds() const;

private:
    test::cgroup const& group_;
    std::chrono::steady_clock::time_point started_;
    double cpu_before_;
    double throttled_before_;
};

/// Seconds since `started`.
double since(std::chrono::steady_clock::time_point started);

}  // namespace tcr::benchmark
