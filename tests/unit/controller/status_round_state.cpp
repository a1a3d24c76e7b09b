// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/status_round_state.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>

namespace status_round_state_test
{

using namespace std::chrono_literals;
using tcr::controller::status_round_state;

status_round_state::time_point at(std::chrono::milliseconds when)
{
    return status_round_state::time_point(1000s + when);
}

struct fixture
{
    bool is_due(std::chrono::milliseconds when, bool is_forced = false) const
    {
        return schedule.due(is_forced) <= at(when);
    }

    void write(std::chrono::milliseconds when, bool is_complete = true)
    {
        schedule.begin(at(when));
        schedule.end(is_complete, at(when));
    }

    /// A round in which the write of one status fails.
    status_round_state::retry fail(
        std::chrono::milliseconds when, status_round_state::failure why, std::int64_t generation = 1
    )
    {
        schedule.begin(at(when));
        BOOST_TEST(schedule.may_write("u", generation, at(when)));
        auto const retry = schedule.failed("u", generation, why, at(when));
        schedule.end(true, at(when));
        return retry;
    }

    static constexpr auto refused = status_round_state::failure::refused;
    static constexpr auto unanswered = status_round_state::failure::unanswered;

    status_round_state schedule{{200ms, 2000ms, {5000ms, 60'000ms}}};
};

BOOST_FIXTURE_TEST_SUITE(status_rounds, fixture)

BOOST_AUTO_TEST_CASE(without_a_change_nothing_is_due_unless_it_is_forced)
{
    BOOST_TEST((schedule.due(false) == status_round_state::never));
    BOOST_TEST(is_due(0ms, true));
}

BOOST_AUTO_TEST_CASE(the_first_change_waits_for_others)
{
    BOOST_TEST(schedule.mark_changed(at(0ms)));
    BOOST_TEST(!schedule.mark_changed(at(150ms)));
    BOOST_TEST(!is_due(199ms));
    BOOST_TEST(is_due(200ms));
}

BOOST_AUTO_TEST_CASE(an_edit_does_not_wait)
{
    schedule.mark_urgent();
    BOOST_TEST(is_due(0ms));
    write(0ms);
    BOOST_TEST((schedule.due(false) == status_round_state::never));
    schedule.mark_urgent();
    BOOST_TEST(is_due(1ms));
}

BOOST_AUTO_TEST_CASE(rounds_are_spaced_by_the_interval)
{
    write(0ms);
    BOOST_TEST(schedule.mark_changed(at(10ms)));
    BOOST_TEST(!is_due(1999ms));
    BOOST_TEST(is_due(2000ms));
    BOOST_TEST(!is_due(1999ms, true));
}

BOOST_AUTO_TEST_CASE(a_change_during_a_round_makes_the_next_one_due)
{
    schedule.mark_urgent();
    schedule.begin(at(0ms));
    BOOST_TEST(schedule.mark_changed(at(10ms)));
    schedule.end(true, at(20ms));
    BOOST_TEST(!is_due(2019ms));
    BOOST_TEST(is_due(2020ms));
}

BOOST_AUTO_TEST_CASE(an_edit_during_a_round_makes_the_next_one_due_immediately)
{
    schedule.mark_urgent();
    schedule.begin(at(0ms));
    schedule.mark_urgent();
    schedule.end(true, at(20ms));
    BOOST_TEST(is_due(20ms));
}

BOOST_AUTO_TEST_CASE(an_incomplete_round_is_repeated_after_the_interval)
{
    write(0ms, false);
    BOOST_TEST(!is_due(1999ms));
    BOOST_TEST(is_due(2000ms));
}

BOOST_AUTO_TEST_CASE(a_skipped_status_makes_the_next_round_due)
{
    schedule.begin(at(-1300ms));
    schedule.written("u", at(-1300ms));
    schedule.end(true, at(-1300ms));
    schedule.mark_urgent();
    schedule.begin(at(0ms));
    BOOST_TEST(!schedule.may_write("u", 1, at(0ms)));
    BOOST_TEST(schedule.may_write("other", 1, at(0ms)));
    schedule.end(true, at(0ms));
    BOOST_TEST(!is_due(699ms));
    BOOST_TEST(is_due(700ms));
}

BOOST_AUTO_TEST_CASE(a_status_may_be_written_again_after_the_interval)
{
    schedule.begin(at(0ms));
    BOOST_TEST(schedule.may_write("u", 1, at(0ms)));
    schedule.written("u", at(0ms));
    schedule.end(true, at(0ms));
    schedule.begin(at(1999ms));
    BOOST_TEST(!schedule.may_write("u", 1, at(1999ms)));
    BOOST_TEST(!schedule.may_write("u", 2, at(1999ms)), "edits may be frequent");
    schedule.end(true, at(1999ms));
    schedule.begin(at(2000ms));
    BOOST_TEST(schedule.may_write("u", 1, at(2000ms)));
    schedule.end(true, at(2000ms));
    BOOST_TEST((schedule.due(false) == status_round_state::never), "nothing was skipped");
}

BOOST_AUTO_TEST_CASE(an_unanswered_write_is_repeated_at_a_fixed_interval)
{
    BOOST_TEST(fail(0ms, unanswered).is_new);
    for (auto when = 5000ms; when < 60'000ms; when += 5000ms)
    {
        BOOST_TEST(!is_due(when - 1ms));
        BOOST_TEST(is_due(when));
        auto const retry = fail(when, unanswered);
        BOOST_TEST((retry.delay == 5000ms));
        BOOST_TEST(!retry.is_new);
    }
}

BOOST_AUTO_TEST_CASE(a_refused_status_is_repeated_at_growing_intervals)
{
    auto when = 0ms;
    for (auto const delay : {5000ms, 10'000ms, 20'000ms, 40'000ms, 60'000ms, 60'000ms})
    {
        auto const retry = fail(when, refused);
        BOOST_TEST((retry.delay == delay));
        BOOST_TEST(retry.is_new == (when == 0ms));
        when += delay;
        BOOST_TEST(!is_due(when - 1ms));
        BOOST_TEST(is_due(when));
    }
}

BOOST_AUTO_TEST_CASE(a_refused_status_does_not_delay_the_others)
{
    fail(0ms, refused);
    BOOST_TEST(schedule.mark_changed(at(10ms)));
    BOOST_TEST(!is_due(1999ms));
    BOOST_TEST(is_due(2000ms));
    schedule.begin(at(2000ms));
    BOOST_TEST(!schedule.may_write("u", 1, at(2000ms)));
    BOOST_TEST(schedule.may_write("other", 1, at(2000ms)));
    schedule.end(true, at(2000ms));
    BOOST_TEST(!is_due(4999ms), "the refused status alone needs no round");
    BOOST_TEST(is_due(5000ms));
}

BOOST_AUTO_TEST_CASE(an_edit_ends_the_wait_after_a_refusal)
{
    fail(0ms, refused);
    fail(5000ms, refused);
    schedule.mark_urgent();
    schedule.begin(at(5001ms));
    BOOST_TEST(!schedule.may_write("u", 2, at(5001ms)), "edits may be frequent");
    schedule.end(true, at(5001ms));
    BOOST_TEST(is_due(7000ms));
    auto const retry = fail(7000ms, refused, 2);
    BOOST_TEST(retry.is_new);
    BOOST_TEST((retry.delay == 5000ms));
}

BOOST_AUTO_TEST_CASE(a_success_ends_the_refusals)
{
    fail(0ms, refused);
    schedule.begin(at(5000ms));
    schedule.written("u", at(5000ms));
    schedule.end(true, at(5000ms));
    BOOST_TEST((schedule.due(false) == status_round_state::never));
    auto const retry = fail(7000ms, refused);
    BOOST_TEST(retry.is_new);
    BOOST_TEST((retry.delay == 5000ms));
}

BOOST_AUTO_TEST_CASE(a_deleted_object_is_forgotten)
{
    fail(0ms, refused);
    write(5000ms);
    BOOST_TEST((schedule.due(false) == status_round_state::never));
    BOOST_TEST(fail(6000ms, refused).is_new);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace status_round_state_test
