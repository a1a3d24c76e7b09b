#pragma once

// The delay between repairs of an object that another client keeps changing.

#include <tcr/util/backoff.hpp>

#include <chrono>

namespace tcr
{

/// Delays repairs of an object that another client keeps changing. The delay grows with each repair; a calm
/// period without a repair resets it. Pure: the caller passes the time.
class contention_backoff
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// The contention ends when no repair was needed for this long after the last delay.
    /// `runtime::work_queue` uses the same rule, with a more compact state for each key.
    static constexpr std::chrono::seconds calm_period{120};

    explicit contention_backoff(backoff_policy policy) : policy_(policy) {}

    /// Earliest time of the next repair; the epoch if it need not wait.
    time_point next() const { return next_; }

    /// Records a repair. `random` in [0, 1) spreads the delays.
    void repaired(time_point now, double random)
    {
        repairs_ = now > next_ + calm_period ? 1 : repairs_ + 1;
        next_ = now + policy_.delay(repairs_, random);
    }

    /// Repairs in a row.
    unsigned repairs() const { return repairs_; }

    /// Forgets the contention.
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
