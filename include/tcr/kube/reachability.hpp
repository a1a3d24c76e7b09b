// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides whether a silent watch is dead, by the API server's answers to other requests.

#include <algorithm>
#include <chrono>

namespace tcr::kube
{

/// Records since when an API server has answered without an outage. From this record, decides whether a
/// silent watch is dead although the server works. Pure: the caller passes the time.
class reachability
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// A time longer than `max_gap` between two answers is an outage.
    explicit reachability(std::chrono::milliseconds max_gap) : max_gap_(max_gap) {}

    /// Call when the server answered a request or sent an event.
    void answered(time_point now)
    {
        if (last_answer_ == time_point{} || now - last_answer_ > max_gap_)
            since_ = now;
        last_answer_ = now;
    }

    /// Whether a watch is dead: since `last_progress`, the server has answered other requests for a period
    /// that is longer than `limit` and has no outage. `last_progress` is the time when the watch last made
    /// progress, or when the server last refused the watch, if that was later
    /// (`runtime::watch_progress::last_contact`).
    bool is_stalled(time_point last_progress, std::chrono::milliseconds limit) const
    {
        return last_answer_ - std::max(last_progress, since_) > limit;
    }

private:
    std::chrono::milliseconds max_gap_;
    time_point last_answer_{};
    time_point since_{};  ///< time of the first answer after the last outage
};

}  // namespace tcr::kube
