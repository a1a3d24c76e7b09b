// SPDX-License-Identifier: Apache-2.0
#include "run_coroutine.hpp"
#include <tcr/util/notifier.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace task_group_test
{

using tcr::notifier;
using tcr::task;
using tcr::task_group;
using tcr::test::hand_run;
using tcr::test::run_coroutine;

namespace asio = boost::asio;

task<void> turns(int count)
{
    auto executor = co_await asio::this_coro::executor;
    for (int i = 0; i < count; ++i)
        co_await asio::post(executor, asio::use_awaitable);
}

task<void> count_after(int turns_before, int& count)
{
    co_await turns(turns_before);
    ++count;
}

task<void> count_at_once(int& count)
{
    ++count;
    co_return;
}

task<void> count_after_notice(notifier& news, int& count)
{
    co_await news.wait();
    ++count;
}

task<void> throw_after(int turns_before, std::string text)
{
    co_await turns(turns_before);
    throw std::runtime_error(text);
}

task<void> throw_at_once(std::string text)
{
    throw std::runtime_error(text);
    co_return;
}

/// Waits until cancelled, then cleans up for some turns of the loop, then throws the cancellation error.
task<void> wait_for_cancellation(int turns_to_clean_up, int& cleaned_up)
{
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, asio::steady_timer::time_point::max());
    co_await timer.async_wait(tcr::use_tuple);
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await turns(turns_to_clean_up);
    ++cleaned_up;
    throw boost::system::system_error(asio::error::operation_aborted);
}

/// Waits until cancelled, then throws an error with `text` instead of the cancellation error.
task<void> fail_when_cancelled(std::string text)
{
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, asio::steady_timer::time_point::max());
    co_await timer.async_wait(tcr::use_tuple);
    throw std::runtime_error(text);
}

task<void> throw_aborted()
{
    co_await turns(1);
    throw boost::system::system_error(asio::error::operation_aborted);
}

task<std::string> text_thrown_by_join(task_group& group)
{
    try
    {
        co_await group.join();
    }
    catch (std::runtime_error const& e)
    {
        co_return e.what();
    }
    co_return "nothing";
}

BOOST_AUTO_TEST_SUITE(groups)

BOOST_AUTO_TEST_CASE(join_returns_at_once_without_children)
{
    hand_run run(
        []() -> task<void>
        {
            task_group group(co_await asio::this_coro::executor);
            co_await group.join();
        }
    );
    BOOST_TEST(run.has_ended());
    BOOST_TEST((run.failure() == nullptr));
}

BOOST_AUTO_TEST_CASE(join_waits_for_the_last_child)
{
    std::vector<notifier*> gates;
    int count = 0;
    hand_run run(
        [&]() -> task<void>
        {
            auto executor = co_await asio::this_coro::executor;
            notifier first(executor);
            notifier second(executor);
            notifier third(executor);
            gates = {&first, &second, &third};
            task_group group(executor);
            for (auto* gate : gates)
                group.spawn(count_after_notice(*gate, count));
            BOOST_TEST(group.size() == 3u);
            co_await group.join();
            BOOST_TEST(group.size() == 0u);
        }
    );
    gates[1]->notify();
    BOOST_TEST(!run.turn());
    gates[0]->notify();
    BOOST_TEST(!run.turn());
    BOOST_TEST(count == 2);
    gates[2]->notify();
    BOOST_TEST(run.turn());
    BOOST_TEST((run.failure() == nullptr));
    BOOST_TEST(count == 3);
}

BOOST_AUTO_TEST_CASE(children_that_end_at_once_are_awaited_too)
{
    run_coroutine(
        []() -> task<void>
        {
            int count = 0;
            task_group group(co_await asio::this_coro::executor);
            for (int i = 0; i < 10; ++i)
                group.spawn(count_at_once(count));
            co_await group.join();
            BOOST_TEST(count == 10);
            BOOST_TEST(group.size() == 0u);
        }
    );
}

BOOST_AUTO_TEST_CASE(a_child_that_throws_at_once_fails_the_join)
{
    run_coroutine(
        []() -> task<void>
        {
            int cleaned_up = 0;
            task_group group(co_await asio::this_coro::executor);
            group.spawn(wait_for_cancellation(0, cleaned_up));
            group.spawn(throw_at_once("at once"));
            group.spawn(wait_for_cancellation(3, cleaned_up));
            auto const thrown = co_await text_thrown_by_join(group);
            BOOST_TEST(thrown == "at once");
            BOOST_TEST(cleaned_up == 2);
        }
    );
}

