// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace tcr::benchmark
{

/// Keeps the durations of all calls.
class latencies
{
public:
    void add(std::chrono::steady_clock::duration length);
    std::size_t count() const { return seconds_.size(); }

    /// The percentile in ms: `share` (0 to 1) of the calls take at most this time. 0 if there are no calls.
    double percentile_ms(double share) const;
    double longest_ms() const { return percentile_ms(1); }

private:
    std::vector<double> seconds_;
};

}  // namespace tcr::benchmark
