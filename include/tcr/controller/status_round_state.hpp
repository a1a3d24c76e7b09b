#pragma once

// Decides when the statuses of ImagePullSecrets are written.

#include <algorithm>
#include <chrono>

namespace tcr::controller
{

struct status_writer_options
{
    std::chrono::milliseconds gather{200};     ///< wait after the first change, so that others join it
    std::chrono::milliseconds interval{2000};  ///< between two writes of the statuses
    std::chrono::milliseconds retry{5000};     ///< after a failed write
};

/// Gathers changes into rounds of writes, and spaces the rounds. Pure: the caller passes the time.
class status_round_state
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr auto never = time_point::max();

    explicit status_round_state(status_writer_options options) : options_(options) {}

    /// A status may have changed. \return whether that is the first change of the next round.
    bool touch(time_point now)
    {
        if (is_touched_)
            return false;
        is_touched_ = true;
        due_ = std::max(due_, now + options_.gather);
        return true;
    }

    /// Makes the next round due immediately.
    void touch_at_once() { is_touched_ = is_urgent_ = true; }

    /// When the next round may begin; `never` while nothing changed, unless `is_forced`.
    time_point due(bool is_forced) const
    {
        if (is_urgent_)
            return {};
        return is_touched_ || is_forced ? due_ : never;
    }

    void begin() { is_touched_ = is_urgent_ = false; }

    /// Ends a round. \param next_allowed when the first of the statuses that were written too recently, and
    /// therefore skipped, may be written; `never`: none was skipped.
    void end(bool is_written, time_point next_allowed, time_point now)
    {
        is_touched_ = is_touched_ || !is_written || next_allowed != never;
        due_ = std::min(now + (is_written ? options_.interval : options_.retry), next_allowed);
    }

private:
    status_writer_options options_;
    bool is_touched_ = false;
    bool is_urgent_ = false;
    time_point due_{};
};

}  // namespace tcr::controller
