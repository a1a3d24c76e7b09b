#pragma once

// How long to wait before repairing once more what another client keeps changing.

#include <tcr/util/backoff.hpp>

#include <chrono>

namespace tcr
{

/// Delays repairs of something that another client keeps changing: longer after each repair, and no longer
/// once no repair was needed for a calm period. Pure: the caller passes the time.
class contention_backoff
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// So long without a repair ends the contention, as in `runtime::work_queue`, which keeps it compactly
    /// for each key.
    static constexpr std::chrono::seconds calm_period{120};

    explicit contention_backoff(backoff_policy policy) : policy_(policy) {}

    /// The next repair has to wait until then; the epoch: it need not.
    time_point next() const { return next_; }

    /// A repair was made. `random` in [0, 1) spreads delays.
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
