#pragma once

#include <chrono>

namespace tcr::runtime
{

/// Until when this process may write. Written by the leader election, read by whoever writes.
///
/// The time is one of this machine's steady clock, which goes on while the process is stopped: a leader that
/// wakes from a long stop finds its leadership over before it can do anything. (It stands still while the machine is
/// suspended, as the clocks of other controllers do; servers are not.)
class leadership
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// No write may begin from this moment on; the epoch while another leads.
    time_point until() const { return until_; }

    bool holds(time_point now) const { return now < until_; }

    void hold_until(time_point when) { until_ = when; }

    /// Without leader election: for ever.
    void hold_for_ever() { until_ = time_point::max(); }

    void give_up() { until_ = time_point{}; }

private:
    time_point until_{};
};

}  // namespace tcr::runtime
