#pragma once

#include <algorithm>
#include <chrono>

namespace tcr::kube
{

/// Since when an API server answers, and whether a watch that stands still is to blame itself. Pure: the
/// caller tells the time.
class reachability
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// A silence longer than `longest_gap` between two answers is an outage.
    explicit reachability(std::chrono::milliseconds longest_gap) : longest_gap_(longest_gap) {}

    /// The server answered a request, or sent an event.
    void answered(time_point now)
    {
        if (last_answer_ == time_point{} || now - last_answer_ > longest_gap_)
            since_ = now;
        last_answer_ = now;
    }

    /// Whether a watch that last got on at `last_progress` has died in silence: for longer than `limit` since
    /// then the server has been answering others, without an outage in between.
    bool is_stalled(time_point last_progress, std::chrono::milliseconds limit) const
    {
        return last_answer_ - std::max(last_progress, since_) > limit;
    }

private:
    std::chrono::milliseconds longest_gap_;
    time_point last_answer_{};
    time_point since_{};  ///< the first answer after the last outage
};

}  // namespace tcr::kube
