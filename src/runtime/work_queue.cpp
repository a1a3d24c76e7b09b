// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/work_queue.hpp>

#include <algorithm>
#include <cassert>
#include <functional>
#include <utility>

namespace tcr::runtime
{

work_queue::state& work_queue::of(key which)
{
    if (states_.size() <= which)
        states_.resize(which + 1);
    return states_[which];
}

std::uint32_t work_queue::seconds(time_point now) const
{
    return static_cast<std::uint32_t>((now - epoch_.value_or(now)) / std::chrono::seconds(1));
}

std::uint32_t work_queue::milliseconds(time_point now) const
{
    return static_cast<std::uint32_t>((now - epoch_.value_or(now)) / std::chrono::milliseconds(1));
}

void work_queue::make_ready(key which, lane wanted, time_point now)
{
    auto& s = of(which);
    auto const where = lane_of(s, wanted);
    if (s.at == phase::ready)
        --ready_[static_cast<int>(share_of(s.where))];
    else
    {
        ++adds_;
        s.ready_at = milliseconds(now);
    }
    ++ready_[static_cast<int>(share_of(where))];
    s.at = phase::ready;
    s.where = where;
    auto& line = lanes_[static_cast<int>(where)];
    line.push_back(which);
    // A key that moves to another lane leaves a void place in its old lane. Void places accumulate while no
    // key is taken from the front of that lane.
    constexpr std::size_t few = 64;
    if (line.size() > 4 * ready(share_of(where)) + few)
        drop_void_places(where);
}

/// Removes the void places of a lane. If a key has several places in it, keeps the first.
void work_queue::drop_void_places(lane where)
{
    auto& line = lanes_[static_cast<int>(where)];
    auto const is_void = [&](key which)
    {
        auto& s = states_[which];
        return s.at != phase::ready || s.where != where || std::exchange(s.is_kept, true);
    };
    std::erase_if(line, is_void);
    for (auto which : line)
        states_[which].is_kept = false;
}

void work_queue::postpone(key which, time_point until)
{
    auto& s = of(which);
    s.at = phase::delayed;
    schedule({until, which, ++s.stamp});
    ++delayed_;
}

void work_queue::delay(key which, time_point until)
{
    postpone(which, until);
    ++retries_;
}

void work_queue::hasten(key which, time_point until)
{
    auto& s = of(which);
    if (s.at == phase::hastened)
        return;
    s.at = phase::hastened;
    // The new entry has the same stamp as the old entry, so both are valid. When the earlier one is due, the
    // other becomes void.
    schedule({until, which, s.stamp});
}

bool work_queue::is_void(due const& next) const
{
    auto const& s = states_[next.which];
    return (s.at != phase::delayed && s.at != phase::hastened) || s.stamp != next.stamp;
}

void work_queue::schedule(due next)
{
    // Removes void entries when there are many of them. A key leaves a void entry each time it is delayed and
    // then requested before the delay ends. A key has at most two valid entries.
    constexpr std::size_t few = 64;
    if (delays_.size() > 4 * delayed_ + few)
    {
        std::erase_if(delays_, [this](auto const& each) { return is_void(each); });
        std::make_heap(delays_.begin(), delays_.end(), std::greater<>());
    }
    delays_.push_back(next);
    std::push_heap(delays_.begin(), delays_.end(), std::greater<>());
}

void work_queue::add(key which, lane where, cause why, time_point now, double random)
{
    assert(where != lane::slow && "chosen by the queue alone");
    if (!epoch_)
        epoch_ = now;
    auto& s = of(which);
    switch (s.at)
    {
        case phase::running:
            s.at = phase::running_again;
            s.next_where = where;
            s.next_why = why;
            return;
        case phase::running_again:
            s.next_where = std::min(s.next_where, where);
            s.next_why = std::min(s.next_why, why);
            return;
        case phase::ready:
            s.why = std::min(s.why, why);
            // If the request is for an earlier lane, the key moves there. `take_from` skips the old place.
            if (lane_of(s, where) < s.where)
                make_ready(which, where, now);
            return;
        case phase::delayed:
        case phase::hastened:
            if (why == cause::drift && s.repairs > options_.free_repairs)
                return;
            // Shortens the delay, because the failure may concern only one of many objects in the namespace.
            // The other objects must not wait for long.
            if (why == cause::drift && s.failures > options_.patient_failures)
                return hasten(which, now + options_.retry.delay(options_.patient_failures + 1, random));
            --delayed_;
            ++s.stamp;
            s.why = std::min(s.why, why);
            make_ready(which, where, now);
            return;
        case phase::idle:
            break;
    }
    s.why = why;
    if (s.repairs > 0 &&
        seconds(now) - s.last_repair >= static_cast<std::uint32_t>(options_.calm_period.count()))
        s.repairs = 0;
    if (why == cause::drift && s.repairs > options_.free_repairs)
        delay(which, now + options_.contention.delay(s.repairs - options_.free_repairs, random));
    else
        make_ready(which, where, now);
}

void work_queue::add_later(key which, time_point until, time_point now, double random)
{
    if (!epoch_)
        epoch_ = now;
    auto& s = of(which);
    if (s.at != phase::idle)
        return add(which, lane::fresh, cause::change, now, random);
    s.why = cause::change;
    postpone(which, until);
}

void work_queue::make_due_ready(time_point now)
{
    while (!delays_.empty() && delays_.front().when <= now)
    {
        auto const next = delays_.front();
        std::pop_heap(delays_.begin(), delays_.end(), std::greater<>());
        delays_.pop_back();
        if (is_void(next))
            continue;
        --delayed_;
        auto const& s = states_[next.which];
        make_ready(next.which, s.has_failed ? lane::slow : lane::fresh, now);
    }
}

std::optional<work_queue::key> work_queue::take_from(lane where, time_point now)
{
    auto& line = lanes_[static_cast<int>(where)];
    while (!line.empty())
    {
        auto const which = line.front();
        line.pop_front();
        auto& s = of(which);
        if (s.at != phase::ready || s.where != where)
            continue;
        s.at = phase::running;
        --ready_[static_cast<int>(share_of(where))];
        waits_.observe((milliseconds(now) - s.ready_at) / 1000.0);
        return which;
    }
    return std::nullopt;
}

std::optional<work_queue::key> work_queue::take(share from, time_point now)
{
    make_due_ready(now);
    if (from == share::slow)
        return take_from(lane::slow, now);
    if (fresh_taken_ < fresh_in_a_row)
        if (auto const which = take_from(lane::fresh, now))
        {
            ++fresh_taken_;
            return which;
        }
    fresh_taken_ = 0;
    if (auto const which = take_from(lane::bulk, now))
        return which;
    return take_from(lane::fresh, now);
}

/// Stores what decides the share of the key's next run.
void work_queue::remember(state& s, work_outcome const& outcome, pace ran)
{
    // An interrupted run is no evidence about its key.
    if (outcome.how == work_outcome::end::interrupted)
        return;
    s.has_failed = outcome.how == work_outcome::end::failed && outcome.pushed_back != push_back::asked;
    bool const is_slow = ran == pace::slow || (s.is_slow && s.has_failed);
    slow_ += is_slow ? 1 : 0;
    slow_ -= s.is_slow ? 1 : 0;
    s.is_slow = is_slow;
}

void work_queue::done(key which, work_outcome outcome, pace ran, time_point now, double random)
{
    using end = work_outcome::end;
    auto& s = of(which);
    bool const again = s.at == phase::running_again;
    s.at = phase::idle;
    if (s.is_of_old_object)
    {
        s.is_of_old_object = false;
        outcome = {};
        ran = pace::quick;
    }
    remember(s, outcome, ran);
    if (outcome.how == end::settled || outcome.how == end::wrote)
    {
        s.failures = 0;
        if (outcome.how == end::wrote && s.why == cause::drift)
        {
            s.repairs = static_cast<std::uint8_t>(std::min(s.repairs + 1, 255));
            s.last_repair = seconds(now);
        }
        if (again)
            add(which, s.next_where, s.next_why, now, random);
        return;
    }
    if (again)
        s.why = std::min(s.why, s.next_why);
    // Delays the key, because the cause of the interruption may last.
    if (outcome.how == end::interrupted)
        return delay(which, now + options_.retry.delay(1, random));
    // Puts the key at the back of the bulk or slow lane, even if a run in the fresh lane was requested during
    // this run. The next run also does the work of that request.
    if (outcome.how == end::unfinished)
        return make_ready(which, lane::bulk, now);
    // A conflict means that another client changed the object, or that our watch lags behind. Neither is a
    // reason to wait for minutes, so conflicts lengthen the delay only up to a limit. Without a delay, a
    // client that writes continuously would cause equally many writes of ours.
    bool const is_conflict = outcome.how == end::conflicted;
    auto const max_conflict_failures = options_.patient_failures + 1;
    if (!is_conflict || s.failures < max_conflict_failures)
        s.failures = static_cast<std::uint8_t>(std::min(s.failures + 1, 255));
    auto const counted = is_conflict ? std::min<unsigned>(s.failures, max_conflict_failures) : s.failures;
    // A change that requested another run meanwhile may resolve the failure. So the key is retried at once,
    // unless the server sent a Retry-After.
    if (again && s.next_why == cause::change && outcome.retry_after.count() == 0)
        return make_ready(which, s.next_where, now);
    auto const asked = std::min(outcome.retry_after, max_retry_after);
    delay(which, now + std::max(asked, options_.retry.delay(counted, random)));
}

void work_queue::forget(key which)
{
    auto& s = of(which);
    s.failures = 0;
    s.repairs = 0;
    slow_ -= s.is_slow ? 1 : 0;
    s.is_slow = false;
    s.has_failed = false;
    s.is_of_old_object = s.at == phase::running || s.at == phase::running_again;
    if (s.at != phase::delayed && s.at != phase::hastened)
        return;
    s.at = phase::idle;
    ++s.stamp;
    --delayed_;
}

work_queue::time_point work_queue::next_due() const
{
    return delays_.empty() ? time_point::max() : delays_.front().when;
}

}  // namespace tcr::runtime
