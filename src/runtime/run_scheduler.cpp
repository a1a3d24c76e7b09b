// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/run_scheduler.hpp>

#include <algorithm>
#include <bit>

namespace tcr::runtime
{

run_scheduler::run_scheduler(work_queue::options queue, std::size_t max_in_flight)
    : queue_(queue), limit_(max_in_flight)
{
}

// --- slots

bool run_scheduler::may_begin(share from) const
{
    auto const limit = limit_.limit();
    if (from == share::healthy)
        return healthy_.size() < limit;
    bool const may_use_idle_slots = last_slow_succeeded_ && in_flight() < limit;
    return may_use_idle_slots || slow_.size() < std::clamp<std::size_t>(limit / 4, 1, 4);
}

run_scheduler::duration run_scheduler::slow_after() const
{
    return std::max<duration>(min_slow_run, typical_ * slow_multiple);
}

void run_scheduler::move_slow_runs(time_point now)
{
    auto const latest_begin = now - slow_after();
    while (!healthy_.empty() && healthy_.front().begun <= latest_begin &&
           slow_.size() < slow_runs_per_slot * limit_.max())
    {
        healthy_.front().slot = share::slow;
        healthy_.front().was_moved = true;
        slow_.splice(slow_.end(), healthy_, healthy_.begin());
    }
}

std::optional<run_scheduler::run_handle> run_scheduler::begin_next(time_point now)
{
    if (now < limit_.paused_until())
        return std::nullopt;
    move_slow_runs(now);
    for (auto from : {share::healthy, share::slow})
    {
        auto const which = may_begin(from) ? queue_.take(from, now) : std::nullopt;
        if (!which)
            continue;
        run begun;
        begun.which = *which;
        begun.begun = now;
        begun.slot = from;
        begun.is_known_to_fail = from == share::slow || queue_.failures(*which) > 0;
        begun.answered_before = answered_;
        begun.suspected_before = suspected_;
        auto& runs = from == share::healthy ? healthy_ : slow_;
        return runs.insert(runs.end(), begun);
    }
    return std::nullopt;
}

run_scheduler::time_point run_scheduler::next_wake(time_point now) const
{
    auto const next_ready = [&](share from) { return queue_.ready(from) > 0 ? now : queue_.next_due(); };
    auto healthy = next_ready(share::healthy);
    if (!may_begin(share::healthy))
        // A healthy slot becomes free when the oldest healthy run moves to the slow runs. The run can move
        // only if there is room for another slow run.
        healthy = slow_.size() < slow_runs_per_slot * limit_.max()
                      ? std::max(healthy, healthy_.front().begun + slow_after())
                      : time_point::max();
    auto const slow = may_begin(share::slow) ? next_ready(share::slow) : time_point::max();
    return std::max(std::min(healthy, slow), limit_.paused_until());
}

run_scheduler::duration run_scheduler::longest_running(time_point now) const
{
    auto oldest = now;
    for (auto const* runs : {&healthy_, &slow_})
        for (auto const& each : *runs)
            oldest = std::min(oldest, each.begun);
    return now - oldest;
}

// --- evidence from ended runs

void run_scheduler::end(run_handle ended, work_outcome const& outcome, time_point now, double random)
{
    auto const finished = *ended;
    auto const length = now - finished.begun;
    auto const ran = finished.was_moved || length > slow_after() ? pace::slow : pace::quick;
    (finished.slot == share::slow ? slow_ : healthy_).erase(ended);
    bool const has_written =
        outcome.how == work_outcome::end::wrote || outcome.how == work_outcome::end::unfinished;
    if (finished.slot == share::slow && outcome.how != work_outcome::end::interrupted)
        last_slow_succeeded_ = has_written || outcome.how == work_outcome::end::settled;
    if (has_written)
        // Caps the length. Without the cap, a few runs of minutes would make all other runs count as quick.
        typical_ += (std::min<duration>(length, 2 * slow_after()) - typical_) / typical_runs;
    learn(finished, outcome, now, random);
    queue_.done(finished.which, outcome, ran, now, random);
}

void run_scheduler::learn(run const& ended, work_outcome const& outcome, time_point now, double random)
{
    using end = work_outcome::end;
    if (outcome.pushed_back == push_back::asked)
        return limit_.pushed_back(outcome.retry_after, now, random);
    // Some runs are not counted, see `answered_`.
    bool const is_suspected = outcome.pushed_back == push_back::suspected;
    if (outcome.how == end::settled || outcome.how == end::interrupted ||
        (is_suspected && ended.is_known_to_fail))
        return;
    ++(is_suspected ? suspected_ : answered_);
    recent_suspected_ = static_cast<std::uint16_t>(recent_suspected_ << 1 | (is_suspected ? 1 : 0));
    if (is_suspected && is_widespread(ended))
        limit_.pushed_back({}, now, random);
    if (outcome.how == end::wrote || outcome.how == end::unfinished)
        limit_.succeeded();
}

/// Whether the server itself fails, and not a dependency of this key alone, such as a webhook for its
/// namespace. Runs with a suspected overload must be at least half of each of two sets of counted runs:
/// - the last `evidence_window` runs;
/// - the runs that ended since this run began.
/// The second set is for hanging runs. Hanging runs time out at the same moment and fill the window, although
/// the server has completed hundreds of other runs since they began.
bool run_scheduler::is_widespread(run const& failed) const
{
    static_assert(sizeof(recent_suspected_) * 8 == evidence_window);
    return std::popcount(recent_suspected_) >= evidence_window / 2 &&
           suspected_ - failed.suspected_before >= answered_ - failed.answered_before;
}

}  // namespace tcr::runtime
