// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/token_bucket.hpp>

#include <boost/test/unit_test.hpp>

#include <random>
#include <vector>

namespace token_bucket_test
{

using namespace std::chrono_literals;
using tcr::token_bucket;
using time_point = token_bucket::time_point;

constexpr time_point start = time_point{} + 1h;

/// Rounds a wait to microseconds. The exact value has floating-point errors.
long long microseconds(token_bucket::duration wait)
{
    return std::chrono::round<std::chrono::microseconds>(wait).count();
}

BOOST_AUTO_TEST_SUITE(bucket)

BOOST_AUTO_TEST_CASE(the_burst_is_free_and_the_rest_waits_in_turn)
{
    token_bucket bucket(10, 2);
    BOOST_TEST(microseconds(bucket.take(start)) == 0);
    BOOST_TEST(microseconds(bucket.take(start)) == 0);
    BOOST_TEST(microseconds(bucket.take(start)) == 100'000);
    BOOST_TEST(microseconds(bucket.take(start)) == 200'000);
    BOOST_TEST(microseconds(bucket.take(start)) == 300'000);
}

BOOST_AUTO_TEST_CASE(tokens_come_back_at_the_rate)
{
    token_bucket bucket(10, 1);
    BOOST_TEST(microseconds(bucket.take(start)) == 0);
    BOOST_TEST(microseconds(bucket.take(start + 100ms)) == 0);
    BOOST_TEST(microseconds(bucket.take(start + 150ms)) == 50'000);
    // The caller uses the previous token at 200 ms, so the next token is available at 300 ms.
    BOOST_TEST(microseconds(bucket.take(start + 250ms)) == 50'000);
}

BOOST_AUTO_TEST_CASE(a_debt_is_paid_back_by_time)
{
    token_bucket bucket(10, 1);
    for (int i = 0; i < 5; ++i)
        bucket.take(start);
    BOOST_TEST(microseconds(bucket.take(start + 500ms)) == 0);
    BOOST_TEST(microseconds(bucket.take(start + 500ms)) == 100'000);
}

BOOST_AUTO_TEST_CASE(no_more_than_the_burst_is_saved_up)
{
    token_bucket bucket(10, 3);
    bucket.take(start);
    auto const later = start + 24h;
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(microseconds(bucket.take(later)) == 0);
    BOOST_TEST(microseconds(bucket.take(later)) == 100'000);
}

BOOST_AUTO_TEST_CASE(the_first_call_finds_the_burst_at_any_time)
{
    for (auto first : {start, start + 24h * 365})
    {
        token_bucket bucket(1, 1);
        BOOST_TEST(microseconds(bucket.take(first)) == 0);
        BOOST_TEST(microseconds(bucket.take(first)) == 1'000'000);
    }
}

BOOST_AUTO_TEST_CASE(a_rate_of_zero_never_waits)
{
    token_bucket bucket(0, 1);
    for (int i = 0; i < 1000; ++i)
        BOOST_TEST_REQUIRE(microseconds(bucket.take(start)) == 0);
}

BOOST_AUTO_TEST_CASE(callers_are_served_in_the_order_they_asked_and_no_faster_than_the_rate)
{
    constexpr double rate = 50;
    constexpr double burst = 7;
    token_bucket bucket(rate, burst);
    std::minstd_rand random(20260101);
    auto now = start;
    std::vector<time_point> used;
    for (int i = 0; i < 2000; ++i)
    {
        now += std::chrono::milliseconds(random() % 40);
        used.push_back(now + bucket.take(now));
    }
    for (std::size_t i = 1; i < used.size(); ++i)
        BOOST_TEST_REQUIRE((used[i] >= used[i - 1]));
    // In each time window, the number of used tokens is at most the burst plus the tokens that the bucket
    // gains in the window.
    for (std::size_t first = 0; first < used.size(); ++first)
        for (std::size_t last = first; last < std::min(first + 60, used.size()); ++last)
        {
            std::chrono::duration<double> const window = used[last] - used[first];
            auto const count = static_cast<double>(last - first + 1);
            BOOST_TEST_REQUIRE(count <= burst + rate * window.count() + 1e-4);
        }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace token_bucket_test
