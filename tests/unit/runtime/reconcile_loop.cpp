// SPDX-License-Identifier: Apache-2.0
#include "run_coroutine.hpp"
#include <tcr/runtime/reconcile_loop.hpp>

#include <boost/test/unit_test.hpp>

#include <deque>
#include <stdexcept>

namespace reconcile_loop_test
{

using namespace std::chrono_literals;
using tcr::task;
using tcr::runtime::next_reconcile;
using tcr::runtime::reconcile_loop;

auto const never = std::chrono::steady_clock::time_point::max();
constexpr std::chrono::steady_clock::time_point at_once{};

/// A reconcile loop whose event loop the test runs step by step. Each reconcile returns the next entry of
/// `answers`. If `answers` is empty, a reconcile requests no further reconcile.
struct fixture
{
    fixture() : run([this] { return begin(); }) {}
    ~fixture()
    {
        run.cancel();
        run.turn();
        // The subject has a timer, so it must be destroyed before the event loop.
        subject.reset();
    }

    task<void> begin()
    {
        subject.emplace(
            co_await tcr::asio::this_coro::executor, [this] { return reconcile(); }, retry
        );
        co_return;
    }

    void start()
    {
        run.start([this] { return subject->run(); });
    }

    task<next_reconcile> reconcile()
    {
        ++reconciles;
        if (fails)
            throw std::runtime_error("broken");
        next_reconcile next{never};
        if (!answers.empty())
        {
            next = answers.front();
            answers.pop_front();
        }
        co_return next;
    }

    static constexpr tcr::backoff_policy no_delay{0ms, 0ms};

    tcr::backoff_policy retry = no_delay;
    std::deque<next_reconcile> answers;
    std::optional<reconcile_loop> subject;
    int reconciles = 0;
    bool fails = false;
    tcr::test::hand_run run;
};

BOOST_FIXTURE_TEST_SUITE(reconcile_loop_, fixture)

BOOST_AUTO_TEST_CASE(it_reconciles_at_its_start_and_then_waits)
{
    start();
    run.turn();
    BOOST_TEST(reconciles == 1);
}

BOOST_AUTO_TEST_CASE(each_trigger_while_it_waits_reconciles_once)
{
    start();
    for (int expected = 2; expected <= 4; ++expected)
    {
        subject->trigger();
        subject->trigger();
        run.turn();
        BOOST_TEST(reconciles == expected);
    }
}

BOOST_AUTO_TEST_CASE(a_trigger_before_the_start_reconciles_once_more)
{
    subject->trigger();
    start();
    BOOST_TEST(reconciles == 2);
}

BOOST_AUTO_TEST_CASE(it_reconciles_again_at_the_time_that_was_asked_for)
{
    answers = {{at_once}, {at_once}};
    start();
    BOOST_TEST(reconciles == 3);
}

BOOST_AUTO_TEST_CASE(a_failed_reconcile_is_retried_without_a_trigger)
{
    answers = {{never, true}, {never, true}};
    start();
    while (reconciles < 3 && run.loop().run_one_for(5s) > 0)
        ;
    BOOST_TEST(reconciles == 3);
}

BOOST_AUTO_TEST_CASE(only_a_trigger_at_once_ends_a_backoff)
{
    retry = {1h, 1h};
    answers = {{never, true}};
    run.start([this] { return begin(); });
    start();
    subject->trigger();
    run.turn();
    BOOST_TEST(reconciles == 1);
    subject->trigger_at_once();
    run.turn();
    // `trigger_at_once` starts the second reconcile. A third one follows, because a trigger during a
    // reconcile requests another reconcile.
    BOOST_TEST(reconciles == 3);
}

BOOST_AUTO_TEST_CASE(a_cancelled_backoff_ends_the_loop)
{
    retry = {1h, 1h};
    answers = {{never, true}};
    run.start([this] { return begin(); });
    start();
    run.cancel();
    BOOST_TEST(run.turn());
    BOOST_TEST(reconciles == 1);
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_is_not_followed_by_a_reconcile)
{
    start();
    run.cancel();
    BOOST_TEST(run.turn());
    BOOST_TEST(reconciles == 1);
}

BOOST_AUTO_TEST_CASE(an_exception_ends_it)
{
    fails = true;
    start();
    BOOST_TEST(run.has_ended());
    BOOST_CHECK_THROW(std::rethrow_exception(run.failure()), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace reconcile_loop_test
