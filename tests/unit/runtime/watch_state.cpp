// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/errc.hpp>
#include <tcr/net/errc.hpp>
#include <tcr/runtime/watch_state.hpp>

#include <boost/test/unit_test.hpp>

#include <ostream>

namespace tcr::runtime
{

std::ostream& operator<<(std::ostream& out, watch_state::step step)
{
    return out
           << (step == watch_state::step::list    ? "list"
               : step == watch_state::step::probe ? "probe"
                                                  : "watch");
}

std::ostream& operator<<(std::ostream& out, watch_state::page_end end)
{
    return out
           << (end == watch_state::page_end::more       ? "more"
               : end == watch_state::page_end::complete ? "complete"
                                                        : "rewound");
}

}  // namespace tcr::runtime

namespace watch_state_test
{

using namespace std::chrono_literals;
using tcr::runtime::watch_state;
using step = watch_state::step;
using page_end = watch_state::page_end;

tcr::backoff_policy const policy{100ms, 1000ms};
tcr::error const gone(tcr::kube::errc::gone);
tcr::error const broken(tcr::net::errc::closed);
tcr::error const fine;

/// The number of failures in a row. It is derived from the delay, which begins at 50 ms and doubles.
int failures(watch_state const& state)
{
    auto const delay = state.delay(0.0).count();
    for (int count = 0; count < 5; ++count)
        if (delay == (count == 0 ? 0 : 25 << count))
            return count;
    return -1;
}

watch_state::watch_end ended(
    tcr::error why, std::uint64_t resource_version, std::chrono::milliseconds lasted = 1min
)
{
    watch_state::watch_end end;
    end.why = std::move(why);
    end.resource_version = resource_version;
    end.lasted = lasted;
    end.timeout = 290s;
    return end;
}

/// A state after a complete list at `version`. The next step is to watch.
watch_state watching_from(std::uint64_t version)
{
    watch_state state(policy);
    BOOST_TEST_REQUIRE(state.page_listed(version, "") == page_end::complete);
    return state;
}

BOOST_AUTO_TEST_SUITE(watch_states)

BOOST_AUTO_TEST_CASE(it_begins_with_the_first_page_of_a_list_at_once)
{
    watch_state const state(policy);
    BOOST_TEST(state.next() == step::list);
    BOOST_TEST(state.is_at_first_page());
    BOOST_TEST(state.continue_token() == "");
    BOOST_TEST(failures(state) == 0);
}

BOOST_AUTO_TEST_CASE(a_list_goes_on_page_by_page_and_then_watches_from_its_version)
{
    watch_state state(policy);
    BOOST_TEST(state.page_listed(10, "second") == page_end::more);
    BOOST_TEST(state.next() == step::list);
    BOOST_TEST(state.continue_token() == "second");
    BOOST_TEST(!state.is_at_first_page());
    BOOST_TEST(state.page_listed(10, "third") == page_end::more);
    BOOST_TEST(state.continue_token() == "third");
    BOOST_TEST(state.page_listed(10, "") == page_end::complete);
    BOOST_TEST(state.next() == step::watch);
    BOOST_TEST(state.resource_version() == 10u);
    BOOST_TEST(failures(state) == 0);
}

BOOST_AUTO_TEST_CASE(the_first_page_is_asked_for_again_later_each_time)
{
    watch_state state(policy);
    for (int times = 1; times <= 4; ++times)
    {
        state.list_failed(broken);
        BOOST_TEST(state.next() == step::list);
        BOOST_TEST(state.is_at_first_page());
        BOOST_TEST(failures(state) == times);
    }
}

BOOST_AUTO_TEST_CASE(a_failed_page_is_asked_for_again_later_each_time)
{
    watch_state state(policy);
    state.page_listed(10, "second");
    for (int times = 1; times <= 2; ++times)
    {
        state.list_failed(broken);
        BOOST_TEST(state.next() == step::list);
        BOOST_TEST(state.continue_token() == "second");
        BOOST_TEST(failures(state) == times);
    }
    BOOST_TEST(state.page_listed(10, "third") == page_end::more);
    BOOST_TEST(failures(state) == 0);
    BOOST_TEST(state.continue_token() == "third");
}

BOOST_AUTO_TEST_CASE(gone_in_mid_list_starts_the_list_over_after_a_delay)
{
    watch_state state(policy);
    state.page_listed(10, "second");
    state.list_failed(gone);
    BOOST_TEST(state.next() == step::list);
    BOOST_TEST(state.is_at_first_page());
    BOOST_TEST(failures(state) == 1);
    BOOST_TEST(state.page_listed(30, "") == page_end::complete);
    BOOST_TEST(state.resource_version() == 30u);
}

BOOST_AUTO_TEST_CASE(a_page_that_fails_three_times_in_a_row_starts_the_list_over)
{
    watch_state state(policy);
    state.page_listed(10, "second");
    state.list_failed(broken);
    state.list_failed(broken);
    // A successful page resets the number of failures in a row.
    BOOST_TEST(state.page_listed(10, "third") == page_end::more);
    state.list_failed(broken);
    state.list_failed(broken);
    BOOST_TEST(state.continue_token() == "third");
    state.list_failed(broken);
    BOOST_TEST(state.next() == step::list);
    BOOST_TEST(state.is_at_first_page());
    BOOST_TEST(failures(state) == 3);
}

BOOST_AUTO_TEST_CASE(a_refused_continue_token_is_not_tried_again)
{
    for (auto const code : {tcr::kube::errc::gone, tcr::kube::errc::invalid, tcr::kube::errc::internal_error})
    {
        watch_state state(policy);
        state.page_listed(10, "second");
        state.list_failed(tcr::error(code));
        BOOST_TEST(state.next() == step::list);
        BOOST_TEST(state.is_at_first_page());
    }
}

BOOST_AUTO_TEST_CASE(a_list_that_starts_over_again_and_again_is_slowed_down)
{
    watch_state state(policy);
    for (int times = 1; times <= 4; ++times)
    {
        BOOST_TEST(state.page_listed(10, "second") == page_end::more);
        BOOST_TEST(failures(state) == 0);
        state.list_failed(tcr::error(tcr::kube::errc::invalid));
        BOOST_TEST(state.is_at_first_page());
        BOOST_TEST(failures(state) == times);
    }
}

BOOST_AUTO_TEST_CASE(lists_and_410_in_turn_are_slowed_down_until_a_watch_is_healthy)
{
    auto state = watching_from(10);
    for (int times = 1; times <= 4; ++times)
    {
        state.watch_ended(ended(gone, 10, 10ms));
        BOOST_TEST(state.next() == step::list);
        BOOST_TEST(failures(state) == times);
        BOOST_TEST(state.page_listed(10, "second") == page_end::more);
        BOOST_TEST(failures(state) == 0);
        BOOST_TEST(state.page_listed(10, "") == page_end::complete);
        BOOST_TEST(failures(state) == 0);
    }
    state.watch_ended(ended(fine, 11, 5s));
    state.watch_ended(ended(gone, 11, 10ms));
    BOOST_TEST(failures(state) == 1);
}

BOOST_AUTO_TEST_CASE(failures_to_reach_the_server_do_not_delay_the_list_that_it_asks_for)
{
    auto state = watching_from(10);
    state.watch_ended(ended(broken, 10, 1min));
    state.probe_failed(broken);
    state.probe_failed(broken);
    state.probed(10);
    state.watch_ended(ended(gone, 10, 10ms));
    BOOST_TEST(failures(state) == 1);
}

BOOST_AUTO_TEST_CASE(a_wait_that_the_server_asks_for_is_capped)
{
    using tcr::runtime::max_asked_wait;
    tcr::error const tomorrow(tcr::kube::errc::unavailable, "later", 24h);
    BOOST_TEST(max_asked_wait.count() == 60'000);
    watch_state listing(policy);
    listing.list_failed(tomorrow);
    BOOST_TEST(listing.delay(0.0).count() == max_asked_wait.count());
    auto watching = watching_from(10);
    watching.watch_ended(ended(tomorrow, 10, 10ms));
    BOOST_TEST(watching.delay(0.0).count() == max_asked_wait.count());
    watching.probe_failed(tomorrow);
    BOOST_TEST(watching.delay(0.0).count() == max_asked_wait.count());
    watching = watching_from(10);
    watching.watch_ended(ended(tomorrow, 10));
    BOOST_TEST(watching.delay(0.0).count() == max_asked_wait.count());
}

BOOST_AUTO_TEST_CASE(a_watch_closed_in_good_order_is_resumed_at_once_from_the_newest_version)
{
    auto state = watching_from(10);
    state.watch_ended(ended(fine, 17));
    BOOST_TEST(state.next() == step::watch);
    BOOST_TEST(state.resource_version() == 17u);
    BOOST_TEST(failures(state) == 0);
}

BOOST_AUTO_TEST_CASE(a_long_watch_without_events_is_no_failure)
{
    auto state = watching_from(10);
    state.watch_ended(ended(fine, 10, 5s));
    BOOST_TEST(state.next() == step::watch);
    BOOST_TEST(failures(state) == 0);
}

BOOST_AUTO_TEST_CASE(a_short_watch_is_a_failure_even_with_events)
{
    auto state = watching_from(10);
    state.watch_ended(ended(fine, 11, 4999ms));
    BOOST_TEST(state.resource_version() == 11u);
    BOOST_TEST(failures(state) == 1);
    state.watch_ended(ended(fine, 12, 5s));
    BOOST_TEST(failures(state) == 0);
}

BOOST_AUTO_TEST_CASE(short_watches_without_an_error_count_as_failures)
{
    auto state = watching_from(10);
    for (int times = 1; times <= 4; ++times)
    {
        state.watch_ended(ended(fine, 10, 4999ms));
        BOOST_TEST(state.next() == step::watch);
        BOOST_TEST(state.resource_version() == 10u);
        BOOST_TEST(failures(state) == times);
    }
    state.watch_ended(ended(fine, 12, 5s));
    BOOST_TEST(failures(state) == 0);
}

BOOST_AUTO_TEST_CASE(gone_ends_a_watch_and_lists_anew)
{
    auto state = watching_from(10);
    state.watch_ended(ended(gone, 10));
    BOOST_TEST(state.next() == step::list);
    BOOST_TEST(state.is_at_first_page());
    BOOST_TEST(failures(state) == 0);
    BOOST_TEST(state.page_listed(50, "") == page_end::complete);
    BOOST_TEST(state.next() == step::watch);
    BOOST_TEST(state.resource_version() == 50u);
}

BOOST_AUTO_TEST_CASE(gone_time_and_again_is_slowed_down)
{
    auto state = watching_from(10);
    state.watch_ended(ended(gone, 10, 0ms));
    BOOST_TEST(state.next() == step::list);
    BOOST_TEST(failures(state) == 1);
}

BOOST_AUTO_TEST_CASE(a_lost_watch_is_probed_for_after_a_delay_and_resumed_where_it_stopped)
{
    auto state = watching_from(10);
    state.watch_ended(ended(broken, 17));
    BOOST_TEST(state.next() == step::probe);
    BOOST_TEST(failures(state) == 1);
    state.probed(20);
    BOOST_TEST(state.next() == step::watch);
    BOOST_TEST(state.resource_version() == 17u);  // not 20: the events 18 to 20 are still missing
}

BOOST_AUTO_TEST_CASE(a_probe_of_the_very_version_we_saw_is_good)
{
    auto state = watching_from(10);
    state.watch_ended(ended(broken, 17));
    state.probed(17);
    BOOST_TEST(state.next() == step::watch);
}

BOOST_AUTO_TEST_CASE(a_lost_watch_of_one_object_is_listed_again)
{
    watch_state state(policy, true);
    state.page_listed(10, "");
    state.watch_ended(ended(broken, 17));
    BOOST_TEST(state.next() == step::list);
    BOOST_TEST(failures(state) == 1);
    // The server was restored, and its version is already higher than ours. A probe would not notice.
    BOOST_TEST(state.page_listed(20, "") == page_end::complete);
    BOOST_TEST(state.next() == step::watch);
    BOOST_TEST(state.resource_version() == 20u);
    BOOST_TEST(!state.is_list_repeated());
}

BOOST_AUTO_TEST_CASE(lists_between_short_watches_of_one_object_come_later_each_time)
{
    watch_state state(policy, true);
    state.page_listed(10, "");
    for (int count = 1; count < 4; ++count)
    {
        state.watch_ended(ended(broken, 10, 10ms));
        BOOST_TEST(failures(state) == count);
        BOOST_TEST(state.page_listed(10, "") == page_end::complete);
        BOOST_TEST(state.is_list_repeated());
    }
    state.watch_ended(ended(broken, 10, 5s));
    BOOST_TEST(failures(state) == 1);
    BOOST_TEST(!state.is_list_repeated());
}

BOOST_AUTO_TEST_CASE(failed_watches_and_probes_come_later_each_time)
{
    auto state = watching_from(10);
    state.watch_ended(ended(broken, 10, 10ms));
    BOOST_TEST(failures(state) == 1);
    state.probe_failed(broken);
    BOOST_TEST(state.next() == step::probe);
    BOOST_TEST(failures(state) == 2);
    state.probe_failed(broken);
    BOOST_TEST(failures(state) == 3);
    state.probed(10);
    state.watch_ended(ended(broken, 10, 10ms));
    BOOST_TEST(failures(state) == 4);
    state.probed(10);
    state.watch_ended(ended(broken, 11, 5s));
    BOOST_TEST(failures(state) == 1);
}

BOOST_AUTO_TEST_CASE(a_list_older_than_what_was_seen_is_taken_as_a_new_history)
{
    auto state = watching_from(100);
    state.watch_ended(ended(gone, 120));
    BOOST_TEST(state.page_listed(99, "second") == page_end::rewound);
    BOOST_TEST(state.next() == step::list);
    BOOST_TEST(state.is_at_first_page());
    // The state accepts the next list, even if its version is still older than 120.
    BOOST_TEST(state.page_listed(99, "second") == page_end::more);
    BOOST_TEST(state.page_listed(99, "") == page_end::complete);
    BOOST_TEST(state.resource_version() == 99u);
    BOOST_TEST(state.next() == step::watch);
}

BOOST_AUTO_TEST_CASE(what_a_watch_saw_last_counts_as_seen)
{
    auto state = watching_from(100);
    state.watch_ended(ended(fine, 120));
    state.watch_ended(ended(gone, 120));
    BOOST_TEST(state.page_listed(119, "") == page_end::rewound);
}

BOOST_AUTO_TEST_CASE(a_list_of_the_very_version_we_saw_is_no_rewind)
{
    auto state = watching_from(100);
    state.watch_ended(ended(gone, 100));
    BOOST_TEST(state.page_listed(100, "") == page_end::complete);
}

BOOST_AUTO_TEST_CASE(an_older_probe_lists_anew_and_the_list_is_a_new_history)
{
    auto state = watching_from(100);
    state.watch_ended(ended(broken, 120));
    state.probed(119);
    BOOST_TEST(state.next() == step::list);
    BOOST_TEST(state.is_at_first_page());
    BOOST_TEST(state.page_listed(119, "") == page_end::rewound);
    BOOST_TEST(state.page_listed(119, "") == page_end::complete);
}

BOOST_AUTO_TEST_CASE(a_new_history_found_by_a_probe_stays_one_when_it_overtakes_the_old)
{
    auto state = watching_from(100);
    state.watch_ended(ended(broken, 120));
    state.probed(90);
    // The restored server has continued to write. Its version 130 belongs to the new history.
    BOOST_TEST(state.page_listed(130, "") == page_end::rewound);
    BOOST_TEST(state.next() == step::list);
    BOOST_TEST(state.is_at_first_page());
    BOOST_TEST(state.page_listed(130, "") == page_end::complete);
    BOOST_TEST(state.next() == step::watch);
    BOOST_TEST(state.resource_version() == 130u);
}

BOOST_AUTO_TEST_CASE(a_watch_that_went_back_in_time_lists_anew_as_a_new_history)
{
    for (std::uint64_t listed : {90u, 130u})
    {
        auto state = watching_from(100);
        auto end = ended(fine, 100);
        end.saw_restore = true;
        state.watch_ended(end);
        BOOST_TEST(state.next() == step::list);
        BOOST_TEST(state.is_at_first_page());
        BOOST_TEST(state.page_listed(listed, "") == page_end::rewound);
        BOOST_TEST(state.page_listed(listed, "") == page_end::complete);
        BOOST_TEST(state.resource_version() == listed);
    }
}

BOOST_AUTO_TEST_CASE(a_new_history_is_forgotten_after_one_rewind)
{
    auto state = watching_from(100);
    state.watch_ended(ended(broken, 100));
    state.probed(90);
    state.page_listed(95, "");
    state.list_failed(broken);
    BOOST_TEST(state.page_listed(95, "") == page_end::complete);
    state.watch_ended(ended(gone, 96));
    BOOST_TEST(state.page_listed(97, "") == page_end::complete);
}

BOOST_AUTO_TEST_CASE(a_retry_after_applies_once)
{
    tcr::error const busy(tcr::kube::errc::too_many_requests, "later", 7s);
    watch_state listing(policy);
    listing.list_failed(busy);
    BOOST_TEST(listing.delay(0.0).count() == 7000);
    listing.list_failed(broken);
    BOOST_TEST(failures(listing) == 2);
    listing.list_failed(busy);
    listing.page_listed(10, "");
    BOOST_TEST(failures(listing) == 0);

    auto watching = watching_from(10);
    watching.watch_ended(ended(busy, 10));
    BOOST_TEST(watching.delay(0.0).count() == 7000);
    watching.probe_failed(busy);
    BOOST_TEST(watching.delay(0.0).count() == 7000);
    watching.probed(10);
    watching.watch_ended(ended(fine, 10));
    BOOST_TEST(failures(watching) == 0);
}

BOOST_AUTO_TEST_CASE(a_short_watch_that_reaches_its_timeout_is_no_failure)
{
    auto state = watching_from(10);
    auto end = ended(fine, 10, 1s);
    end.timeout = 2s;
    state.watch_ended(end);
    BOOST_TEST(failures(state) == 0);
    end.timeout = 2001ms;
    state.watch_ended(end);
    BOOST_TEST(failures(state) == 1);
}

BOOST_AUTO_TEST_CASE(a_list_may_be_asked_for_at_any_time)
{
    auto state = watching_from(10);
    state.list_again_if(false, false);
    BOOST_TEST(state.next() == step::watch);
    state.list_again_if(true, false);
    BOOST_TEST(state.next() == step::list);
    BOOST_TEST(state.is_at_first_page());
    BOOST_TEST(failures(state) == 0);
    BOOST_TEST(state.page_listed(12, "") == page_end::complete);
    BOOST_TEST(state.resource_version() == 12u);
}

BOOST_AUTO_TEST_CASE(another_history_is_listed_instead_of_a_watch_or_a_probe)
{
    for (bool const is_resync_due : {false, true})
    {
        auto state = watching_from(10);
        state.list_again_if(is_resync_due, true);
        BOOST_TEST(state.next() == step::list);
        auto probing = watching_from(10);
        probing.watch_ended(ended(broken, 10));
        BOOST_TEST(probing.next() == step::probe);
        probing.list_again_if(is_resync_due, true);
        BOOST_TEST(probing.next() == step::list);
    }
}

BOOST_AUTO_TEST_CASE(a_resync_waits_for_a_probe)
{
    auto state = watching_from(10);
    state.watch_ended(ended(broken, 10));
    state.list_again_if(true, false);
    BOOST_TEST(state.next() == step::probe);
}

BOOST_AUTO_TEST_CASE(a_list_in_progress_is_not_restarted)
{
    watch_state state(policy);
    BOOST_TEST(state.page_listed(10, "next") == page_end::more);
    state.list_again_if(true, true);
    BOOST_TEST(state.continue_token() == "next");
}

BOOST_AUTO_TEST_CASE(a_watch_lasts_until_the_next_resync_at_most_and_a_second_at_least)
{
    using tcr::runtime::watch_length;
    BOOST_TEST((watch_length(100s, 1h, 0.0) == 90s));
    BOOST_TEST((watch_length(100s, 1h, 0.5) == 100s));
    BOOST_TEST((watch_length(100s, 1h, 0.9999) == 110s));
    BOOST_TEST((watch_length(100s, 41500ms, 0.5) == 42s));
    BOOST_TEST((watch_length(100s, -5s, 0.5) == 1s));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(watch_progresses)

using tcr::runtime::watch_progress;

watch_progress::time_point const begin{1h};
tcr::error const bad_answer(tcr::kube::errc::bad_answer);

/// The number of seconds from `begin` to the last progress.
auto progressed_at(watch_progress const& progress)
{
    return (progress.last_progress() - begin) / 1s;
}

auto contact_at(watch_progress const& progress)
{
    return (progress.last_contact() - begin) / 1s;
}

BOOST_AUTO_TEST_CASE(a_list_new_events_and_a_reached_timeout_are_progress)
{
    watch_progress progress(begin);
    progress.listed(10, begin + 1s);
    BOOST_TEST(progressed_at(progress) == 1);
    progress.watch_begun(begin + 2s);
    progress.event(11, begin + 3s);
    BOOST_TEST(progressed_at(progress) == 3);
    progress.watch_reached_timeout(begin + 300s);
    BOOST_TEST(progressed_at(progress) == 300);
    progress.listed(12, begin + 301s);
    BOOST_TEST(progressed_at(progress) == 301);
}

BOOST_AUTO_TEST_CASE(a_bookmark_of_a_quiet_server_is_progress)
{
    watch_progress progress(begin);
    progress.listed(10, begin);
    progress.watch_begun(begin);
    progress.event(10, begin + 60s);
    progress.event(10, begin + 120s);
    BOOST_TEST(progressed_at(progress) == 120);
}

BOOST_AUTO_TEST_CASE(an_event_that_is_replayed_to_each_watch_is_none)
{
    watch_progress progress(begin);
    progress.listed(10, begin);
    for (auto now = begin + 1s; now < begin + 1000s; now += 10s)
    {
        progress.watch_begun(now);
        progress.event(11, now);
        BOOST_TEST(progress.failed(bad_answer, false, now));
    }
    BOOST_TEST(progressed_at(progress) == 1);
    BOOST_TEST(contact_at(progress) == 1);
}

BOOST_AUTO_TEST_CASE(lists_that_are_gone_at_once_are_none_after_the_first)
{
    watch_progress progress(begin);
    for (auto now = begin + 1s; now < begin + 1000s; now += 10s)
    {
        progress.listed(10, now);
        progress.watch_begun(now);
        BOOST_TEST(progress.failed(gone, false, now));
    }
    BOOST_TEST(progressed_at(progress) == 1);
    BOOST_TEST(contact_at(progress) == 1);
    // After a healthy watch, the next list counts as progress.
    progress.watch_begun(begin + 1000s);
    progress.event(11, begin + 1001s);
    progress.listed(12, begin + 1002s);
    BOOST_TEST(progressed_at(progress) == 1002);
}

BOOST_AUTO_TEST_CASE(a_refusal_is_no_progress_but_shows_an_outage)
{
    watch_progress progress(begin);
    BOOST_TEST(!progress.failed(tcr::error(tcr::kube::errc::unavailable), false, begin + 5s));
    BOOST_TEST(progressed_at(progress) == 0);
    BOOST_TEST(contact_at(progress) == 5);
    BOOST_TEST(!progress.failed(tcr::error(tcr::kube::errc::forbidden), false, begin + 6s));
    BOOST_TEST(contact_at(progress) == 6);
    // An error in an ERROR event of the watch is a fault of the stream. A lost connection is not such a
    // fault.
    BOOST_TEST(progress.failed(tcr::error(tcr::kube::errc::internal_error), true, begin + 7s));
    BOOST_TEST(!progress.failed(broken, false, begin + 8s));
    BOOST_TEST(contact_at(progress) == 6);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace watch_state_test
