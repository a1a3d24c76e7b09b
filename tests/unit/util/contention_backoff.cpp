// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/contention_backoff.hpp>

#include <boost/test/unit_test.hpp>

namespace contention_backoff_test
{

using namespace std::chrono_literals;
using tcr::contention_backoff;

contention_backoff::time_point at(std::chrono::milliseconds when)
{
    return contention_backoff::time_point(1000s + when);
}

/// The random value for no jitter. The delay is then half of the policy's delay.
constexpr double no_jitter = 0;

BOOST_AUTO_TEST_SUITE(contention_backoff_)

BOOST_AUTO_TEST_CASE(the_first_repair_need_not_wait)
{
    contention_backoff const contention({200ms, 1000ms});
    BOOST_TEST((contention.next() < at(0ms)));
    BOOST_TEST(contention.repairs() == 0u);
}

BOOST_AUTO_TEST_CASE(each_repair_delays_the_next_one_longer_up_to_the_cap)
{
    contention_backoff contention({200ms, 1000ms});
    auto now = at(0ms);
    for (auto const delay : {100ms, 200ms, 400ms, 500ms, 500ms})
    {
        contention.repaired(now, no_jitter);
        BOOST_TEST((contention.next() - now == delay));
        now = contention.next();
    }
    BOOST_TEST(contention.repairs() == 5u);
}

BOOST_AUTO_TEST_CASE(a_calm_period_ends_the_contention)
{
    contention_backoff contention({200ms, 1000ms});
    contention.repaired(at(0ms), no_jitter);
    contention.repaired(at(100ms), no_jitter);
    auto const late = contention.next() + contention_backoff::calm_period;
    contention.repaired(late, no_jitter);
    BOOST_TEST(contention.repairs() == 3u);
    auto const calm = contention.next() + contention_backoff::calm_period + 1ms;
    contention.repaired(calm, no_jitter);
    BOOST_TEST(contention.repairs() == 1u);
    BOOST_TEST((contention.next() - calm == 100ms));
}

BOOST_AUTO_TEST_CASE(a_reset_forgets_it)
{
    contention_backoff contention({200ms, 1000ms});
    contention.repaired(at(0ms), no_jitter);
    contention.reset();
    BOOST_TEST(contention.repairs() == 0u);
    BOOST_TEST((contention.next() < at(0ms)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace contention_backoff_test
