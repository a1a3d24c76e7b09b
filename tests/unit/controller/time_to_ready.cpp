// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/time_to_ready.hpp>

#include <boost/test/unit_test.hpp>

namespace time_to_ready_test
{

using namespace std::chrono_literals;
using tcr::controller::time_to_ready;

time_to_ready::time_point at(std::chrono::milliseconds since_begin)
{
    return time_to_ready::time_point(1h) + since_begin;
}

BOOST_AUTO_TEST_SUITE(times_to_ready)

BOOST_AUTO_TEST_CASE(a_namespace_is_measured_from_its_first_event_to_the_run_that_served_it)
{
    time_to_ready times;
    times.appeared(1, at(0ms));
    times.appeared(1, at(4ms));  // a later event, such as a new account in the namespace
    times.settled(1, true, at(10ms));
    BOOST_TEST(times.seconds().count() == 1u);
    BOOST_TEST(times.seconds().sum() == 0.010, boost::test_tools::tolerance(1e-9));
    times.settled(1, true, at(20ms));
    BOOST_TEST(times.seconds().count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_run_without_writes_is_not_measured)
{
    time_to_ready times;
    times.appeared(1, at(0ms));
    times.settled(1, false, at(1ms));
    times.settled(2, true, at(1ms));
    BOOST_TEST(times.seconds().count() == 0u);
}

BOOST_AUTO_TEST_CASE(a_reused_index_inherits_nothing)
{
    time_to_ready times;
    times.appeared(1, at(0ms));
    times.forget(1);
    times.settled(1, true, at(5ms));
    BOOST_TEST(times.seconds().count() == 0u);
}

BOOST_AUTO_TEST_CASE(many_new_namespaces_use_bounded_memory)
{
    time_to_ready times;
    for (unsigned each = 1; each <= 10'000; ++each)
        times.appeared(each, at(0ms));
    for (unsigned each = 1; each <= 10'000; ++each)
        times.settled(each, true, at(1ms));
    BOOST_TEST(times.seconds().count() == 4096u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace time_to_ready_test
