// SPDX-License-Identifier: Apache-2.0
#include "event_loop.hpp"

#include "memory_log.hpp"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>

namespace event_loop_test
{

using namespace std::chrono_literals;
using namespace tcr;
using app::max_turn_from_environment;
using app::run_event_loop;

/// Uses this much CPU time of the thread. Unlike elapsed time, it does not depend on the machine's load.
void work_for(std::chrono::nanoseconds time)
{
    auto const end = thread_cpu_time() + time;
    while (thread_cpu_time() < end)
        continue;
}

struct fixture
{
    asio::io_context loop{1};
    event_loop_meter meter;
    test::memory_log log;
};

BOOST_FIXTURE_TEST_SUITE(event_loop, fixture)

BOOST_AUTO_TEST_CASE(turns_within_the_limit_are_measured_and_nothing_is_logged)
{
    for (int i = 0; i < 50; ++i)
        asio::post(loop, [] { work_for(1ms); });
    BOOST_TEST(run_event_loop(loop, meter, 40ms, log.log));
    BOOST_TEST(meter.turns().count() == 50u);
    BOOST_TEST(log.text().empty(), log.text());
}

BOOST_AUTO_TEST_CASE(a_turn_over_the_limit_is_logged_with_its_length_and_fails_the_run)
{
    asio::post(loop, [] { work_for(30ms); });
    asio::post(loop, [] {});
    BOOST_TEST(!run_event_loop(loop, meter, 20ms, log.log));
    BOOST_TEST(
        log.text().find("error a turn of the event loop took too long milliseconds=3") != std::string::npos,
        log.text()
    );
    BOOST_TEST(
        log.text().find("turns of the event loop exceeded TCR_MAX_TURN_MS turns=1") != std::string::npos,
        log.text()
    );
}

BOOST_AUTO_TEST_CASE(without_a_limit_any_turn_passes)
{
    asio::post(loop, [] { work_for(30ms); });
    BOOST_TEST(run_event_loop(loop, meter, std::nullopt, log.log));
    BOOST_TEST(meter.turns().sum() >= 0.03);
    BOOST_TEST(log.text().empty(), log.text());
}

BOOST_AUTO_TEST_CASE(the_limit_comes_from_the_environment)
{
    ::unsetenv("TCR_MAX_TURN_MS");
    BOOST_TEST(!max_turn_from_environment().has_value());
    ::setenv("TCR_MAX_TURN_MS", "50", 1);
    BOOST_TEST((max_turn_from_environment() == 50ms));
    for (auto const* none : {"", "0", "-1", "50ms", "x"})
    {
        ::setenv("TCR_MAX_TURN_MS", none, 1);
        BOOST_TEST(!max_turn_from_environment().has_value());
    }
    ::unsetenv("TCR_MAX_TURN_MS");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace event_loop_test
