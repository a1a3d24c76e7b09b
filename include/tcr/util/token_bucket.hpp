// SPDX-License-Identifier: Apache-2.0
#pragma once

// A rate limit.

#include <algorithm>
#include <chrono>

namespace tcr
{

/// A token bucket. It gains `rate` tokens per second and holds at most `burst` tokens. A rate of 0 means no
/// limit. Pure: the caller passes the time and waits.
class token_bucket
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    token_bucket(double rate, double burst) : rate_(rate), burst_(burst), tokens_(burst) {}

    /// Takes one token. \return how long the caller must wait before it may use the token. No wait ends
    /// before the wait of an earlier caller, so callers proceed in the order of their calls.
    duration take(time_point now)
    {
        using seconds = std::chrono::duration<double>;
        if (rate_ <= 0)
            return {};
        if (last_ != time_point{})
            tokens_ = std::min(burst_, tokens_ + rate_ * seconds(now - last_).count());
        last_ = now;
        tokens_ -= 1;
        return tokens_ < 0 ? std::chrono::duration_cast<duration>(seconds(-tokens_ / rate_)) : duration();
    }

private:
    double rate_;
    double burst_;
    double tokens_;
    time_point last_{};
};

}  // namespace tcr
