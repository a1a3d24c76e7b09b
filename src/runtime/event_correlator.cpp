// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/event_correlator.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <charconv>

namespace tcr::runtime
{
namespace
{

constexpr std::string_view cut_mark = "…";

/// The latest message and the number of similar ones, within the API's limit.
std::string combined(std::string_view message, std::uint64_t count)
{
    std::string const others =
        count > 1 ? " (and " + std::to_string(count - 1) + " more like it)" : std::string();
    return printable(message, event_correlator::max_message_bytes - cut_mark.size() - others.size()) + others;
}

}  // namespace

bool event_correlator::record(
    object_reference const& about,
    event_type type,
    std::string_view reason,
    std::string_view message,
    time_point now,
    wall_time wall
)
{
    key which{about.uid, std::string(reason.substr(0, max_reason_bytes))};
    auto known = series_.find(which);
    if (known == series_.end())
    {
        make_room();
        known = series_.emplace(std::move(which), series()).first;
        auto& event = known->second.event;
        event.id = ++ids_;
        event.about = about;
        event.reason = known->first.second;
        event.first = wall;
    }
    auto& s = known->second;
    bool const was_reported = s.event.count == s.reported;
    s.event.type = type;
    s.event.message = message.substr(0, max_message_bytes + cut_mark.size());
    s.event.last = wall;
    s.used = ++uses_;
    ++s.event.count;
    if (!was_reported)
        return false;
    s.first_unreported = wall;
    s.due = std::max<time_point>(now + options_.gather, s.answered_at + interval(s));
    return true;
}

std::chrono::seconds event_correlator::interval(series const& s) const
{
    return s.updates == 0 ? options_.first_update : options_.update;
}

void event_correlator::make_room()
{
    if (series_.size() < options_.max_series)
        return;
    series_.erase(std::min_element(
        series_.begin(),
        series_.end(),
        [](auto const& a, auto const& b) { return a.second.used < b.second.used; }
    ));
}

std::map<event_correlator::key, event_correlator::series>::const_iterator event_correlator::next() const
{
    auto found = series_.end();
    for (auto each = series_.begin(); each != series_.end(); ++each)
    {
        bool const is_unreported = each->second.event.count > each->second.reported;
        if (is_unreported && (found == series_.end() || each->second.due < found->second.due))
            found = each;
    }
    return found;
}

event_correlator::time_point event_correlator::next_due() const
{
    auto const found = next();
    if (found == series_.end())
        return time_point::max();
    return std::max({found->second.due, paused_until_, paced_until_.value_or(time_point{})});
}

std::optional<event_write> event_correlator::take(time_point now)
{
    auto const found = next();
    if (found == series_.end() || now < std::max(found->second.due, paused_until_))
        return std::nullopt;
    if (!paced_until_)
        paced_until_ = now + pace_.take(now);
    if (now < *paced_until_)
        return std::nullopt;
    paced_until_.reset();

    auto& s = series_.find(found->first)->second;
    // The server may have deleted an Event that is older than `lifetime`. So the unreported occurrences get a
    // new Event, which counts only them.
    if (!s.event.name.empty() && now - s.created_at >= options_.lifetime)
    {
        s.event.name.clear();
        s.event.count -= s.reported;
        s.reported = 0;
        s.event.first = s.first_unreported;
    }
    auto write = s.event;
    write.message = combined(write.message, write.count);
    write.is_new = write.name.empty();
    if (write.is_new)
        write.name = object_name(write.about, write.first);
    return write;
}

void event_correlator::done(
    event_write const& write,
    event_write_end how,
    time_point now,
    std::chrono::milliseconds retry_after,
    double random
)
{
    if (how == event_write_end::failed)
    {
        // Pauses all series, because missing permissions or an unavailable server affect all of them.
        paused_until_ = now + std::max(retry_after, options_.retry.delay(++failures_, random));
    }
    else
        failures_ = 0;
    auto const known = series_.find({write.about.uid, write.reason});
    if (known == series_.end() || known->second.event.id != write.id)
        return;
    auto& s = known->second;
    if (how == event_write_end::failed)
    {
        // Queues this series behind the series that already wait, because perhaps only the requests of this
        // series fail.
        s.due = std::max(s.due, paused_until_);
        return;
    }
    if (how == event_write_end::gone)
    {
        s.event.name.clear();
        return;
    }
    if (how == event_write_end::written && write.is_new)
    {
        s.event.name = write.name;
        s.created_at = now;
        s.updates = 0;
    }
    else
        ++s.updates;
    s.reported = write.count;
    s.first_unreported = write.last;
    s.answered_at = now;
    s.due = now + interval(s);
}

/// A unique name for an Event object: the name of the object that the Event is about, a dot, and hexadecimal
/// digits (as in client-go, tools/record/event.go). The digits are the time in nanoseconds plus a counter.
std::string event_correlator::object_name(object_reference const& about, wall_time first)
{
    auto const since_epoch = std::chrono::duration_cast<std::chrono::nanoseconds>(first.time_since_epoch());
    auto const number = static_cast<std::uint64_t>(since_epoch.count()) + ++ids_;
    char digits[16];
    auto const end = std::to_chars(std::begin(digits), std::end(digits), number, 16).ptr;
    auto const suffix = '.' + std::string(digits, end);
    auto name = about.name.substr(0, max_name_bytes - suffix.size());
    while (!name.empty() && (name.back() == '.' || name.back() == '-'))
        name.pop_back();
    return name + suffix;
}

}  // namespace tcr::runtime
