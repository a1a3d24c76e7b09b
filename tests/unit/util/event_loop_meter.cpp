// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/event_loop_meter.hpp>

#include <boost/test/unit_test.hpp>

namespace event_loop_meter_test
{

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using tcr::event_loop_meter;

/// A meter with two clocks that only the test advances.
struct fixture
{
    event_loop_meter::time_point now = event_loop_meter::time_point{} + 1h;
    nanoseconds cpu{7s};
    int readings = 0;
    event_loop_meter subject{[this]
                             {
                                 ++readings;
                                 return cpu;
                             }};

    fixture() { subject.start(now); }

    /// Simulates a wait, then a turn of duration `length` in which the thread gets `of_cpu` of CPU time.
    nanoseconds turn(nanoseconds wait, nanoseconds length, nanoseconds of_cpu)
    {
        now += wait + length;
        cpu += of_cpu;
        return subject.turn_ended(now);
    }
};

BOOST_FIXTURE_TEST_SUITE(turns_of_the_event_loop, fixture)

BOOST_AUTO_TEST_CASE(a_turn_counts_with_its_cpu_time_not_with_its_wait)
{
    BOOST_TEST((turn(10s, 30ms, 30ms) == 30ms));
    BOOST_TEST((turn(0s, 60ms, 60ms) == 60ms));
    // A CPU limit throttles the process during the turn, so only CPU time counts.
    BOOST_TEST((turn(0s, 100ms, 10ms) == 10ms));
    BOOST_TEST(subject.turns().count() == 3u);
    BOOST_TEST(subject.turns().sum() == 0.1, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(short_turns_are_not_charged_to_the_long_one_after_them)
{
    for (int i = 0; i < 9; ++i)
        BOOST_TEST((turn(0s, 100us, 100us) == 100us));
    BOOST_TEST((turn(5s, 50ms, 50ms) == 50ms));
}

BOOST_AUTO_TEST_CASE(many_short_turns_are_no_long_one_and_take_few_readings_of_the_cpu_clock)
{
    nanoseconds longest{0};
    for (int i = 0; i < 10'000; ++i)
        longest = std::max(longest, turn(0s, 10us, 10us));
    BOOST_TEST((longest == 10us));
    BOOST_TEST(readings == 1 + 100);
}

BOOST_AUTO_TEST_CASE(a_wait_alone_is_no_turn_of_length)
{
    BOOST_TEST((turn(1s, 20us, 20us) == 20us));
    // Slight differences between the two clocks must not cause a negative duration.
    turn(0s, 900us, 100us);
    BOOST_TEST((turn(1s, 0us, 0us) == 0us));
}

BOOST_AUTO_TEST_CASE(the_lag_is_how_late_a_timer_fires)
{
    subject.timer_fired(now, now + 250ms);
    subject.timer_fired(now, now - 1ns);
    BOOST_TEST(subject.lag().count() == 2u);
    BOOST_TEST(subject.lag().sum() == 0.25, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace event_loop_meter_test
