// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/backoff.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

namespace backoff_test
{

using namespace std::chrono_literals;
using tcr::backoff_policy;

backoff_policy const policy{100ms, 1000ms};

BOOST_AUTO_TEST_SUITE(backoff)

BOOST_AUTO_TEST_CASE(no_failure_means_no_delay)
{
    BOOST_TEST(policy.delay(0, 0.0).count() == 0);
    BOOST_TEST(policy.delay(0, 0.9).count() == 0);
}

BOOST_AUTO_TEST_CASE(the_least_delay_is_half_and_doubles_to_half_the_cap)
{
    long long const expected[] = {50, 100, 200, 400, 500, 500};
    for (unsigned failures = 1; failures <= 6; ++failures)
        BOOST_TEST(policy.delay(failures, 0.0).count() == expected[failures - 1], "after " << failures);
}

BOOST_AUTO_TEST_CASE(the_longest_delay_comes_near_the_whole_and_never_passes_it)
{
    long long const full[] = {100, 200, 400, 800, 1000, 1000};
    double const almost_one = std::nextafter(1.0, 0.0);
    for (unsigned failures = 1; failures <= 6; ++failures)
    {
        auto const delay = policy.delay(failures, almost_one).count();
        BOOST_TEST(delay <= full[failures - 1], "after " << failures);
        BOOST_TEST(delay >= full[failures - 1] - 1, "after " << failures);
    }
}

BOOST_AUTO_TEST_CASE(the_delay_grows_evenly_with_the_random_number)
{
    BOOST_TEST(policy.delay(1, 0.25).count() == 62);
    BOOST_TEST(policy.delay(1, 0.5).count() == 75);
    BOOST_TEST(policy.delay(1, 0.75).count() == 87);
    BOOST_TEST(policy.delay(5, 0.5).count() == 750);
}

BOOST_AUTO_TEST_CASE(any_number_of_failures_stays_at_the_cap)
{
    for (unsigned failures : {21u, 22u, 64u, 65u, 1000u, std::numeric_limits<unsigned>::max()})
        BOOST_TEST(policy.delay(failures, 0.0).count() == 500, "after " << failures);
}

BOOST_AUTO_TEST_CASE(a_cap_below_the_first_delay_wins)
{
    backoff_policy const low{100ms, 40ms};
    BOOST_TEST(low.delay(1, 0.0).count() == 20);
    BOOST_TEST(low.delay(9, 0.0).count() == 20);
}

BOOST_AUTO_TEST_CASE(the_default_goes_from_a_tenth_of_a_second_to_a_minute)
{
    backoff_policy const standard;
    BOOST_TEST(standard.delay(1, 0.0).count() == 50);
    BOOST_TEST(standard.delay(100, 0.0).count() == 30'000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace backoff_test
