// SPDX-License-Identifier: Apache-2.0
#pragma once

// The time until which this process may write, and the times that bound a leadership.

#include <tcr/util/boot_clock.hpp>

#include <algorithm>
#include <chrono>

namespace tcr::runtime
{

/// Times of a leader election: lease_duration > renew_deadline > 1.2 × retry_period > 0. The defaults are
/// those of Kubernetes' own components (client-go, tools/leaderelection).
struct leader_election_options
{
    /// Time from a lease's last renewal until another candidate may take the lease.
    std::chrono::milliseconds lease_duration{15'000};

    /// Time from the last renewal until the leader stops writing.
    std::chrono::milliseconds renew_deadline{10'000};

    std::chrono::milliseconds retry_period{2'000};  ///< time between two reads, or two renewals

    /// Max time of one request for the lease. Two requests of this length, with a pause of half a
    /// `retry_period` between them, fit between the time when a renewal is due and the end of the leadership.
    /// Exception: if `renew_deadline` is shorter than 3.5 × `retry_period`, the max time is `retry_period`.
    std::chrono::milliseconds max_request() const
    {
        return std::max(retry_period, (renew_deadline - retry_period - retry_period / 2) / 2);
    }
};

/// The time until which this process may write. The leader election sets it, and each write checks it.
///
/// `boot_clock` also advances while the process is stopped or the machine is suspended. So if the leadership
/// ends meanwhile, the process knows this before it writes again.
class leadership
{
public:
    using time_point = boot_clock::time_point;

    /// No write may begin at or after this time. A past time, or the epoch, while this process does not lead.
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
