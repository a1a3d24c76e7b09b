#pragma once

#include <tcr/util/boot_clock.hpp>

namespace tcr::runtime
{

/// Until when this process may write. The leader election sets it; it is checked before each write.
///
/// `boot_clock` advances while the process is stopped or the machine suspended: a leader that wakes from
/// either finds its leadership over before it can write.
class leadership
{
public:
    using time_point = boot_clock::time_point;

    /// No write may begin from this time on; in the past, or the epoch, while this process does not lead.
    time_point until() const { return until_; }

    bool holds(time_point now) const { return now < until_; }

    void hold_until(time_point when) { until_ = when; }

    /// For a process without leader election.
    void hold_for_ever() { until_ = time_point::max(); }

    void give_up() { until_ = time_point{}; }

private:
    time_point until_{};
};

}  // namespace tcr::runtime
