// SPDX-License-Identifier: Apache-2.0
#include "connection_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <initializer_list>

namespace connection_pool_test
{

using namespace std::chrono_literals;
using tcr::net::exchange_end;
using tcr::net::is_sent_again;
using tcr::net::wait_limit;

/// A connection with a number as its name. The counter `open` holds the number of open connections.
struct fake_connection
{
    fake_connection(int number, int& count) : name(number), open(count) { ++open; }
    ~fake_connection() { --open; }
    fake_connection(fake_connection const&) = delete;
    fake_connection& operator=(fake_connection const&) = delete;

    bool is_quiet() const { return quiet; }

    int name;
    int& open;
    bool quiet = true;
};

struct fixture
{
    using pool_type = tcr::net::connection_pool<fake_connection>;

    int open = 0;
    pool_type pool{3};
    pool_type::time_point now{1h};

    /// Puts connections with these names into the pool, one per second. \return the last connection
    fake_connection& put(std::initializer_list<int> names)
    {
        fake_connection* last = nullptr;
        for (int name : names)
        {
            auto link = std::make_unique<fake_connection>(name, open);
            last = link.get();
            pool.put(std::move(link), pool.generation(), now);
            now += 1s;
        }
        return *last;
    }

    /// Takes the connection for the next request. \return its name, or 0 if the pool has none
    int next()
    {
        auto const link = pool.take();
        return link ? link->name : 0;
    }
};

BOOST_FIXTURE_TEST_SUITE(connection_pools, fixture)

BOOST_AUTO_TEST_CASE(the_connection_used_last_is_reused_first)
{
    BOOST_TEST(next() == 0);
    put({1, 2});
    BOOST_TEST(next() == 2);
    BOOST_TEST(next() == 1);
    BOOST_TEST(next() == 0);
}

BOOST_AUTO_TEST_CASE(a_connection_with_unread_input_is_closed_and_not_reused)
{
    put({1});
    put({2}).quiet = false;
    put({3}).quiet = false;
    BOOST_TEST(next() == 1);
    BOOST_TEST(open == 0);
}

BOOST_AUTO_TEST_CASE(a_full_pool_closes_the_connection)
{
    put({1, 2, 3});
    pool.put(std::make_unique<fake_connection>(4, open), pool.generation(), now);
    BOOST_TEST(open == 3);
    BOOST_TEST(next() == 3);
}

BOOST_AUTO_TEST_CASE(connections_unused_for_long_are_closed)
{
    put({1, 2, 3});
    pool.close_unused_since(now - 2s);
    BOOST_TEST(open == 2);
    pool.close_unused_since(now);
    BOOST_TEST(open == 0);
}

BOOST_AUTO_TEST_CASE(connections_of_an_earlier_generation_are_closed_and_not_kept)
{
    put({1, 2});
    auto in_use = pool.take();
    auto const opened_in = pool.generation();
    pool.begin_generation();
    BOOST_TEST(open == 1);
    pool.put(std::move(in_use), opened_in, now);
    BOOST_TEST(open == 0);
    put({3});
    BOOST_TEST(next() == 3);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(failed_requests)

exchange_end ended_by(boost::system::error_code why, bool is_answered = false)
{
    exchange_end end;
    end.ec = why;
    end.answered = is_answered;
    return end;
}

BOOST_AUTO_TEST_CASE(a_request_on_a_reused_connection_that_ends_without_an_answer_is_sent_again)
{
    for (boost::system::error_code const why :
         {make_error_code(tcr::net::errc::closed),
          boost::system::error_code(boost::asio::error::connection_reset),
          boost::system::error_code(boost::asio::error::broken_pipe)})
        BOOST_TEST(is_sent_again(ended_by(why), true, false));
}

BOOST_AUTO_TEST_CASE(no_other_request_is_sent_again)
{
    auto const closed = make_error_code(tcr::net::errc::closed);
    BOOST_TEST(!is_sent_again(ended_by(closed), false, false));
    BOOST_TEST(!is_sent_again(ended_by(closed, true), true, false));
    BOOST_TEST(!is_sent_again(ended_by(tcr::net::errc::timed_out), true, true));
    BOOST_TEST(!is_sent_again(ended_by(boost::asio::error::operation_aborted), true, false));
}

BOOST_AUTO_TEST_CASE(a_wait_ends_at_the_limit_of_silence_or_of_the_whole_exchange)
{
    std::chrono::steady_clock::time_point const now(1h);
    BOOST_TEST((wait_limit(now + 30s, 0ms, now) == now + 30s));
    BOOST_TEST((wait_limit(now + 30s, 5'000ms, now) == now + 5s));
    BOOST_TEST((wait_limit(now + 3s, 5'000ms, now) == now + 3s));
    BOOST_TEST((wait_limit(decltype(now)::max(), 5'000ms, now) == now + 5s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace connection_pool_test
