// SPDX-License-Identifier: Apache-2.0
#pragma once

// The delay between repairs of an object that another client keeps changing.

#include <tcr/util/backoff.hpp>

#include <chrono>

namespace tcr
{

/// Delays repairs of an object that another client keeps changing. The delay grows with each repair. A calm
/// period without repairs resets the delay. Pure: the caller passes the time.
class contention_backoff
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Time without repairs that ends the contention. The time begins when the last delay has ended.
    ///
    /// `runtime::work_queue` does not use this class: it has a more compact state for each key, and its calm
    /// period begins at the last repair.
    static constexpr std::chrono::seconds calm_period{120};

    explicit contention_backoff(backoff_policy policy) : policy_(policy) {}

    /// Earliest time of the next repair. The clock's epoch means that no delay applies.
    time_point next() const { return next_; }

    /// Records a repair. `random` in [0, 1) spreads the delays.
    void repaired(time_point now, double random)
    {
        repairs_ = now > next_ + calm_period ? 1 : repairs_ + 1;
        next_ = now + policy_.delay(repairs_, random);
    }

    /// Number of repairs in the last contention, which may be over.
    unsigned repairs() const { return repairs_; }

    /// Ends the contention: the next repair has no delay.
    void reset()
    {
        repairs_ = 0;
        next_ = {};
    }

private:
    backoff_policy policy_;
    unsigned repairs_ = 0;
    time_point next_{};
};

}  // namespace tcr
