#pragma once

// Decides when the statuses of ImagePullSecrets are written.

#include <algorithm>
#include <chrono>
#include <map>
#include <string>

namespace tcr::controller
{

struct status_writer_options
{
    std::chrono::milliseconds gather{200};     ///< wait after the first change, to gather more changes
    std::chrono::milliseconds interval{2000};  ///< min time between rounds, and between writes of a status
    std::chrono::milliseconds retry{5000};     ///< wait before the next round if a write failed
};

/// Gathers changes into rounds of writes. Keeps a minimum time between rounds, and between two writes of the
/// same status. Pure: the caller passes the time.
class status_round_state
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr auto never = time_point::max();

    explicit status_round_state(status_writer_options options) : options_(options) {}

    /// A status may have changed. \return whether this is the first change for the next round.
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

    /// When the next round may begin; `never` if no status changed and `is_forced` is false.
    time_point due(bool is_forced) const
    {
        if (is_urgent_)
            return {};
        return is_touched_ || is_forced ? due_ : never;
    }

    void begin()
    {
        is_touched_ = is_urgent_ = false;
        next_allowed_ = never;
    }

    /// Whether this round may write the status of the object with this UID. If the last write of this status
    /// is too recent, returns false, and a round becomes due when the write is permitted.
    bool may_write(std::string const& uid, time_point now)
    {
        auto const last = written_at_.find(uid);
        if (last == written_at_.end() || now - last->second >= options_.interval)
            return true;
        next_allowed_ = std::min(next_allowed_, last->second + options_.interval);
        return false;
    }

    void written(std::string const& uid, time_point now) { written_at_[uid] = now; }

    /// Ends a round. \param is_written false if a write failed.
    void end(bool is_written, time_point now)
    {
        is_touched_ = is_touched_ || !is_written || next_allowed_ != never;
        due_ = std::min(now + (is_written ? options_.interval : options_.retry), next_allowed_);
        std::erase_if(written_at_, [&](auto const& each) { return now - each.second >= options_.interval; });
    }

private:
    status_writer_options options_;
    bool is_touched_ = false;
    bool is_urgent_ = false;
    time_point due_{};
    time_point next_allowed_ = never;               ///< earliest time for a status that was skipped
    std::map<std::string, time_point> written_at_;  ///< times of recent writes, by UID
};

}  // namespace tcr::controller
