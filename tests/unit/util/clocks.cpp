// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/boot_clock.hpp>
#include <tcr/util/wall_clock.hpp>

#include <boost/test/unit_test.hpp>

#include <time.h>

#include <chrono>

namespace clocks_test
{

using namespace std::chrono_literals;
using system_clock = std::chrono::system_clock;

system_clock::time_point const noon{std::chrono::hours(500'000)};

BOOST_AUTO_TEST_SUITE(clocks)

BOOST_AUTO_TEST_CASE(a_wait_for_a_moment_of_the_wall_clock_is_as_long_as_it_takes)
{
    BOOST_TEST((tcr::wall_wait(noon + 1ms, noon) == 1ms));
    BOOST_TEST((tcr::wall_wait(noon + 30s, noon) == 30s));
}

BOOST_AUTO_TEST_CASE(a_wait_for_a_far_moment_ends_early_so_that_the_clock_is_read_again)
{
    // A timer's clock stops while the machine is suspended. With a longer wait, a token could expire long
    // before the wait ends.
    BOOST_TEST((tcr::max_wall_wait <= 30s));
    BOOST_TEST((tcr::wall_wait(noon + 31s, noon) == tcr::max_wall_wait));
    BOOST_TEST((tcr::wall_wait(noon + 1h, noon) == tcr::max_wall_wait));
    BOOST_TEST((tcr::wall_wait(system_clock::time_point::max(), noon) == tcr::max_wall_wait));
}

BOOST_AUTO_TEST_CASE(a_time_in_the_past_is_not_waited_for)
{
    BOOST_TEST((tcr::wall_wait(noon, noon) == 0s));
    BOOST_TEST((tcr::wall_wait(noon - 1h, noon) == 0s));
    BOOST_TEST((tcr::wall_wait(system_clock::time_point::min(), noon) == 0s));
}

BOOST_AUTO_TEST_CASE(the_boot_clock_is_the_one_that_counts_while_the_machine_is_suspended)
{
    timespec raw{};
    BOOST_TEST_REQUIRE(clock_gettime(CLOCK_BOOTTIME, &raw) == 0);
    tcr::boot_clock::time_point const before(
        std::chrono::seconds(raw.tv_sec) + std::chrono::nanoseconds(raw.tv_nsec)
    );
    auto const now = tcr::boot_clock::now();
    BOOST_TEST((now >= before));
    BOOST_TEST((now - before < 1min));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace clocks_test
