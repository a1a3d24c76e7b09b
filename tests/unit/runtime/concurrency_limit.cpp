// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/concurrency_limit.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <vector>

namespace concurrency_limit_test
{

using namespace std::chrono_literals;
using tcr::runtime::concurrency_limit;
using time_point = concurrency_limit::time_point;

constexpr time_point start = time_point{} + 1h;

void succeed(concurrency_limit& subject, int times)
{
    for (int i = 0; i < times; ++i)
        subject.succeeded();
}

/// The times of refusals, in ms after the start, and the expected limit after the last refusal.
struct cuts_row
{
    std::size_t max;
    std::vector<int> refused_at;
    std::size_t limit;
};

std::ostream& operator<<(std::ostream& out, cuts_row const& row)
{
    return out << row.refused_at.size() << " refusals, max " << row.max;
}

std::vector<cuts_row> const cuts{
    {16, {}, 16},
    {16, {0}, 8},
    {16, {0, 0, 1, 999}, 8},
    {16, {0, 1000}, 4},
    {16, {0, 999, 1998}, 4},  // the refusal at 999 ms does not begin a new window of 1 s
    {16, {0, 1000, 2000, 3000}, 1},
    {16, {0, 1000, 2000, 3000, 4000, 5000}, 1},
    {5, {0}, 2},
    {1, {0}, 1},
};

/// A server's Retry-After, and the expected pause: `least` for the random value 0, `longest` for a random
/// value just below 1.
struct pause_row
{
    std::chrono::milliseconds retry_after;
    std::chrono::milliseconds least;
    std::chrono::milliseconds longest;
};

std::ostream& operator<<(std::ostream& out, pause_row const& row)
{
    return out << row.retry_after.count() << " ms";
}

std::vector<pause_row> const pauses{
    {1s, 1000ms, 1250ms},
    {4s, 4000ms, 5000ms},
    {30s, 30'000ms, 37'500ms},
    {1h, 30'000ms, 37'500ms},
};

BOOST_AUTO_TEST_SUITE(concurrency)

BOOST_DATA_TEST_CASE(a_refusal_halves_the_limit_once_a_window, boost::unit_test::data::make(cuts), row)
{
    auto subject = concurrency_limit(row.max);
    for (int at : row.refused_at)
        subject.pushed_back(0ms, start + std::chrono::milliseconds(at), 0.5);
    BOOST_TEST(subject.limit() == row.limit);
    BOOST_TEST((subject.paused_until() <= start));
}

BOOST_AUTO_TEST_CASE(successes_raise_it_one_by_one_up_to_the_maximum)
{
    concurrency_limit subject(4);
    succeed(subject, 100);
    BOOST_TEST(subject.limit() == 4u);
    subject.pushed_back(0ms, start, 0);
    subject.pushed_back(0ms, start + 1s, 0);
    BOOST_TEST(subject.limit() == 1u);
    succeed(subject, 15);
    BOOST_TEST(subject.limit() == 1u);
    succeed(subject, 1);
    BOOST_TEST(subject.limit() == 2u);
    succeed(subject, 16);
    BOOST_TEST(subject.limit() == 3u);
    succeed(subject, 100);
    BOOST_TEST(subject.limit() == 4u);
}

BOOST_AUTO_TEST_CASE(a_refusal_ends_a_run_of_successes_even_where_it_cuts_nothing)
{
    concurrency_limit subject(16);
    subject.pushed_back(0ms, start, 0);
    succeed(subject, 15);
    subject.pushed_back(0ms, start + 1ms, 0);
    succeed(subject, 15);
    BOOST_TEST(subject.limit() == 8u);
    succeed(subject, 1);
    BOOST_TEST(subject.limit() == 9u);
}

BOOST_DATA_TEST_CASE(retry_after_pauses_with_a_cap_and_a_spread, boost::unit_test::data::make(pauses), row)
{
    concurrency_limit least(16);
    least.pushed_back(row.retry_after, start, 0.0);
    BOOST_TEST((least.paused_until() == start + row.least));

    concurrency_limit longest(16);
    longest.pushed_back(row.retry_after, start, 0.999999);
    BOOST_TEST((longest.paused_until() > start + row.longest - 1ms));
    BOOST_TEST((longest.paused_until() <= start + row.longest));
}

BOOST_AUTO_TEST_CASE(a_shorter_pause_does_not_end_a_longer_one)
{
    concurrency_limit subject(16);
    subject.pushed_back(10s, start, 0);
    subject.pushed_back(1s, start + 1s, 0);
    subject.pushed_back(0ms, start + 2s, 0);
    succeed(subject, 50);
    BOOST_TEST((subject.paused_until() == start + 10s));
    subject.pushed_back(10s, start + 2s, 0);
    BOOST_TEST((subject.paused_until() == start + 12s));
}

BOOST_AUTO_TEST_CASE(another_maximum_keeps_what_was_cut)
{
    concurrency_limit subject(16);
    subject.set_max(32);
    BOOST_TEST(subject.limit() == 32u);
    subject.pushed_back(0ms, start, 0);
    BOOST_TEST(subject.limit() == 16u);
    subject.set_max(64);
    BOOST_TEST(subject.limit() == 16u);
    subject.set_max(4);
    BOOST_TEST(subject.limit() == 4u);
    BOOST_TEST(subject.max() == 4u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concurrency_limit_test
