#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace tcr::benchmark
{

/// Durations of calls; all are kept.
class latencies
{
public:
    void add(std::chrono::steady_clock::duration length);
    std::size_t count() const { return seconds_.size(); }

    /// The smallest duration, in milliseconds, that at least this share (0 to 1) of the calls does not
    /// exceed; 0 if there are none.
    double percentile_ms(double share) const;
    double longest_ms() const { return percentile_ms(1); }

private:
    std::vector<double> seconds_;
};

}  // namespace tcr::benchmark
