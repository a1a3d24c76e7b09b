#include <tcr/net/read_coalescer.hpp>

#include <boost/test/unit_test.hpp>

namespace
{

using namespace std::chrono_literals;
using tcr::net::read_coalescer;

struct fixture
{
    read_coalescer rhythm{read_coalescer::options()};
    read_coalescer::time_point now{1h};

    /// So many requests at once.
    void begin(int count)
    {
        for (int i = 0; i < count; ++i)
            rhythm.begun(now);
    }

    /// Of a constant number of requests in flight so many are answered, and made anew, in each beat.
    /// \return the beat's length once it has settled.
    read_coalescer::duration settled(int answered_a_beat)
    {
        read_coalescer::duration length{};
        for (int beats = 0; beats < 20; ++beats)
        {
            for (int i = 0; i < answered_a_beat; ++i)
            {
                rhythm.ended();
                rhythm.begun(now);
            }
            auto const next = rhythm.next_beat(now);
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
    BOOST_TEST(!rhythm.is_on(now));
}

BOOST_AUTO_TEST_CASE(many_requests_are_answered_together)
{
    begin(16);
    BOOST_TEST(rhythm.is_on(now));
}

BOOST_AUTO_TEST_CASE(a_steady_many_count_however_few_at_a_time)
{
    begin(3);
    for (int i = 0; i < 400 && !rhythm.is_on(now); ++i)
    {
        begin(1);
        rhythm.ended();
        now += 2ms;
    }
    BOOST_TEST(rhythm.is_on(now));
}

BOOST_AUTO_TEST_CASE(who_asks_one_thing_after_another_is_answered_at_once)
{
    begin(1);
    for (int i = 0; i < 400; ++i)
    {
        rhythm.ended();
        begin(1);
        BOOST_TEST_REQUIRE(!rhythm.is_on(now));
        now += 1ms;
    }
}

BOOST_AUTO_TEST_CASE(where_it_is_not_allowed_each_answer_is_read_when_it_comes)
{
    read_coalescer::options how;
    how.is_allowed = false;
    read_coalescer plain(how);
    for (int i = 0; i < 40; ++i)
        plain.begun(now);
    BOOST_TEST(!plain.is_on(now));
}

BOOST_AUTO_TEST_CASE(a_steady_few_never_count)
{
    for (int i = 0; i < 1000; ++i)
    {
        begin(1);
        rhythm.ended();
        BOOST_TEST_REQUIRE(!rhythm.is_on(now));
        now += 10ms;
    }
}

BOOST_AUTO_TEST_CASE(it_ends_soon_after_the_last_request)
{
    begin(100);
    now += 300ms;
    BOOST_TEST(rhythm.is_on(now));
    now += 200ms;
    BOOST_TEST(!rhythm.is_on(now));
}

BOOST_AUTO_TEST_CASE(beats_lie_on_a_grid)
{
    begin(16);
    now += 1337us;
    BOOST_TEST((rhythm.next_beat(now).time_since_epoch() % 2ms == 0ms));
    BOOST_TEST((rhythm.next_beat(now) > now));
}

BOOST_AUTO_TEST_CASE(a_slow_server_makes_beats_long)
{
    begin(16);
    BOOST_TEST((settled(1) == 16ms));
}

BOOST_AUTO_TEST_CASE(a_server_that_would_run_out_of_work_makes_them_short)
{
    begin(16);
    settled(1);
    // All of 16 in flight are answered before the beat: they may have been so long before.
    for (int beats = 0; beats < 10; ++beats)
    {
        for (int i = 0; i < 16; ++i)
            rhythm.ended();
        now = rhythm.next_beat(now);
        begin(16);
    }
    BOOST_TEST((rhythm.next_beat(now) - now <= 4ms));
}

BOOST_AUTO_TEST_CASE(about_half_answered_leaves_the_beat_as_it_is)
{
    begin(16);
    auto const before = settled(1);
    BOOST_TEST((settled(8) == before));
}

BOOST_AUTO_TEST_CASE(the_shortest_beat_is_as_asked_for)
{
    read_coalescer::options how;
    how.shortest = 8ms;
    read_coalescer slow(how);
    for (int i = 0; i < 40; ++i)
        slow.begun(now);
    for (int i = 0; i < 40; ++i)
        slow.ended();
    BOOST_TEST((slow.next_beat(now) - now == 8ms));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
