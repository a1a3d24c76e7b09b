// SPDX-License-Identifier: Apache-2.0
#include "memory_log.hpp"
#include "run_coroutine.hpp"
#include <tcr/runtime/dispatcher.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <map>
#include <memory>
#include <set>
#include <stdexcept>

namespace dispatcher_test
{

namespace asio = boost::asio;

using namespace std::chrono_literals;
using tcr::notifier;
using tcr::task;
using tcr::runtime::cause;
using tcr::runtime::dispatcher;
using tcr::runtime::lane;
using tcr::runtime::work_outcome;
using tcr::runtime::work_queue;
using tcr::test::memory_log;
using key = dispatcher::key;

/// A dispatcher on a loop that the test runs step by step. Retries have no delay.
struct fixture
{
    tcr::runtime::dispatcher_statistics seen() const
    {
        return subject->statistics(std::chrono::steady_clock::now());
    }

    static work_queue::options make_options()
    {
        work_queue::options how;
        how.retry = {0ms, 0ms};
        return how;
    }

    memory_log log;
    std::vector<key> begun;
    std::vector<key> ended;
    std::set<key> at_work;
    std::size_t most_at_work = 0;
    std::map<key, std::unique_ptr<notifier>> gates;  ///< runs of these keys wait until their gate opens
    std::function<void(key)> in_run = [](key) {};
    std::map<key, work_outcome> outcomes;  ///< outcome of a key's next run; later runs succeed
    int turns_to_clean_up = 0;
    std::unique_ptr<dispatcher> subject;
    std::unique_ptr<tcr::test::hand_run> run;

    /// A run of a key: records the start, waits for the key's gate if the key has a gate, and records the
    /// end.
    task<work_outcome> reconcile(key which)
    {
        begun.push_back(which);
        BOOST_TEST(at_work.insert(which).second, "two runs of one key at a time");
        most_at_work = std::max(most_at_work, at_work.size());
        if (auto const gate = gates.find(which); gate != gates.end())
        {
            co_await gate->second->wait();
            auto const state = co_await asio::this_coro::cancellation_state;
            if (state.cancelled() != asio::cancellation_type::none)
            {
                co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
                auto executor = co_await asio::this_coro::executor;
                for (int i = 0; i < turns_to_clean_up; ++i)
                    co_await asio::post(executor, asio::use_awaitable);
                at_work.erase(which);
                ended.push_back(which);
                throw boost::system::system_error(asio::error::operation_aborted);
            }
        }
        at_work.erase(which);
        in_run(which);
        ended.push_back(which);
        work_outcome outcome;
        if (auto const next = outcomes.find(which); next != outcomes.end())
        {
            outcome = next->second;
            outcomes.erase(next);
        }
        co_return outcome;
    }

    /// Creates and starts the dispatcher. A coroutine creates it, because the dispatcher needs the loop of
    /// `run`.
    void start(std::size_t max_in_flight, std::vector<key> gated = {})
    {
        run = std::make_unique<tcr::test::hand_run>(
            [this, max_in_flight, gated]() -> task<void>
            {
                auto executor = co_await asio::this_coro::executor;
                for (auto which : gated)
                    gates[which] = std::make_unique<notifier>(executor);
                dispatcher::reconciler reconciler = [this](key which) { return reconcile(which); };
                subject = std::make_unique<dispatcher>(
                    executor, make_options(), max_in_flight, std::move(reconciler), log.log
                );
                co_await subject->run();
            }
        );
    }

    /// Cancels the dispatcher's coroutine `run()` and starts it again.
    void rerun()
    {
        run->cancel();
        BOOST_TEST_REQUIRE(run->turn());
        BOOST_TEST(at_work.empty());
        run->start([this] { return subject->run(); });
    }

    void add(key which, lane where = lane::fresh) { subject->add(which, where, cause::change); }

    void open_gate(key which)
    {
        gates.at(which)->notify();
        run->turn();
    }

