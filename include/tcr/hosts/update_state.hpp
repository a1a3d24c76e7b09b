// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides when the hosts file is written: for a new configuration, and to repair changes by other programs.

#include <tcr/util/contention_backoff.hpp>
#include <tcr/util/file_stamp.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace tcr::hosts
{

/// Decides when the hosts file is checked and written. Has no I/O: the caller passes stamps, times and random
/// numbers.
class update_state
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Call when there is a new configuration.
    void on_config() { is_unapplied_ = true; }

    /// Call when the file may have changed without a change of its stamp.
    void on_moved() { next_read_ = {}; }

    /// Whether a configuration waits for an attempt to apply it: the first attempt, or one after a failure.
    bool is_unapplied() const { return is_unapplied_; }

    /// Whether to apply the configuration now. `present` is the file's current stamp. Contention backoff
    /// delays repairs, but not a new configuration.
    bool is_due(file_stamp const& present, time_point now) const
    {
        return is_unapplied_ || (now >= contention_.next() && (now >= next_read_ || present != known_));
    }

    /// When to check the file again if inotify reports no event until then.
    time_point next_check(time_point now) const
    {
        auto const next = now + check_interval;
        return contention_.next() > now ? std::min<time_point>(next, contention_.next()) : next;
    }

    /// Call when an attempt begins. A configuration that arrives during the attempt waits for the next
    /// attempt.
    void begin() { is_repair_ = !std::exchange(is_unapplied_, false); }

    /// Call when the attempt has failed.
    void failed() { is_unapplied_ = is_unapplied_ || !is_repair_; }

    /// Call when the attempt has succeeded. `read` is the file's stamp from before the attempt read the file.
    /// `is_changed` is true if the attempt wrote the file. `random` is in [0, 1).
    /// \return whether the attempt repaired a change by another program.
    bool succeeded(file_stamp const& read, bool is_changed, time_point now, double random)
    {
        next_read_ = now + max_read_interval;
        // After a write, `known_` stays outdated, so that the file is read again: another program may have
        // written the file at the same moment.
        if (!is_changed)
            known_ = read;
        bool const has_repaired = is_changed && is_repair_;
        if (has_repaired)
            contention_.repaired(now, random);
        return has_repaired;
    }

    /// Number of repairs without a calm period between them, see `contention_backoff`.
    unsigned repairs() const { return contention_.repairs(); }

private:
    static constexpr std::chrono::seconds check_interval{10};    ///< between comparisons of the file's stamp
    static constexpr std::chrono::minutes max_read_interval{5};  ///< between reads of an unchanged file

    bool is_unapplied_ = false;
    bool is_repair_ = false;  ///< the current attempt applies no new configuration
    file_stamp known_;        ///< stamp of the file when its content was as desired
    time_point next_read_{};
    contention_backoff contention_{
        backoff_policy{std::chrono::milliseconds{250}, std::chrono::milliseconds{30'000}}};
};

}  // namespace tcr::hosts
