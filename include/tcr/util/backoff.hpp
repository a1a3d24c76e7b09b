// SPDX-License-Identifier: Apache-2.0
#pragma once

// Exponential backoff.

#include <algorithm>
#include <chrono>

namespace tcr
{

/// Computes the delays of exponential backoff with jitter. Pure: reads no clock and does not sleep.
struct backoff_policy
{
    std::chrono::milliseconds first{100};       ///< delay after the first failure, before jitter
    std::chrono::milliseconds longest{60'000};  ///< max delay, before jitter

    /// Returns the delay after `failures` failures in a row; zero if there was none. After the first failure
    /// the delay is `first`. It doubles with each further failure, up to `longest`. `random` in [0, 1) then
    /// reduces it to between 50 % and 100 %.
    std::chrono::milliseconds delay(unsigned failures, double random) const
    {
        if (failures == 0)
            return {};
        // 20 doublings exceed every cap that this program uses. More doublings could overflow.
        auto const doublings = std::min(failures - 1, 20u);
        auto const full = std::min<std::chrono::milliseconds>(longest, first * (1LL << doublings));
        return std::chrono::duration_cast<std::chrono::milliseconds>(full * (0.5 + random / 2));
    }
};

}  // namespace tcr