BOOST_AUTO_TEST_CASE(many_children_of_all_sorts_are_awaited)
{
    run_coroutine(
        []() -> task<void>
        {
            int count = 0;
            task_group group(co_await asio::this_coro::executor);
            for (int i = 0; i < 2000; ++i)
            {
                if (i % 3 == 0)
                    group.spawn(count_at_once(count));
                else
                    group.spawn(count_after(i % 7, count));
            }
            co_await group.join();
            BOOST_TEST(count == 2000);
        }
    );
}

BOOST_AUTO_TEST_CASE(the_first_exception_stops_the_siblings_and_is_the_one_thrown)
{
    run_coroutine(
        []() -> task<void>
        {
            int cleaned_up = 0;
            task_group group(co_await asio::this_coro::executor);
            group.spawn(wait_for_cancellation(5, cleaned_up));
            group.spawn(fail_when_cancelled("third"));
            group.spawn(throw_after(2, "second"));
            group.spawn(throw_after(1, "first"));
            for (int i = 0; i < 50; ++i)
                group.spawn(wait_for_cancellation(i % 5, cleaned_up));
            auto const thrown = co_await text_thrown_by_join(group);
            BOOST_TEST(thrown == "first");
            BOOST_TEST(cleaned_up == 51);
            BOOST_TEST(group.size() == 0u);
        }
    );
}

BOOST_AUTO_TEST_CASE(an_exception_before_the_join_is_kept_for_it)
{
    run_coroutine(
        []() -> task<void>
        {
            task_group group(co_await asio::this_coro::executor);
            group.spawn(throw_after(1, "early"));
            co_await turns(10);
            BOOST_TEST(group.size() == 0u);
            auto thrown = co_await text_thrown_by_join(group);
            BOOST_TEST(thrown == "early");
            thrown = co_await text_thrown_by_join(group);
            BOOST_TEST(thrown == "nothing");
        }
    );
}

BOOST_AUTO_TEST_CASE(a_group_can_be_used_again_after_a_failure)
{
    run_coroutine(
        []() -> task<void>
        {
            int count = 0;
            task_group group(co_await asio::this_coro::executor);
            group.spawn(throw_after(1, "once"));
            auto const thrown = co_await text_thrown_by_join(group);
            BOOST_TEST(thrown == "once");
            group.spawn(count_after(3, count));
            co_await group.join();
            BOOST_TEST(count == 1);
        }
    );
}

BOOST_AUTO_TEST_CASE(the_abort_of_a_child_is_no_failure_of_the_group)
{
    run_coroutine(
        []() -> task<void>
        {
            int count = 0;
            task_group group(co_await asio::this_coro::executor);
            group.spawn(throw_aborted());
            group.spawn(count_after(10, count));
            co_await group.join();
            BOOST_TEST(count == 1);
        }
    );
}

BOOST_AUTO_TEST_CASE(cancelling_the_group_ends_the_children_and_not_the_joiner)
{
    run_coroutine(
        []() -> task<void>
        {
            int cleaned_up = 0;
            task_group group(co_await asio::this_coro::executor);
            for (int i = 0; i < 5; ++i)
                group.spawn(wait_for_cancellation(i, cleaned_up));
            group.cancel();
            co_await group.join();
            BOOST_TEST(cleaned_up == 5);
            co_await turns(1);
        }
    );
}

task<void> cancel_after_a_turn(task_group& group)
{
    co_await turns(1);
    group.cancel();
}

BOOST_AUTO_TEST_CASE(a_child_may_cancel_its_group)
{
    run_coroutine(
        []() -> task<void>
        {
            int cleaned_up = 0;
            task_group group(co_await asio::this_coro::executor);
            group.spawn(wait_for_cancellation(1, cleaned_up));
            group.spawn(cancel_after_a_turn(group));
            group.spawn(wait_for_cancellation(0, cleaned_up));
            co_await group.join();
            BOOST_TEST(cleaned_up == 2);
        }
    );
}

task<void> spawn_chain(task_group& group, int left, int& count)
{
    co_await turns(1);
    ++count;
    if (left > 0)
        group.spawn(spawn_chain(group, left - 1, count));
}

BOOST_AUTO_TEST_CASE(children_started_by_children_are_awaited)
{
    run_coroutine(
        []() -> task<void>
        {
            int count = 0;
            task_group group(co_await asio::this_coro::executor);
            group.spawn(spawn_chain(group, 20, count));
            co_await group.join();
            BOOST_TEST(count == 21);
        }
    );
}

