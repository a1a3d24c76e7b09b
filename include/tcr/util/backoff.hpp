#pragma once

// Exponential backoff.

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
    std::chrono::milliseconds delay(unsigned failures, double random) const;
};

}  // namespace tcr
