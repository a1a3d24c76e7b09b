// SPDX-License-Identifier: Apache-2.0
#include <tcr/log/line_limiter.hpp>

#include <boost/test/unit_test.hpp>

namespace line_limiter_test
{

BOOST_AUTO_TEST_SUITE(line_limiter)

using limiter = tcr::line_limiter;

limiter::time_point const begin{std::chrono::hours(1)};

BOOST_AUTO_TEST_CASE(a_few_lines_pass_and_the_rest_of_the_window_is_left_out)
{
    limiter limit;
    for (std::size_t i = 0; i < limiter::lines_per_window; ++i)
        BOOST_TEST(limit.pass("quota", begin).has_value());
    BOOST_TEST(!limit.pass("quota", begin).has_value());
    BOOST_TEST(!limit.pass("quota", begin + limiter::window - std::chrono::seconds(1)).has_value());
}

BOOST_AUTO_TEST_CASE(the_next_window_reports_how_many_were_left_out)
{
    limiter limit;
    for (std::size_t i = 0; i < limiter::lines_per_window + 7; ++i)
        limit.pass("quota", begin);
    auto const first = limit.pass("quota", begin + limiter::window);
    BOOST_TEST(first.value() == 7u);
    auto const second = limit.pass("quota", begin + limiter::window);
    BOOST_TEST(second.value() == 0u);
}

BOOST_AUTO_TEST_CASE(kinds_do_not_count_against_each_other)
{
    limiter limit;
    for (std::size_t i = 0; i < limiter::lines_per_window; ++i)
        limit.pass("quota", begin);
    BOOST_TEST(limit.pass("conflict", begin).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace line_limiter_test
