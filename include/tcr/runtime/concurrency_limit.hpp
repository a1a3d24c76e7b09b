// SPDX-License-Identifier: Apache-2.0
#pragma once

// Limits the requests in flight to a server, depending on its answers.

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace tcr::runtime
{

/// The max number of requests in flight to a server, adapted to its answers: additive increase,
/// multiplicative decrease (as in TCP, RFC 5681 section 3.1). Pure: the caller passes the time.
class concurrency_limit
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    static constexpr std::size_t successes_per_step = 16;  ///< successes after which the limit rises by one
    static constexpr std::chrono::milliseconds window{1000};       ///< min time between two halvings
    static constexpr std::chrono::milliseconds max_pause{30'000};  ///< cap of `retry_after`

    /// `max` is both the initial limit and its maximum, at least 1.
    explicit concurrency_limit(std::size_t max) : max_(max), limit_(max) {}

    /// The server completed a request.
    void succeeded()
    {
        if (limit_ >= max_ || ++successes_ < successes_per_step)
            return;
        successes_ = 0;
        ++limit_;
    }

    /// The server reported an overload, or failures indicate one. Halves the limit, at most once in each
    /// `window`.
    ///
    /// No request may begin until `retry_after` has passed. A value above `max_pause` counts as `max_pause`.
    /// If the server named no duration, `retry_after` is zero and there is no pause. `random` in [0, 1)
    /// extends the pause by up to a quarter, so that several clients do not return at the same moment.
    void pushed_back(std::chrono::milliseconds retry_after, time_point now, double random)
    {
        successes_ = 0;
        if (now >= cut_until_)
        {
            limit_ = std::max<std::size_t>(1, limit_ / 2);
            cut_until_ = now + window;
        }
        if (retry_after <= std::chrono::milliseconds::zero())
            return;
        std::chrono::duration<double, std::milli> const pause = std::min(retry_after, max_pause);
        auto const until = now + std::chrono::duration_cast<time_point::duration>(pause * (1 + random / 4));
        paused_until_ = std::max(paused_until_, until);
    }

    /// The maximum of the limit, at least 1.
    std::size_t max() const { return max_; }

    /// Changes the maximum. A limit at the old maximum becomes the new maximum. A lower limit stays, or falls
    /// to the new maximum.
    void set_max(std::size_t max)
    {
        limit_ = limit_ == max_ ? max : std::min(limit_, max);
        max_ = max;
    }

    /// Requests that may be in flight now, at least 1.
    std::size_t limit() const { return limit_; }

    /// No request may begin before this time; a past time if there is no pause.
    time_point paused_until() const { return paused_until_; }

private:
    std::size_t max_;
    std::size_t limit_;
    std::size_t successes_ = 0;  ///< successes since the last step or push-back; not counted at the maximum
    time_point cut_until_{};     ///< the limit is not halved again before this time
    time_point paused_until_{};
};

}  // namespace tcr::runtime
