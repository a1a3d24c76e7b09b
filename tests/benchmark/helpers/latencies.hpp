#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace tcr::benchmark
{

/// How long calls took; all are kept.
class latencies
{
public:
    void add(std::chrono::steady_clock::duration length);
    std::size_t count() const { return seconds_.size(); }

    /// The shortest that at least this share of them (0 to 1) do not exceed, in milliseconds; 0 where there is none.
    double percentile_ms(double share) const;
    double longest_ms() const { return percentile_ms(1); }

private:
    std::vector<double> seconds_;
};

}  // namespace tcr::benchmark