BOOST_AUTO_TEST_CASE(cancelling_the_joiner_ends_the_children_before_join_throws)
{
    int cleaned_up = 0;
    int cleaned_up_at_join = -1;
    hand_run run(
        [&]() -> task<void>
        {
            task_group group(co_await asio::this_coro::executor);
            for (int i = 0; i < 8; ++i)
                group.spawn(wait_for_cancellation(i, cleaned_up));
            try
            {
                co_await group.join();
            }
            catch (...)
            {
                cleaned_up_at_join = cleaned_up;
                throw;
            }
        }
    );
    BOOST_TEST(!run.has_ended());
    run.cancel();
    BOOST_TEST(cleaned_up == 0);
    BOOST_TEST_REQUIRE(run.turn());
    BOOST_TEST(cleaned_up_at_join == 8);
    BOOST_TEST(run.was_aborted());
}

BOOST_AUTO_TEST_CASE(a_second_cancellation_does_not_make_join_leave_children_behind)
{
    int cleaned_up = 0;
    int cleaned_up_at_join = -1;
    hand_run run(
        [&]() -> task<void>
        {
            task_group group(co_await asio::this_coro::executor);
            group.spawn(wait_for_cancellation(20, cleaned_up));
            try
            {
                co_await group.join();
            }
            catch (...)
            {
                cleaned_up_at_join = cleaned_up;
            }
            while (group.size() > 0)  // waits for the remaining children, which must not outlive the group
            {
                co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
                co_await turns(1);
            }
        }
    );
    for (int times = 0; times < 3; ++times)
    {
        run.cancel();
        for (int i = 0; i < 4; ++i)
            run.step();
        BOOST_TEST(!run.has_ended());
    }
    BOOST_TEST_REQUIRE(run.turn());
    BOOST_TEST(cleaned_up_at_join == 1);
}

BOOST_AUTO_TEST_CASE(a_failure_while_stopping_is_thrown_rather_than_the_abort)
{
    std::string thrown;
    hand_run run(
        [&]() -> task<void>
        {
            task_group group(co_await asio::this_coro::executor);
            group.spawn(fail_when_cancelled("cannot stop"));
            thrown = co_await text_thrown_by_join(group);
        }
    );
    run.cancel();
    BOOST_TEST_REQUIRE(run.turn());
    BOOST_TEST(thrown == "cannot stop");
}

task<void> join_a_group_of_its_own(int& cleaned_up)
{
    task_group group(co_await asio::this_coro::executor);
    group.spawn(wait_for_cancellation(4, cleaned_up));
    group.spawn(wait_for_cancellation(0, cleaned_up));
    co_await group.join();
}

BOOST_AUTO_TEST_CASE(cancellation_reaches_the_groups_of_children)
{
    int cleaned_up = 0;
    hand_run run(
        [&]() -> task<void>
        {
            task_group group(co_await asio::this_coro::executor);
            group.spawn(join_a_group_of_its_own(cleaned_up));
            group.spawn(join_a_group_of_its_own(cleaned_up));
            co_await group.join();
        }
    );
    run.cancel();
    BOOST_TEST_REQUIRE(run.turn());
    BOOST_TEST(cleaned_up == 4);
    BOOST_TEST(run.was_aborted());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(notices)

BOOST_AUTO_TEST_CASE(a_notification_before_the_wait_is_kept_once)
{
    int count = 0;
    notifier* news = nullptr;
    hand_run run(
        [&]() -> task<void>
        {
            notifier own(co_await asio::this_coro::executor);
            news = &own;
            own.notify();
            own.notify();
            co_await own.wait();
            ++count;
            co_await own.wait();
            ++count;
        }
    );
    BOOST_TEST(count == 1);
    BOOST_TEST(!run.has_ended());
    news->notify();
    BOOST_TEST(run.turn());
    BOOST_TEST(count == 2);
}

BOOST_AUTO_TEST_CASE(a_wait_ends_at_its_deadline)
{
    run_coroutine(
        []() -> task<void>
        {
            notifier own(co_await asio::this_coro::executor);
            co_await own.wait_until(std::chrono::steady_clock::time_point::min());
            co_await own.wait_until(std::chrono::steady_clock::now());
        }
    );
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_ends)
{
    bool went_on = false;
    hand_run run(
        [&]() -> task<void>
        {
            notifier own(co_await asio::this_coro::executor);
            co_await own.wait();
            co_await turns(1);
            went_on = true;
        }
    );
    BOOST_TEST(!run.has_ended());
    run.cancel();
    BOOST_TEST(run.turn());
    BOOST_TEST(run.was_aborted());
    BOOST_TEST(!went_on);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace task_group_test
