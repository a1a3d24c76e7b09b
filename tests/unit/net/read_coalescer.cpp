// SPDX-License-Identifier: Apache-2.0
#include <tcr/net/read_coalescer.hpp>

#include <boost/test/unit_test.hpp>

namespace read_coalescer_test
{

using namespace std::chrono_literals;
using tcr::net::read_coalescer;

struct fixture
{
    read_coalescer coalescer{read_coalescer::options()};
    read_coalescer::time_point now{1h};

    /// Starts `count` requests at the same time.
    void begin(int count)
    {
        for (int i = 0; i < count; ++i)
            coalescer.request_started(now);
    }

    /// Simulates a constant number of requests in flight: in each interval `answered_per_interval` requests
    /// are answered, and as many new requests begin.
    /// \return the interval after 20 reads, when it no longer changes
    read_coalescer::duration settled(int answered_per_interval)
    {
        read_coalescer::duration length{};
        for (int reads = 0; reads < 20; ++reads)
        {
            for (int i = 0; i < answered_per_interval; ++i)
            {
                coalescer.request_ended();
                coalescer.request_started(now);
            }
            auto const next = coalescer.next_read(now);
            length = next - now;
            now = next;
        }
        return length;
    }
};

BOOST_FIXTURE_TEST_SUITE(batching, fixture)

BOOST_AUTO_TEST_CASE(a_handful_of_requests_is_answered_one_by_one)
{
    begin(6);
    BOOST_TEST(!coalescer.is_on(now));
}

BOOST_AUTO_TEST_CASE(many_requests_are_answered_together)
{
    begin(16);
    BOOST_TEST(coalescer.is_on(now));
}

BOOST_AUTO_TEST_CASE(a_steady_rate_of_requests_counts_even_if_few_are_in_flight)
{
    begin(3);
    for (int i = 0; i < 400 && !coalescer.is_on(now); ++i)
    {
        begin(1);
        coalescer.request_ended();
        now += 2ms;
    }
    BOOST_TEST(coalescer.is_on(now));
}

BOOST_AUTO_TEST_CASE(requests_one_after_another_are_answered_at_once)
{
    begin(1);
    for (int i = 0; i < 400; ++i)
    {
        coalescer.request_ended();
        begin(1);
        BOOST_TEST_REQUIRE(!coalescer.is_on(now));
        now += 1ms;
    }
}

BOOST_AUTO_TEST_CASE(without_coalescing_each_answer_is_read_when_it_arrives)
{
    read_coalescer::options how;
    how.is_allowed = false;
    read_coalescer plain(how);
    for (int i = 0; i < 40; ++i)
        plain.request_started(now);
    BOOST_TEST(!plain.is_on(now));
}

BOOST_AUTO_TEST_CASE(a_low_rate_of_requests_never_counts)
{
    for (int i = 0; i < 1000; ++i)
    {
        begin(1);
        coalescer.request_ended();
        BOOST_TEST_REQUIRE(!coalescer.is_on(now));
        now += 10ms;
    }
}

BOOST_AUTO_TEST_CASE(it_ends_soon_after_the_last_request)
{
    begin(100);
    now += 300ms;
    BOOST_TEST(coalescer.is_on(now));
    now += 200ms;
    BOOST_TEST(!coalescer.is_on(now));
}

BOOST_AUTO_TEST_CASE(common_reads_are_at_multiples_of_the_interval)
{
    begin(16);
    now += 1337us;
    BOOST_TEST((coalescer.next_read(now).time_since_epoch() % 2ms == 0ms));
    BOOST_TEST((coalescer.next_read(now) > now));
}

BOOST_AUTO_TEST_CASE(a_slow_server_makes_the_interval_long)
{
    begin(16);
    BOOST_TEST((settled(1) == 16ms));
}

BOOST_AUTO_TEST_CASE(a_server_that_would_run_out_of_work_makes_the_interval_short)
{
    begin(16);
    settled(1);
    // All 16 requests in flight are answered before the common read. The server may then be idle for long.
    for (int reads = 0; reads < 10; ++reads)
    {
        for (int i = 0; i < 16; ++i)
            coalescer.request_ended();
        now = coalescer.next_read(now);
        begin(16);
    }
    BOOST_TEST((coalescer.next_read(now) - now <= 4ms));
}

BOOST_AUTO_TEST_CASE(about_half_answered_leaves_the_interval_unchanged)
{
    begin(16);
    auto const before = settled(1);
    BOOST_TEST((settled(8) == before));
}

BOOST_AUTO_TEST_CASE(the_shortest_interval_is_configurable)
{
    read_coalescer::options how;
    how.shortest = 8ms;
    read_coalescer slow(how);
    for (int i = 0; i < 40; ++i)
        slow.request_started(now);
    for (int i = 0; i < 40; ++i)
        slow.request_ended();
    BOOST_TEST((slow.next_read(now) - now == 8ms));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace read_coalescer_test
