// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides when the statuses of ImagePullSecrets are written.

#include <tcr/util/backoff.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tcr::controller
{

struct status_writer_options
{
    std::chrono::milliseconds gather{200};     ///< wait after the first change, to gather more changes
    std::chrono::milliseconds interval{2000};  ///< min time between two rounds, or two writes of a status
    /// Delay of the retry after a failed write of a status. Only refusals in a row lengthen the delay.
    backoff_policy retry{std::chrono::milliseconds{5000}, std::chrono::milliseconds{60'000}};
};

/// Gathers changes into rounds of writes. Keeps a minimum time between two writes of the same status. Also
/// keeps a minimum time between two rounds, but an urgent round begins at once. After a failed write, only
/// the status of this write waits for its retry. Pure: the caller passes the time.
class status_round_state
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr auto never = time_point::max();

    /// Why a write failed.
    enum class failure
    {
        unanswered,  ///< no refusal, but for example a timeout or an overload: a retry may succeed soon
        refused      ///< the API server refuses this status; it would refuse a retry, too
    };

    explicit status_round_state(status_writer_options options) : options_(options) {}

    /// A status may have changed. \return whether this is the first change for the next round.
    bool mark_changed(time_point now)
    {
        if (is_changed_)
            return false;
        is_changed_ = true;
        due_ = std::max(due_, now + options_.gather);
        return true;
    }

    /// Makes the next round due immediately.
    void mark_urgent() { is_changed_ = is_urgent_ = true; }

    /// When the next round may begin; `never` if no status changed, no status waits and `is_forced` is false.
    /// \param is_forced requests a round although no change was noted.
    time_point due(bool is_forced) const
    {
        if (is_urgent_)
            return {};
        auto const round = is_changed_ || is_forced ? due_ : std::max(due_, next_retry_);
        return std::min(round, next_allowed_);
    }

    void begin(time_point now)
    {
        is_changed_ = is_urgent_ = false;
        next_allowed_ = next_retry_ = never;
        begun_ = now;
    }

    /// Whether this round may write the status of the object with this UID. If not, a new round becomes due
    /// when the write is permitted:
    /// - After a successful write, the next write is permitted after `status_writer_options::interval`.
    /// - After a failed write, a retry is permitted after the delay that `failed` returned. An edit of the
    ///   object changes `generation`. The next write is then permitted after the interval.
    bool may_write(std::string const& uid, std::int64_t generation, time_point now)
    {
        auto const found = writes_.find(uid);
        if (found == writes_.end())
            return true;
        auto const& last = found->second;
        bool const is_retry = last.why && last.generation == generation;
        auto const next = is_retry ? last.next : last.written + options_.interval;
        if (now >= next)
            return true;
        auto& earliest = is_retry ? next_retry_ : next_allowed_;
        earliest = std::min(earliest, next);
        return false;
    }

    void written(std::string const& uid, time_point now) { writes_[uid] = {now, now + options_.interval}; }

    struct retry
    {
        std::chrono::milliseconds delay;  ///< time until the write is permitted again

        /// Whether the failure is new: the previous write succeeded, or failed for another reason or
        /// generation, or there was no previous write.
        bool is_new;
    };

    /// A write failed. A round becomes due when a retry is permitted.
    retry failed(std::string const& uid, std::int64_t generation, failure why, time_point now)
    {
        auto& last = writes_[uid];
        bool const is_new = last.why != why || last.generation != generation;
        last.refusals = why == failure::unanswered ? 0 : is_new ? 1 : last.refusals + 1;
        // Without jitter, because only the leader writes statuses.
        auto const delay = options_.retry.delay(std::max(last.refusals, 1u), 1);
        last.why = why;
        last.generation = generation;
        last.written = now;
        last.next = now + delay;
        next_retry_ = std::min(next_retry_, last.next);
        return {delay, is_new};
    }

    /// Ends a round. \param is_complete false if some statuses were not looked at.
    void end(bool is_complete, time_point now)
    {
        is_changed_ = is_changed_ || !is_complete;
        due_ = now + options_.interval;
        // Forget the records whose `next` was reached before this round began: they delay no write any more.
        // No retry is lost: if a failed write was still needed, this round has repeated it, which gave its
        // record a later `next`. An incomplete round is followed by another round.
        std::erase_if(writes_, [&](auto const& each) { return each.second.next <= begun_; });
    }

private:
    /// The last write of a status.
    struct last_write
    {
        time_point written{};
        time_point next{};             ///< when the status may be written again, unless the object is edited
        std::optional<failure> why{};  ///< nullopt: the write succeeded
        std::int64_t generation = 0;   ///< of the spec that the failed write described
        unsigned refusals = 0;         ///< number of refusals in a row
    };

    status_writer_options options_;
    bool is_changed_ = false;
    bool is_urgent_ = false;
    time_point due_{};
    time_point next_allowed_ = never;           ///< earliest time to write a status that a round skipped
    time_point next_retry_ = never;             ///< earliest time to repeat a failed write
    time_point begun_{};                        ///< when the last round began
    std::map<std::string, last_write> writes_;  ///< by UID
};

}  // namespace tcr::controller
