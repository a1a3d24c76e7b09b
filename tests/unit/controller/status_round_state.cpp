#include <tcr/controller/status_round_state.hpp>

#include <boost/test/unit_test.hpp>

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

    void write(std::chrono::milliseconds when, bool is_written = true)
    {
        schedule.begin();
        schedule.end(is_written, at(when));
    }

    status_round_state schedule{{200ms, 2000ms, 5000ms}};
};

BOOST_FIXTURE_TEST_SUITE(status_rounds, fixture)

BOOST_AUTO_TEST_CASE(without_a_change_nothing_is_due_unless_it_is_forced)
{
    BOOST_TEST((schedule.due(false) == status_round_state::never));
    BOOST_TEST(is_due(0ms, true));
}

BOOST_AUTO_TEST_CASE(the_first_change_waits_for_others)
{
    BOOST_TEST(schedule.touch(at(0ms)));
    BOOST_TEST(!schedule.touch(at(150ms)));
    BOOST_TEST(!is_due(199ms));
    BOOST_TEST(is_due(200ms));
}

BOOST_AUTO_TEST_CASE(an_edit_does_not_wait)
{
    schedule.touch_at_once();
    BOOST_TEST(is_due(0ms));
    write(0ms);
    BOOST_TEST((schedule.due(false) == status_round_state::never));
    schedule.touch_at_once();
    BOOST_TEST(is_due(1ms));
}

BOOST_AUTO_TEST_CASE(rounds_are_spaced_by_the_interval)
{
    write(0ms);
    BOOST_TEST(schedule.touch(at(10ms)));
    BOOST_TEST(!is_due(1999ms));
    BOOST_TEST(is_due(2000ms));
    BOOST_TEST(!is_due(1999ms, true));
}

BOOST_AUTO_TEST_CASE(a_change_during_a_round_makes_the_next_one_due)
{
    schedule.touch_at_once();
    schedule.begin();
    BOOST_TEST(schedule.touch(at(10ms)));
    schedule.end(true, at(20ms));
    BOOST_TEST(!is_due(2019ms));
    BOOST_TEST(is_due(2020ms));
}

BOOST_AUTO_TEST_CASE(an_edit_during_a_round_makes_the_next_one_due_immediately)
{
    schedule.touch_at_once();
    schedule.begin();
    schedule.touch_at_once();
    schedule.end(true, at(20ms));
    BOOST_TEST(is_due(20ms));
}

BOOST_AUTO_TEST_CASE(a_failed_round_is_repeated_later)
{
    write(0ms, false);
    BOOST_TEST(!is_due(4999ms));
    BOOST_TEST(is_due(5000ms));
}

BOOST_AUTO_TEST_CASE(a_skipped_status_makes_the_next_round_due)
{
    schedule.begin();
    schedule.written("u", at(-1300ms));
    schedule.end(true, at(-1300ms));
    schedule.touch_at_once();
    schedule.begin();
    BOOST_TEST(!schedule.may_write("u", at(0ms)));
    BOOST_TEST(schedule.may_write("other", at(0ms)));
    schedule.end(true, at(0ms));
    BOOST_TEST(!is_due(699ms));
    BOOST_TEST(is_due(700ms));
}

BOOST_AUTO_TEST_CASE(a_status_may_be_written_again_after_the_interval)
{
    schedule.begin();
    BOOST_TEST(schedule.may_write("u", at(0ms)));
    schedule.written("u", at(0ms));
    schedule.end(true, at(0ms));
    schedule.begin();
    BOOST_TEST(!schedule.may_write("u", at(1999ms)));
    schedule.end(true, at(1999ms));
    schedule.begin();
    BOOST_TEST(schedule.may_write("u", at(2000ms)));
    schedule.end(true, at(2000ms));
    BOOST_TEST((schedule.due(false) == status_round_state::never), "nothing was skipped");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace status_round_state_test
