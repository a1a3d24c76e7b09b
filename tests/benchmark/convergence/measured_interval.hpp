// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api_calls.hpp"
#include "confined_controller.hpp"
#include "meter.hpp"
#include "report.hpp"

#include <cstddef>
#include <cstdint>

namespace tcr::benchmark
{

/// CPU time, wake-ups and API calls of the controller between two times.
class measured_interval
{
public:
    /// Sets the first time to now. The controller `of` must outlive this object.
    explicit measured_interval(confined_controller const& of);

    /// Sets the second time to now. A later call moves the second time.
    void end();

    double seconds() const { return seconds_; }
    double cpu_seconds() const { return cpu_seconds_; }
    std::uint64_t wakeups() const { return wakeups_; }
    api_calls const& calls() const { return calls_; }

    /// Adds rows about the interval. `writes` is the number of writes that the work needs.
    void write_to(report& into, std::size_t writes) const;

private:
    confined_controller const& of_;
    // Reading the metrics page costs the controller CPU time. Therefore the page is read before the first
    // time and after the second time.
    api_calls calls_before_;
    std::uint64_t wakeups_before_;
    meter used_;
    double seconds_ = 0;
    double cpu_seconds_ = 0;
    double throttled_seconds_ = 0;
    std::uint64_t wakeups_ = 0;
    api_calls calls_;
};

/// Adds rows about the current and the peak memory of the controller.
void report_memory(report& into, confined_controller const& controller);

}  // namespace tcr::benchmark
