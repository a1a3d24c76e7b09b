#pragma once

// Exponential backoff.

#include <algorithm>
#include <chrono>

namespace tcr
{

/// Exponential backoff with jitter, as numbers only: no clock, no sleep.
struct backoff_policy
{
    std::chrono::milliseconds first{100};       ///< delay after the first failure
    std::chrono::milliseconds longest{60'000};  ///< cap, before jitter

    /// Delay after `failures` failures in a row (1 = the first): `first` doubled each time, capped, then
    /// spread over [50 %, 100 %] by `random` in [0, 1).
    std::chrono::milliseconds delay(unsigned failures, double random) const
    {
        if (failures == 0)
            return {};
        // 2^20 times any delay is past every cap we use; more doublings would only overflow.
        auto const doublings = std::min(failures - 1, 20u);
        auto const full = std::min<std::chrono::milliseconds>(longest, first * (1LL << doublings));
        return std::chrono::duration_cast<std::chrono::milliseconds>(full * (0.5 + random / 2));
    }
};

}  // namespace tcr
