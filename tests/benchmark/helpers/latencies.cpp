// SPDX-License-Identifier: Apache-2.0
#include "latencies.hpp"

#include <algorithm>
#include <cmath>

namespace tcr::benchmark
{

void latencies::add(std::chrono::steady_clock::duration length)
{
    seconds_.push_back(std::chrono::duration<double>(length).count());
}

double latencies::percentile_ms(double share) const
{
    if (seconds_.empty())
        return 0;
    auto sorted = seconds_;
    std::sort(sorted.begin(), sorted.end());
    auto const rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1] * 1000;
}

}  // namespace tcr::benchmark