    ~fixture()
    {
        if (run && !run->has_ended())
        {
            run->cancel();
            BOOST_TEST(run->turn());
        }
        // These objects use the loop, so they must be destroyed before the loop.
        subject.reset();
        gates.clear();
    }
};

/// The outcome of a run whose request the server refused because of an overload.
work_outcome pushed_back(std::chrono::milliseconds retry_after)
{
    work_outcome outcome;
    outcome.how = work_outcome::end::failed;
    outcome.retry_after = retry_after;
    outcome.pushed_back = tcr::runtime::push_back::asked;
    return outcome;
}

using keys = std::vector<key>;

BOOST_FIXTURE_TEST_SUITE(dispatching, fixture)

BOOST_AUTO_TEST_CASE(nothing_runs_before_it_is_open)
{
    start(4);
    add(1);
    add(2);
    run->turn();
    BOOST_TEST(begun.empty());
    BOOST_TEST(!subject->is_idle());
    subject->open();
    run->turn();
    BOOST_TEST((ended == keys{1, 2}));
    BOOST_TEST(subject->is_idle());
}

BOOST_AUTO_TEST_CASE(a_key_added_later_runs_at_once)
{
    start(1);
    subject->open();
    run->turn();
    BOOST_TEST(subject->is_idle());
    add(7);
    run->turn();
    BOOST_TEST((ended == keys{7}));
    add(7);
    run->turn();
    BOOST_TEST((ended == keys{7, 7}));
}

BOOST_AUTO_TEST_CASE(no_more_than_the_limit_are_in_flight_and_an_end_makes_room)
{
    start(2, {1, 2, 3, 4, 5});
    subject->open();
    for (key each = 1; each <= 5; ++each)
        add(each);
    run->turn();
    BOOST_TEST((begun == keys{1, 2}));
    open_gate(2);
    BOOST_TEST((begun == keys{1, 2, 3}));
    open_gate(1);
    BOOST_TEST((begun == keys{1, 2, 3, 4}));
    gates.at(3)->notify();
    gates.at(4)->notify();
    run->turn();
    BOOST_TEST((begun == keys{1, 2, 3, 4, 5}));
    BOOST_TEST(!subject->is_idle());
    open_gate(5);
    BOOST_TEST(most_at_work == 2u);
    BOOST_TEST((ended == keys{2, 1, 3, 4, 5}));
    BOOST_TEST(subject->is_idle());
}

BOOST_AUTO_TEST_CASE(many_keys_that_end_at_once_all_run)
{
    start(3);
    subject->open();
    for (key each = 0; each < 1000; ++each)
        add(each, each % 2 == 0 ? lane::bulk : lane::fresh);
    run->turn();
    BOOST_TEST(ended.size() == 1000u);
    BOOST_TEST(subject->is_idle());
}

BOOST_AUTO_TEST_CASE(a_key_added_during_its_run_runs_again_alone)
{
    start(4, {1});
    subject->open();
    add(1);
    run->turn();
    add(1);
    add(1);
    run->turn();
    BOOST_TEST((begun == keys{1}));
    open_gate(1);
    BOOST_TEST((begun == keys{1, 1}));
    open_gate(1);
    BOOST_TEST((ended == keys{1, 1}));
    BOOST_TEST(subject->is_idle());
}

BOOST_AUTO_TEST_CASE(a_run_may_add_its_own_key_and_others)
{
    start(2);
    in_run = [this](key which)
    {
        if (begun.size() < 6)
        {
            add(which);
            add(which + 1);
        }
    };
    subject->open();
    add(1);
    run->turn();
    BOOST_TEST(begun.size() >= 6u);
    BOOST_TEST(begun.size() == ended.size());
    BOOST_TEST(subject->is_idle());
}

BOOST_AUTO_TEST_CASE(an_exception_is_a_failure_of_its_key_and_is_tried_again)
{
    start(2, {5});
    int thrown = 0;
    in_run = [&](key which)
    {
        if (which == 1 && thrown < 3)
        {
            BOOST_TEST(subject->history(1).failures == static_cast<unsigned>(thrown));
            ++thrown;
            throw std::runtime_error("a bug");
        }
    };
    subject->open();
    add(5);
    add(1);
    add(2);
    for (int i = 0; i < 20; ++i)
        run->turn();
    BOOST_TEST(thrown == 3);
    BOOST_TEST(subject->history(1).failures == 0u);
    BOOST_TEST((std::multiset<key>(ended.begin(), ended.end()) == std::multiset<key>{1, 2}));
    BOOST_TEST(!run->has_ended());
    auto const* const line = "error a run ended with an exception; retrying with backoff error=\"a bug\"";
    BOOST_TEST(log.text().find(line) != std::string::npos);
    // The exception does not affect the run of the other key.
    open_gate(5);
    BOOST_TEST(ended.back() == 5u);
    BOOST_TEST(subject->is_idle());
}

BOOST_AUTO_TEST_CASE(a_system_error_is_a_failure_too)
{
    start(1);
    bool thrown = false;
    in_run = [&](key)
    {
        if (!std::exchange(thrown, true))
            throw boost::system::system_error(asio::error::connection_reset);
    };
    subject->open();
    add(1);
    for (int i = 0; i < 20; ++i)
        run->turn();
    BOOST_TEST((begun == keys{1, 1}));
    BOOST_TEST((ended == keys{1}));
    BOOST_TEST(log.text().find("a run ended with an exception") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_cancellation_before_it_is_open_ends_it)
{
    start(1);
    add(1);
    run->cancel();
    BOOST_TEST(run->turn());
    BOOST_TEST(begun.empty());
}

BOOST_AUTO_TEST_CASE(a_cancellation_stops_what_runs_and_awaits_it)
{
    turns_to_clean_up = 5;
    start(3, {1, 2, 3, 4});
    subject->open();
    for (key each = 1; each <= 4; ++each)
        add(each);
    run->turn();
    BOOST_TEST(at_work.size() == 3u);
    run->cancel();
    for (int i = 0; i < 6; ++i)
        run->step();
    BOOST_TEST(!run->has_ended());
    BOOST_TEST(run->turn());
    BOOST_TEST(at_work.empty());
    BOOST_TEST((std::set<key>(ended.begin(), ended.end()) == std::set<key>{1, 2, 3}));
    BOOST_TEST(begun.size() == 3u);  // no fourth run begins during the cancellation
}

BOOST_AUTO_TEST_CASE(a_second_cancellation_still_awaits_what_runs)
{
    turns_to_clean_up = 40;
    start(2, {1, 2});
    subject->open();
    add(1);
    add(2);
    run->turn();
    for (int times = 0; times < 3; ++times)
    {
        run->cancel();
        for (int i = 0; i < 6; ++i)
            run->step();
        BOOST_TEST(!run->has_ended());
    }
    BOOST_TEST(run->turn());
    BOOST_TEST(at_work.empty());
}

BOOST_AUTO_TEST_CASE(a_run_that_ends_well_despite_its_cancellation_is_awaited)
{
    start(2, {1});
    subject->open();
    add(1);
    run->turn();
    gates.at(1)->notify();
    run->cancel();
    BOOST_TEST(run->turn());
    BOOST_TEST(at_work.empty());
}

BOOST_AUTO_TEST_CASE(closed_it_begins_no_further_run)
{
    start(1, {1});
    subject->open();
    for (key each = 1; each <= 3; ++each)
        add(each);
    run->turn();
    BOOST_TEST((begun == keys{1}));
    subject->close();
    open_gate(1);
    BOOST_TEST((ended == keys{1}));
    add(4);
    run->turn();
    BOOST_TEST((begun == keys{1}));
    BOOST_TEST(subject->in_flight() == 0u);
}

BOOST_AUTO_TEST_CASE(closed_during_a_run_that_fails_it_does_not_try_again)
{
    start(1, {1});
    in_run = [](key) { throw std::runtime_error("too late to matter"); };
    subject->open();
    add(1);
    run->turn();
    subject->close();
    open_gate(1);
    for (int i = 0; i < 5; ++i)
        run->turn();
    BOOST_TEST((begun == keys{1}));
    BOOST_TEST(subject->in_flight() == 0u);
}

BOOST_AUTO_TEST_CASE(a_second_run_continues_interrupted_and_waiting_keys)
{
    start(1, {1});
    subject->open();
    add(1);
    add(2);
    run->turn();
    BOOST_TEST((begun == keys{1}));
    rerun();
    for (int i = 0; i < 5; ++i)
        run->turn();
    BOOST_TEST((std::multiset<key>(begun.begin(), begun.end()) == std::multiset<key>{1, 1, 2}));
    BOOST_TEST(subject->history(1).failures == 0u);
    BOOST_TEST(log.text().empty(), log.text());
    open_gate(1);
    run->turn();
    BOOST_TEST(subject->is_idle());
}

BOOST_AUTO_TEST_CASE(an_overloaded_server_gets_fewer_requests)
{
    outcomes[1] = pushed_back(0ms);
    start(4, {1, 2, 3, 4, 5, 6, 7, 8});
    subject->open();
    for (key each = 1; each <= 8; ++each)
        add(each);
    run->turn();
    BOOST_TEST((begun == keys{1, 2, 3, 4}));
    BOOST_TEST(seen().limit == 4u);
    open_gate(1);
    BOOST_TEST(seen().limit == 2u);
    BOOST_TEST(begun.size() == 4u);
    open_gate(2);
    BOOST_TEST(begun.size() == 4u);
    open_gate(3);
    BOOST_TEST((begun == keys{1, 2, 3, 4, 5}));
    BOOST_TEST(subject->in_flight() == 2u);
}

BOOST_AUTO_TEST_CASE(successes_raise_the_limit_again)
{
    outcomes[0] = pushed_back(0ms);
    start(2);
    subject->open();
    add(0);
    run->turn();
    BOOST_TEST(seen().limit == 1u);
    // Runs that send no request do not raise the limit, because they do not show whether the server is
    // overloaded.
    for (key each = 1; each <= 100; ++each)
        add(each);
    run->turn();
    BOOST_TEST(seen().limit == 1u);
    for (key each = 1; each <= 100; ++each)
    {
        outcomes[each].how = work_outcome::end::wrote;
        add(each);
    }
    run->turn();
    BOOST_TEST(seen().limit == 2u);
}

BOOST_AUTO_TEST_CASE(no_run_begins_during_a_pause_that_the_server_asked_for)
{
    outcomes[1] = pushed_back(1h);
    start(2, {1, 2});
    subject->open();
    for (key each = 1; each <= 4; ++each)
        add(each);
    run->turn();
    BOOST_TEST((begun == keys{1, 2}));
    open_gate(1);
    add(5);
    run->turn();
    open_gate(2);
    add(6);
    for (int i = 0; i < 5; ++i)
        run->turn();
    BOOST_TEST((begun == keys{1, 2}));
    BOOST_TEST((ended == keys{1, 2}));
    BOOST_TEST(subject->queue().ready() == 4u);
    // While the dispatcher waits for the end of the pause, the loop has no work.
    BOOST_TEST(!run->step());
}

BOOST_AUTO_TEST_CASE(runs_resume_at_the_end_of_the_pause)
{
    outcomes[1] = pushed_back(1ms);
    start(2);
    subject->open();
    for (key each = 1; each <= 4; ++each)
        add(each);
    auto const limit = std::chrono::steady_clock::now() + 10s;
    while (!subject->is_idle() && std::chrono::steady_clock::now() < limit)
        run->turn();
    BOOST_TEST((std::multiset<key>(ended.begin(), ended.end()) == std::multiset<key>{1, 1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(cancelled_in_a_pause_it_ends)
{
    outcomes[1] = pushed_back(1h);
    start(1);
    subject->open();
    add(1);
    add(2);
    run->turn();
    rerun();
    run->turn();
    BOOST_TEST((begun == keys{1}));
}

BOOST_AUTO_TEST_CASE(after_an_interrupted_run_no_other_begins_for_a_while)
{
    outcomes[1].how = work_outcome::end::interrupted;
    start(1, {1});
    subject->open();
    for (key each = 1; each <= 3; ++each)
        add(each);
    run->turn();
    open_gate(1);
    for (int i = 0; i < 5; ++i)
        run->turn();
    BOOST_TEST((begun == keys{1}));
    BOOST_TEST(subject->history(1).failures == 0u);
    BOOST_TEST(seen().limit == 1u);
}

BOOST_AUTO_TEST_CASE(an_unfinished_run_is_a_success_and_its_key_runs_again_after_the_others)
{
    start(1);
    subject->open();
    outcomes[1].how = work_outcome::end::unfinished;
    for (key each = 1; each <= 3; ++each)
        add(each, lane::bulk);
    run->turn();
    BOOST_TEST((ended == keys{1, 2, 3, 1}));
    BOOST_TEST(seen().results.succeeded == 4u);
    BOOST_TEST(subject->is_idle());
}

BOOST_AUTO_TEST_CASE(it_counts_its_work)
{
    outcomes[1].how = work_outcome::end::conflicted;
    start(1, {2});
    BOOST_TEST((seen().longest_running == 0s));
    subject->open();
    add(1);
    add(2);
    add(2);
    add(3);
    BOOST_TEST(subject->queue().ready() == 3u);
    run->turn();
    BOOST_TEST((begun == keys{1, 2}));
    BOOST_TEST(subject->queue().retries() == 1u);
    BOOST_TEST(seen().runs.count() == 1u);
    BOOST_TEST(subject->queue().waits().count() == 2u);
    BOOST_TEST((subject->statistics(std::chrono::steady_clock::now() + 10s).longest_running >= 10s));
    open_gate(2);
    for (int i = 0; i < 5; ++i)
        run->turn();
    BOOST_TEST(subject->is_idle());
    BOOST_TEST(subject->queue().adds() == 4u);
    BOOST_TEST(seen().runs.count() == 4u);
    BOOST_TEST(subject->queue().waits().count() == 4u);
    BOOST_TEST(subject->in_flight() == 0u);
    BOOST_TEST((seen().longest_running == 0s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dispatcher_test
