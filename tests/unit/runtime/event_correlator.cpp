// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/event_correlator.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace event_correlator_test
{

using namespace std::chrono_literals;
using tcr::runtime::event_correlator;
using tcr::runtime::event_type;
using tcr::runtime::event_write;
using tcr::runtime::event_write_end;
using tcr::runtime::object_reference;
using time_point = event_correlator::time_point;
using wall_time = event_correlator::wall_time;
using end = event_write_end;

object_reference cr_named(std::string const& name)
{
    object_reference cr;
    cr.api_version = "tcr.tencentcloudcr.com/v1";
    cr.kind = "ImagePullSecret";
    cr.name = name;
    cr.uid = "uid-of-" + name;
    return cr;
}

/// A correlator with a simulated clock and without jitter. Without jitter, the delay after a failure is half
/// of the full delay.
struct fixture
{
    static event_correlator::options make_options()
    {
        event_correlator::options how;
        how.max_series = 4;
        how.gather = 1000ms;
        how.first_update = 10s;
        how.update = 60s;
        how.lifetime = 3600s;
        how.rate = 1;
        how.burst = 25;
        how.retry = {2000ms, 60'000ms};
        return how;
    }

    event_correlator subject{make_options()};
    time_point now = time_point{} + 1h;
    wall_time wall{1'700'000'000s};

    void pass(std::chrono::milliseconds time)
    {
        now += time;
        wall += time;
    }

    bool note(
        std::string const& cr = "a",
        std::string const& reason = "SecretCreated",
        std::string const& message = "done",
        event_type type = event_type::normal
    )
    {
        return subject.record(cr_named(cr), type, reason, message, now, wall);
    }

    std::optional<event_write> take() { return subject.take(now); }

    void done(event_write const& write, end how = end::written, std::chrono::milliseconds retry_after = 0ms)
    {
        subject.done(write, how, now, retry_after, 0.0);
    }

    /// The time until the next request is due; 1000 h if no request is planned.
    std::chrono::milliseconds until_due() const
    {
        auto const due = subject.next_due();
        if (due == time_point::max())
            return 1000h;
        return std::chrono::duration_cast<std::chrono::milliseconds>(due - now);
    }

    /// Waits for the next request, which must be due in exactly `time`. Ends the request with the result
    /// `how`.
    event_write next(std::chrono::milliseconds time, end how = end::written)
    {
        BOOST_TEST_REQUIRE(until_due().count() == time.count());
        if (time > 0ms)
        {
            pass(time - 1ms);
            BOOST_TEST(!take().has_value());
            pass(1ms);
        }
        auto const write = take();
        BOOST_TEST_REQUIRE(write.has_value());
        done(*write, how);
        return *write;
    }

    /// Takes and ends all requests that become due within `time`, one after another.
    std::vector<event_write> all_within(std::chrono::milliseconds time)
    {
        std::vector<event_write> writes;
        auto const last = now + time;
        while (subject.next_due() <= last)
        {
            auto const wait = subject.next_due() - now;
            if (wait > 0s)
                pass(std::chrono::ceil<std::chrono::milliseconds>(wait));
            if (auto const write = take())
            {
                writes.push_back(*write);
                done(*write);
            }
        }
        pass(std::chrono::duration_cast<std::chrono::milliseconds>(last - now));
        return writes;
    }
};

BOOST_FIXTURE_TEST_SUITE(correlating_events, fixture)

BOOST_AUTO_TEST_CASE(without_occurrences_nothing_is_due)
{
    BOOST_TEST((subject.next_due() == time_point::max()));
    BOOST_TEST(!take().has_value());
}

BOOST_AUTO_TEST_CASE(one_occurrence_is_one_new_event)
{
    auto const at = wall;
    BOOST_TEST(note("a", "Conflict", "in the way", event_type::warning));
    auto const write = next(1s);
    BOOST_TEST(write.is_new);
    BOOST_TEST(write.about.name == "a");
    BOOST_TEST(write.about.uid == "uid-of-a");
    BOOST_TEST(write.about.kind == "ImagePullSecret");
    BOOST_TEST(write.about.api_version == "tcr.tencentcloudcr.com/v1");
    BOOST_TEST((write.type == event_type::warning));
    BOOST_TEST(write.reason == "Conflict");
    BOOST_TEST(write.message == "in the way");
    BOOST_TEST(write.count == 1u);
    BOOST_TEST((write.first == at));
    BOOST_TEST((write.last == at));
    BOOST_TEST(write.name.starts_with("a."));
    BOOST_TEST(write.name.find_first_not_of("0123456789abcdef", 2) == std::string::npos);
    BOOST_TEST((subject.next_due() == time_point::max()));
    BOOST_TEST(all_within(2h).empty());
}

BOOST_AUTO_TEST_CASE(many_occurrences_at_once_are_one_request)
{
    auto const begun = wall;
    BOOST_TEST(note("a", "SecretCreated", "secret 0"));
    for (int i = 1; i < 10'000; ++i)
        BOOST_TEST(!note("a", "SecretCreated", "secret " + std::to_string(i)));
    auto const write = next(1s);
    BOOST_TEST(write.count == 10'000u);
    BOOST_TEST(write.message == "secret 9999 (and 9999 more like it)");
    BOOST_TEST((write.first == begun));
    BOOST_TEST((write.last == begun));
    BOOST_TEST(all_within(2h).empty());
    BOOST_TEST(subject.size() == 1u);
}

BOOST_AUTO_TEST_CASE(continuing_occurrences_are_reported_at_growing_intervals)
{
    auto const begun = wall;
    note();
    auto const made = next(1s);
    pass(1s);
    note("a", "SecretCreated", "second");
    pass(1s);
    note("a", "SecretCreated", "third");
    auto const first = next(8s);
    BOOST_TEST(!first.is_new);
    BOOST_TEST(first.name == made.name);
    BOOST_TEST(first.count == 3u);
    BOOST_TEST(first.message == "third (and 2 more like it)");
    BOOST_TEST((first.first == begun));
    BOOST_TEST((first.last == begun + 3s));
    note();
    BOOST_TEST(next(60s).count == 4u);
    note();
    BOOST_TEST(next(60s).count == 5u);
    // After 10 min without an occurrence, the next occurrence is written after 1 s instead of 60 s.
    pass(10min);
    note();
    auto const later = next(1s);
    BOOST_TEST(later.count == 6u);
    BOOST_TEST(later.name == made.name);
}

BOOST_AUTO_TEST_CASE(an_endless_stream_costs_a_request_a_minute)
{
    std::size_t requests = 0;
    for (int second = 0; second < 1800; ++second)
    {
        for (int i = 0; i < 10; ++i)
            note();
        requests += all_within(1s).size();
    }
    // The first request is due after 1 s, the first update 10 s later, and then one update per minute.
    BOOST_TEST(requests == 31u);
    BOOST_TEST(subject.size() == 1u);
}

BOOST_AUTO_TEST_CASE(reasons_and_objects_have_events_of_their_own)
{
    note("a", "SecretCreated");
    note("a", "SecretRepaired");
    note("b", "SecretCreated");
    note("a", "SecretCreated");
    auto const writes = all_within(5s);
    BOOST_TEST_REQUIRE(writes.size() == 3u);
    std::set<std::string> names;
    std::uint64_t happenings = 0;
    for (auto const& write : writes)
    {
        BOOST_TEST(write.is_new);
        names.insert(write.name);
        happenings += write.count;
    }
    BOOST_TEST(names.size() == 3u);
    BOOST_TEST(happenings == 4u);
}

BOOST_AUTO_TEST_CASE(an_object_of_the_same_name_and_another_uid_has_its_own)
{
    auto again = cr_named("a");
    again.uid = "another";
    note("a");
    subject.record(again, event_type::normal, "SecretCreated", "done", now, wall);
    BOOST_TEST(all_within(5s).size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_event_older_than_its_lifetime_is_followed_by_another_that_counts_anew)
{
    note();
    auto const made = next(1s);
    pass(3599s);
    note();
    auto const followed = next(1s);
    BOOST_TEST(followed.is_new);
    BOOST_TEST(followed.name != made.name);
    BOOST_TEST(followed.count == 1u);
    BOOST_TEST((followed.first == wall - 1s));
    // The lifetime of the new Event object begins with its creation, so the next request updates this object.
    pass(20s);
    note();
    auto const update = next(1s);
    BOOST_TEST(!update.is_new);
    BOOST_TEST(update.name == followed.name);
    BOOST_TEST(update.count == 2u);
}

BOOST_AUTO_TEST_CASE(of_a_stream_too_the_object_changes_after_its_lifetime)
{
    std::vector<event_write> writes;
    for (int second = 0; second < 4000; ++second)
    {
        note();
        for (auto& write : all_within(1s))
            writes.push_back(std::move(write));
    }
    std::size_t objects = 0;
    std::uint64_t of_first = 0;
    for (auto const& write : writes)
    {
        objects += write.is_new ? 1 : 0;
        if (objects == 1)
            of_first = write.count;
    }
    BOOST_TEST(objects == 2u);
    // No occurrence is counted twice. The last occurrences may not be written yet.
    BOOST_TEST(of_first + writes.back().count <= 4000u);
    BOOST_TEST(of_first + writes.back().count >= 3939u);
    BOOST_TEST((writes.back().first >= writes.front().first + 3540s));
}

BOOST_AUTO_TEST_CASE(an_object_that_is_gone_is_made_anew_with_the_whole_count)
{
    note();
    auto const made = next(1s);
    note();
    auto const update = next(10s, end::gone);
    BOOST_TEST(!update.is_new);
    auto const again = next(0s);
    BOOST_TEST(again.is_new);
    BOOST_TEST(again.name != made.name);
    BOOST_TEST(again.count == 2u);
    BOOST_TEST((again.first == made.first));
    BOOST_TEST(all_within(2h).empty());
}

BOOST_AUTO_TEST_CASE(a_refused_event_is_dropped_and_the_next_is_not_asked_for_at_once)
{
    note("a", "Bad");
    next(1s, end::refused);
    BOOST_TEST((subject.next_due() == time_point::max()));
    note("a", "Bad");
    // The refusal of an Event about `a` does not delay Events about `b`.
    note("b", "Good");
    BOOST_TEST(next(1s).reason == "Good");
    auto const again = next(59s);
    BOOST_TEST(again.is_new);
    BOOST_TEST(again.count == 2u);
}

BOOST_AUTO_TEST_CASE(a_failure_pauses_all_for_longer_each_time_and_loses_nothing)
{
    note("a");
    note("b");
    auto const first = next(1s, end::failed);
    BOOST_TEST(first.about.name == "a");
    pass(500ms);
    note("a", "SecretCreated", "later");
    // The waiting series `b` comes before the retry of `a`, because the server may refuse only `a`.
    BOOST_TEST(next(500ms, end::failed).about.name == "b");
    auto const third = next(2s, end::failed);
    BOOST_TEST(third.about.name == "a");
    BOOST_TEST(third.count == 2u);
    BOOST_TEST(third.message == "later (and 1 more like it)");
    next(4s, end::failed);
    for (int i = 0; i < 10; ++i)
        next(until_due(), end::failed);
    auto const one = next(until_due()).about.name;
    auto const other = next(0s).about.name;
    BOOST_TEST(one != other);
    // After the successes, the first failure has the shortest delay again.
    note("c");
    next(1s, end::failed);
    BOOST_TEST(until_due().count() == 1000);
}

BOOST_AUTO_TEST_CASE(the_server_may_ask_for_a_longer_pause)
{
    note();
    pass(1s);
    auto const write = take();
    done(*write, end::failed, 20s);
    next(20s);
}

BOOST_AUTO_TEST_CASE(the_least_recently_used_series_is_dropped)
{
    for (auto const* cr : {"a", "b", "c", "d"})
        note(cr);
    BOOST_TEST(all_within(5s).size() == 4u);
    note("a");
    note("e");  // drops the series of `b`
    BOOST_TEST(subject.size() == 4u);
    note("b");  // drops the series of `c`
    auto const writes = all_within(20s);
    BOOST_TEST_REQUIRE(writes.size() == 3u);
    std::set<std::string> made;
    for (auto const& write : writes)
        if (write.is_new)
            made.insert(write.about.name);
    BOOST_TEST((made == std::set<std::string>{"b", "e"}));
    for (int i = 0; i < 1000; ++i)
        note("cr-" + std::to_string(i));
    BOOST_TEST(subject.size() == 4u);
}

BOOST_AUTO_TEST_CASE(an_answer_for_a_dropped_series_does_not_affect_another)
{
    note("a");
    pass(1s);
    auto const write = take();
    for (auto const* cr : {"b", "c", "d", "e"})
        note(cr);
    note("a");
    note("a");
    done(*write);
    auto const writes = all_within(5s);
    auto const again =
        std::find_if(writes.begin(), writes.end(), [](auto const& each) { return each.about.name == "a"; });
    BOOST_TEST_REQUIRE((again != writes.end()));
    BOOST_TEST(again->is_new);
    BOOST_TEST(again->count == 2u);
}

BOOST_AUTO_TEST_CASE(occurrences_during_a_request_are_in_the_next_one)
{
    note();
    pass(1s);
    auto const write = take();
    BOOST_TEST_REQUIRE(write.has_value());
    pass(500ms);
    note("a", "SecretCreated", "meanwhile");
    pass(500ms);
    done(*write);
    auto const update = next(10s);
    BOOST_TEST(update.count == 2u);
    BOOST_TEST(update.message == "meanwhile (and 1 more like it)");
    BOOST_TEST(all_within(2h).empty());
}

BOOST_AUTO_TEST_CASE(requests_are_limited_over_all_series)
{
    auto how = make_options();
    how.max_series = 512;
    subject = event_correlator(how);
    for (int i = 0; i < 100; ++i)
        note("cr-" + std::to_string(i));
    pass(1s);
    std::size_t at_once = 0;
    while (auto const write = take())
    {
        done(*write);
        ++at_once;
    }
    BOOST_TEST(at_once == 25u);
    BOOST_TEST(until_due().count() >= 999);
    BOOST_TEST(until_due().count() <= 1000);
    for (int second = 0; second < 10; ++second)
        BOOST_TEST(all_within(1s).size() == 1u);
    BOOST_TEST(all_within(65s).size() == 65u);
    BOOST_TEST((subject.next_due() == time_point::max()));
}

BOOST_AUTO_TEST_CASE(the_series_that_is_due_first_is_written_first)
{
    note("z");
    pass(100ms);
    note("a");
    BOOST_TEST(next(900ms).about.name == "z");
    BOOST_TEST(next(100ms).about.name == "a");
}

BOOST_AUTO_TEST_CASE(texts_keep_to_the_limits_of_the_api)
{
    std::string const name(246, 'n');
    std::string const text = std::string(3000, 'x') + "\n";
    subject.record(cr_named(name), event_type::normal, std::string(200, 'R'), text, now, wall);
    auto write = next(1s);
    BOOST_TEST(write.message.size() <= 1024u);
    BOOST_TEST(write.message.ends_with("x…"));
    BOOST_TEST(write.reason.size() == 128u);
    BOOST_TEST(write.name.size() <= 253u);
    BOOST_TEST(write.name.starts_with(std::string(230, 'n')));

    for (int i = 0; i < 12345; ++i)
        subject.record(cr_named(name), event_type::normal, std::string(200, 'R'), text, now, wall);
    write = next(10s);
    BOOST_TEST(write.message.size() <= 1024u);
    BOOST_TEST(write.message.ends_with("x… (and 12345 more like it)"));
}

BOOST_AUTO_TEST_CASE(a_cut_message_is_still_utf_8)
{
    for (std::size_t lead = 0; lead < 4; ++lead)
    {
        std::string text(lead, 'x');
        while (text.size() < 2000)
            text += "\u4e2d";
        note("a", "Reason" + std::to_string(lead), text);
        auto const message = next(1s).message;
        BOOST_TEST(message.size() <= 1024u);
        BOOST_TEST((message.size() - lead) % 3 == 0u);
        BOOST_TEST(message.ends_with("\u4e2d…"));
    }
}

BOOST_AUTO_TEST_CASE(a_name_is_cut_where_a_name_may_end)
{
    auto const cr = cr_named(std::string(230, 'n') + std::string(16, '-') + "n");
    subject.record(cr, event_type::normal, "R", "m", now, wall);
    auto const name = next(1s).name;
    BOOST_TEST(name.size() <= 253u);
    BOOST_TEST(name.find("-.") == std::string::npos);
    BOOST_TEST(name.find("..") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace event_correlator_test
