// SPDX-License-Identifier: Apache-2.0
#include "deadlines.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

namespace deadlines_test
{

using namespace std::chrono_literals;
using tcr::net::deadline;
using tcr::net::deadlines;

/// The tests use only deadlines in the past or far in the future, so no test waits.
struct fixture
{
    boost::asio::io_context loop{1};
    std::shared_ptr<deadlines> all = std::make_shared<deadlines>(loop.get_executor());
    std::string passed;
    deadline::time_point const now = std::chrono::steady_clock::now();

    std::unique_ptr<deadline> make(char name)
    {
        return std::make_unique<deadline>(all, [this, name] { passed += name; });
    }
};

BOOST_FIXTURE_TEST_SUITE(time_limits, fixture)

BOOST_AUTO_TEST_CASE(without_a_deadline_the_loop_has_nothing_to_do)
{
    auto const a = make('a');
    BOOST_TEST(loop.run() == 0u);
    BOOST_TEST(passed == "");
}

BOOST_AUTO_TEST_CASE(a_deadline_that_passes_calls_back_once)
{
    auto const a = make('a');
    a->set(now);
    loop.run();
    BOOST_TEST(passed == "a");
}

BOOST_AUTO_TEST_CASE(each_deadline_calls_its_own_callback)
{
    auto const a = make('a');
    auto const b = make('b');
    auto const c = make('c');
    c->set(now);
    b->set(now + 1h);
    a->set(now);
    loop.poll();
    BOOST_TEST(passed == "ac");
}

BOOST_AUTO_TEST_CASE(a_deadline_taken_back_does_not_pass)
{
    auto const a = make('a');
    a->set(now);
    a->set(deadline::never);
    loop.run();
    BOOST_TEST(passed == "");
}

BOOST_AUTO_TEST_CASE(a_deadline_that_is_postponed_passes_later)
{
    auto const a = make('a');
    a->set(now);
    a->set(now + 1h);
    loop.poll();
    BOOST_TEST(passed == "");
    BOOST_TEST(!loop.stopped());
    a->set(now);
    loop.run();
    BOOST_TEST(passed == "a");
}

BOOST_AUTO_TEST_CASE(an_earlier_deadline_passes_first)
{
    auto const a = make('a');
    auto const b = make('b');
    a->set(now + 1h);
    b->set(now);
    loop.poll();
    BOOST_TEST(passed == "b");
}

BOOST_AUTO_TEST_CASE(the_loop_ends_when_the_last_deadline_is_destroyed)
{
    auto a = make('a');
    a->set(now + 1h);
    a.reset();
    loop.run();
    BOOST_TEST(loop.stopped());
}

BOOST_AUTO_TEST_CASE(a_callback_may_destroy_another_deadline_and_its_own)
{
    auto b = make('b');
    std::unique_ptr<deadline> a;
    a = std::make_unique<deadline>(
        all,
        [&]
        {
            passed += 'a';
            b.reset();
            a.reset();
        }
    );
    a->set(now);
    b->set(now);
    loop.run();
    BOOST_TEST((passed == "a" || passed == "ba"));
}

BOOST_AUTO_TEST_CASE(a_callback_may_set_another_time)
{
    int calls = 0;
    std::unique_ptr<deadline> a;
    a = std::make_unique<deadline>(
        all,
        [&]
        {
            if (++calls < 3)
                a->set(now);
        }
    );
    a->set(now);
    loop.run();
    BOOST_TEST(calls == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace deadlines_test
