// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/work_queue.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace work_queue_test
{

using namespace std::chrono_literals;
using tcr::runtime::cause;
using tcr::runtime::lane;
using tcr::runtime::pace;
using tcr::runtime::share;
using tcr::runtime::work_outcome;
using tcr::runtime::work_queue;
using key = work_queue::key;
using time_point = work_queue::time_point;
using end = work_outcome::end;

/// A queue with a simulated clock and without jitter. Without jitter, each delay is half of the full delay.
struct fixture
{
    static work_queue::options make_options()
    {
        work_queue::options how;
        how.retry = {200ms, 6400ms};
        how.contention = {2s, 60s};
        how.free_repairs = 3;
        how.calm_period = 120s;
        how.patient_failures = 3;
        return how;
    }

    work_queue queue{make_options()};
    time_point now = time_point{} + 1h;

    void add(key which, lane where = lane::fresh, cause why = cause::change)
    {
        queue.add(which, where, why, now, 0.0);
    }

    std::optional<key> take(share from) { return queue.take(from, now); }

    /// Takes a key of the healthy share, or of the slow share if no healthy key is ready.
    std::optional<key> take()
    {
        auto const healthy = take(share::healthy);
        return healthy ? healthy : take(share::slow);
    }

    void done(
        key which, end how = end::settled, std::chrono::milliseconds retry_after = 0ms, pace ran = pace::quick
    )
    {
        work_outcome outcome;
        outcome.how = how;
        outcome.retry_after = retry_after;
        queue.done(which, outcome, ran, now, 0.0);
    }

    /// Runs all keys that are ready. Each run succeeds. \return the keys in the order of their runs
    std::vector<key> run_all()
    {
        std::vector<key> ran;
        while (auto const next = take())
        {
            ran.push_back(*next);
            done(*next);
        }
        return ran;
    }

    /// Runs the key once. The key must be the next in the queue.
    void run(key which, end how)
    {
        auto const next = take();
        BOOST_TEST_REQUIRE(next.has_value());
        BOOST_TEST_REQUIRE(*next == which);
        done(which, how);
    }

    /// The time until the next delayed key is due.
    std::chrono::milliseconds until_due() const
    {
        return std::chrono::duration_cast<std::chrono::milliseconds>(queue.next_due() - now);
    }

    bool is_idle() const { return queue.ready() == 0 && queue.delayed() == 0; }
};

using keys = std::vector<key>;

BOOST_FIXTURE_TEST_SUITE(queueing, fixture)

BOOST_AUTO_TEST_CASE(an_empty_queue_has_nothing_to_run_and_nothing_due)
{
    BOOST_TEST(!take().has_value());
    BOOST_TEST((queue.next_due() == time_point::max()));
    BOOST_TEST(is_idle());
    BOOST_TEST(queue.failures(12345) == 0u);
}

BOOST_AUTO_TEST_CASE(keys_run_in_the_order_they_were_added)
{
    for (key each : {5u, 0u, 1000u, 3u})
        add(each);
    BOOST_TEST(queue.ready() == 4u);
    BOOST_TEST((run_all() == keys{5, 0, 1000, 3}));
    BOOST_TEST(is_idle());
}

BOOST_AUTO_TEST_CASE(a_waiting_key_is_not_queued_twice)
{
    add(1);
    add(2);
    add(1);
    add(1, lane::bulk);
    add(1, lane::fresh, cause::drift);
    BOOST_TEST(queue.ready() == 2u);
    BOOST_TEST((run_all() == keys{1, 2}));
}

BOOST_AUTO_TEST_CASE(a_running_key_is_not_taken_again)
{
    add(1);
    BOOST_TEST(take().value() == 1u);
    add(1);
    BOOST_TEST(queue.ready() == 0u);
    BOOST_TEST(!take().has_value());
}

BOOST_AUTO_TEST_CASE(a_key_added_during_its_run_runs_once_more_afterwards)
{
    add(1);
    BOOST_TEST(take().value() == 1u);
    add(1);
    add(1);
    add(1, lane::bulk, cause::drift);
    add(2);
    done(1);
    BOOST_TEST((run_all() == keys{2, 1}));
    BOOST_TEST(is_idle());
}

BOOST_AUTO_TEST_CASE(the_run_afterwards_stands_in_the_better_lane_it_was_asked_for_in)
{
    add(1);
    take();
    add(1, lane::bulk);
    add(1, lane::fresh);
    add(1, lane::bulk);
    add(2, lane::bulk);
    done(1);
    BOOST_TEST((run_all() == keys{1, 2}));
}

BOOST_AUTO_TEST_CASE(fresh_keys_go_before_the_bulk)
{
    for (key each : {10u, 11u, 12u})
        add(each, lane::bulk);
    add(1, lane::fresh);
    BOOST_TEST(take().value() == 1u);
    BOOST_TEST(take().value() == 10u);
    add(2, lane::fresh);
    BOOST_TEST(take().value() == 2u);
    BOOST_TEST(take().value() == 11u);
    BOOST_TEST(take().value() == 12u);
}

BOOST_AUTO_TEST_CASE(a_key_of_the_bulk_moves_up_and_runs_only_once)
{
    for (key each : {10u, 11u, 12u})
        add(each, lane::bulk);
    add(12, lane::fresh);
    BOOST_TEST(queue.ready() == 3u);
    BOOST_TEST((run_all() == keys{12, 10, 11}));
    BOOST_TEST(is_idle());
}

BOOST_AUTO_TEST_CASE(a_fresh_key_does_not_move_down)
{
    add(1, lane::bulk);
    add(2, lane::fresh);
    add(2, lane::bulk);
    BOOST_TEST((run_all() == keys{2, 1}));
}

BOOST_AUTO_TEST_CASE(a_key_that_moved_up_ran_and_came_back_to_the_bulk_runs_once_for_each)
{
    add(10, lane::bulk);
    add(11, lane::bulk);
    add(11, lane::fresh);
    BOOST_TEST(take().value() == 11u);
    done(11);
    add(11, lane::bulk);
    add(11, lane::bulk);
    BOOST_TEST(queue.ready() == 2u);
    BOOST_TEST((run_all() == keys{10, 11}));
    BOOST_TEST(is_idle());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(failing, fixture)

BOOST_AUTO_TEST_CASE(a_change_that_comes_while_a_run_fails_is_tried_at_once)
{
    add(1);
    BOOST_TEST(take().value() == 1u);
    add(1, lane::fresh, cause::change);
    done(1, end::failed);
    BOOST_TEST(take().value() == 1u);
    BOOST_TEST(queue.failures(1) == 1u);
}

BOOST_AUTO_TEST_CASE(a_retry_after_is_obeyed_whatever_changed)
{
    add(1);
    BOOST_TEST(take().value() == 1u);
    add(1, lane::fresh, cause::change);
    done(1, end::failed, 5000ms);
    BOOST_TEST(!take().has_value());
}

BOOST_AUTO_TEST_CASE(a_forgotten_key_inherits_nothing)
{
    add(1);
    BOOST_TEST(take().value() == 1u);
    done(1, end::failed);
    BOOST_TEST(queue.delayed() == 1u);
    queue.forget(1);
    BOOST_TEST(queue.failures(1) == 0u);
    BOOST_TEST(queue.delayed() == 0u);
    now += 1h;
    BOOST_TEST(!take().has_value());
    add(1);
    BOOST_TEST(take().value() == 1u);
}

BOOST_AUTO_TEST_CASE(a_key_forgotten_during_its_run_inherits_nothing)
{
    add(1);
    take();
    queue.forget(1);
    add(1);
    done(1, end::failed, 5000ms, pace::slow);
    BOOST_TEST(queue.failures(1) == 0u);
    BOOST_TEST(queue.slow() == 0u);
    BOOST_TEST_REQUIRE(take(share::healthy).has_value());
    // The next run is of the new object.
    done(1, end::failed);
    BOOST_TEST(queue.failures(1) == 1u);
    BOOST_TEST(queue.delayed() == 1u);
}

BOOST_AUTO_TEST_CASE(a_failed_key_comes_again_later_each_time)
{
    add(1);
    long long const halves[] = {100, 200, 400, 800, 1600, 3200, 3200};
    unsigned count = 0;
    for (auto half : halves)
    {
        run(1, end::failed);
        BOOST_TEST(queue.failures(1) == ++count);
        BOOST_TEST(queue.delayed() == 1u);
        BOOST_TEST(queue.ready() == 0u);
        BOOST_TEST(until_due().count() == half);
        now += std::chrono::milliseconds(half) - 1ms;
        BOOST_TEST(!take().has_value());
        now += 1ms;
    }
    run(1, end::settled);
    BOOST_TEST(queue.failures(1) == 0u);
    BOOST_TEST(is_idle());
    add(1);
    run(1, end::failed);
    BOOST_TEST(until_due().count() == 100);
}

BOOST_AUTO_TEST_CASE(a_write_ends_a_row_of_failures_too)
{
    add(1);
    run(1, end::failed);
    now += 1s;
    run(1, end::wrote);
    BOOST_TEST(queue.failures(1) == 0u);
    BOOST_TEST(is_idle());
}

BOOST_AUTO_TEST_CASE(the_jitter_of_the_caller_spreads_the_delay)
{
    add(1);
    take();
    work_outcome failed;
    failed.how = end::failed;
    queue.done(1, failed, pace::quick, now, 0.5);
    BOOST_TEST(until_due().count() == 150);
}

BOOST_AUTO_TEST_CASE(a_longer_wait_that_the_server_asks_for_is_kept)
{
    add(1);
    take();
    done(1, end::failed, 7s);
    BOOST_TEST(until_due().count() == 7000);
    BOOST_TEST(queue.failures(1) == 1u);
}

BOOST_AUTO_TEST_CASE(a_shorter_wait_that_the_server_asks_for_shortens_nothing)
{
    add(1);
    take();
    done(1, end::failed, 99ms);
    BOOST_TEST(until_due().count() == 100);
}

BOOST_AUTO_TEST_CASE(retries_come_in_the_order_they_are_due_from_the_slow_share)
{
    for (key each : {1u, 2u, 3u})
        add(each);
    for (auto wait : {900ms, 300ms, 600ms})
    {
        auto const next = take();
        done(*next, end::failed, wait);
    }
    add(9, lane::bulk);
    BOOST_TEST(queue.delayed() == 3u);
    BOOST_TEST(until_due().count() == 300);
    now += 1s;
    for (key each : {2u, 3u, 1u})
    {
        BOOST_TEST(take(share::slow).value() == each);
        done(each);
    }
    BOOST_TEST((run_all() == keys{9}));
    BOOST_TEST((queue.next_due() == time_point::max()));
}

BOOST_AUTO_TEST_CASE(more_failures_than_a_byte_counts_do_not_begin_again)
{
    add(1);
    for (int i = 0; i < 300; ++i)
    {
        run(1, end::failed);
        now += 1min;
    }
    BOOST_TEST(queue.failures(1) == 255u);
    run(1, end::failed);
    BOOST_TEST(until_due().count() == 3200);
}

BOOST_AUTO_TEST_CASE(a_change_cuts_any_delay_short)
{
    for (int times = 1; times <= 10; ++times)
    {
        add(1, lane::fresh, cause::change);
        BOOST_TEST(queue.delayed() == 0u);
        run(1, end::failed);
        BOOST_TEST(queue.delayed() == 1u);
    }
    // A change does not reset the number of failures.
    BOOST_TEST(queue.failures(1) == 10u);
}

BOOST_AUTO_TEST_CASE(a_delay_cut_short_is_not_run_a_second_time)
{
    add(1);
    run(1, end::failed);
    add(1, lane::fresh, cause::change);
    run(1, end::settled);
    now += 1min;
    BOOST_TEST(!take().has_value());
    BOOST_TEST(is_idle());
}

BOOST_AUTO_TEST_CASE(a_delay_cut_short_and_begun_anew_counts_from_the_new_failure)
{
    add(1);
    run(1, end::failed);  // due in 100 ms
    now += 50ms;
    add(1);
    run(1, end::failed);  // due in 200 ms
    now += 199ms;
    BOOST_TEST(!take().has_value());
    now += 1ms;
    BOOST_TEST(take().value() == 1u);
}

BOOST_AUTO_TEST_CASE(drift_cuts_a_delay_short_until_patience_ends)
{
    add(1);
    for (unsigned count = 1; count <= 3; ++count)
    {
        run(1, end::failed);
        BOOST_TEST(queue.failures(1) == count);
        add(1, lane::fresh, cause::drift);
        BOOST_TEST(queue.ready() == 1u);
    }
    run(1, end::failed);
    BOOST_TEST(queue.failures(1) == 4u);
    add(1, lane::fresh, cause::drift);
    BOOST_TEST(queue.ready() == 0u);
    BOOST_TEST(queue.delayed() == 1u);
    now += 799ms;
    BOOST_TEST(!take().has_value());
    BOOST_TEST(until_due().count() == 1);
    add(1, lane::fresh, cause::change);
    BOOST_TEST(take().value() == 1u);
}

BOOST_AUTO_TEST_CASE(a_failure_while_asked_for_again_leads_to_one_retry)
{
    add(1);
    take();
    add(1);
    done(1, end::failed);
    BOOST_TEST(queue.ready() + queue.delayed() == 1u);
    now += 1min;
    BOOST_TEST((run_all() == keys{1}));
    BOOST_TEST(is_idle());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(shares, fixture)

BOOST_AUTO_TEST_CASE(a_key_whose_run_took_long_waits_in_the_slow_share_until_a_quick_run_ends_well)
{
    add(1);
    take();
    done(1, end::wrote, 0ms, pace::slow);
    BOOST_TEST(queue.slow() == 1u);
    add(1);
    BOOST_TEST(queue.ready(share::slow) == 1u);
    BOOST_TEST(queue.ready(share::healthy) == 0u);
    BOOST_TEST(!take(share::healthy).has_value());
    BOOST_TEST(take(share::slow).value() == 1u);
    // A quick run that fails does not make the key healthy.
    add(1);
    done(1, end::failed);
    BOOST_TEST(queue.slow() == 1u);
    BOOST_TEST(take(share::slow).value() == 1u);
    done(1, end::wrote);
    BOOST_TEST(queue.slow() == 0u);
    add(1);
    BOOST_TEST(take(share::healthy).value() == 1u);
}

BOOST_AUTO_TEST_CASE(a_retry_runs_from_the_slow_share_and_something_new_of_a_quick_key_from_the_healthy_one)
{
    for (key each : {1u, 2u})
    {
        add(each);
        take();
        done(each, end::failed);
    }
    BOOST_TEST(queue.slow() == 0u);
    add(2, lane::fresh, cause::change);
    BOOST_TEST(take(share::healthy).value() == 2u);
    done(2);
    now += 1s;
    BOOST_TEST(!take(share::healthy).has_value());
    BOOST_TEST(queue.ready(share::slow) == 1u);
    // A change moves a key that waits for its retry to the healthy share.
    add(1, lane::bulk, cause::change);
    BOOST_TEST(queue.ready(share::slow) == 0u);
    BOOST_TEST(!take(share::slow).has_value());
    BOOST_TEST(take(share::healthy).value() == 1u);
}

BOOST_AUTO_TEST_CASE(a_conflict_or_an_interruption_is_retried_from_the_healthy_share)
{
    for (auto how : {end::conflicted, end::interrupted})
    {
        add(1);
        take();
        done(1, how);
        now += 1s;
        BOOST_TEST(take(share::healthy).value() == 1u);
        done(1);
    }
}

BOOST_AUTO_TEST_CASE(an_interrupted_run_leaves_a_slow_key_slow)
{
    add(1);
    take();
    done(1, end::failed, 0ms, pace::slow);
    now += 1s;
    run(1, end::interrupted);
    now += 1s;
    BOOST_TEST(take(share::slow).value() == 1u);
}

BOOST_AUTO_TEST_CASE(a_forgotten_key_is_not_slow)
{
    for (key each : {1u, 2u})
    {
        add(each);
        take();
        done(each, end::failed, 0ms, pace::slow);
    }
    BOOST_TEST(queue.slow() == 2u);
    queue.forget(1);
    BOOST_TEST(queue.slow() == 1u);
    add(1);
    BOOST_TEST(take(share::healthy).value() == 1u);
    queue.forget(2);
    BOOST_TEST(queue.slow() == 0u);
    add(2);
    BOOST_TEST(take(share::healthy).value() == 2u);
}

BOOST_AUTO_TEST_CASE(
    an_unfinished_key_goes_behind_the_bulk_without_delay_and_counts_as_no_failure_and_no_repair
)
{
    for (int times = 0; times < 10; ++times)
    {
        add(1, lane::fresh, cause::drift);
        BOOST_TEST(take().value() == 1u);
        add(2, lane::bulk);
        add(3, lane::bulk);
        add(1);  // a change during the run; the next run handles the change
        done(1, end::unfinished);
        BOOST_TEST(queue.failures(1) == 0u);
        BOOST_TEST(queue.delayed() == 0u);
        add(4, lane::bulk);
        BOOST_TEST((run_all() == keys{2, 3, 1, 4}));
    }
    BOOST_TEST(queue.retries() == 0u);
}

BOOST_AUTO_TEST_CASE(an_unfinished_run_neither_adds_to_failures_nor_forgets_them)
{
    add(1);
    run(1, end::failed);
    now += 1s;
    run(1, end::unfinished);
    BOOST_TEST(queue.failures(1) == 1u);
    run(1, end::settled);
    BOOST_TEST(queue.failures(1) == 0u);
}

BOOST_AUTO_TEST_CASE(a_fresh_key_added_again_while_it_runs_goes_behind_the_other_fresh_ones)
{
    add(1);
    take();
    for (key each : {2u, 3u})
        add(each);
    add(1);
    done(1, end::wrote);
    add(4);
    BOOST_TEST((run_all() == keys{2, 3, 1, 4}));
}

BOOST_AUTO_TEST_CASE(a_key_that_is_edited_all_the_time_does_not_stop_the_bulk)
{
    for (key each = 10; each < 15; ++each)
        add(each, lane::bulk);
    add(1);
    std::vector<int> fresh_before;
    int fresh = 0;
    for (int runs = 0; runs < 100; ++runs)
    {
        auto const next = take().value();
        if (next == 1)
            ++fresh;
        else
            fresh_before.push_back(std::exchange(fresh, 0));
        if (next == 1)
            add(1);
        done(next);
    }
    BOOST_TEST((fresh_before == std::vector<int>{16, 16, 16, 16, 16}));
}

BOOST_AUTO_TEST_CASE(a_wait_that_the_server_asks_for_is_capped)
{
    add(1);
    take();
    done(1, end::failed, 24h);
    BOOST_TEST(until_due().count() == 60'000);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(contention, fixture)

BOOST_AUTO_TEST_CASE(the_first_repairs_are_free_and_the_next_are_slowed_down)
{
    for (int times = 0; times < 4; ++times)
    {
        add(1, lane::fresh, cause::drift);
        BOOST_TEST(queue.ready() == 1u);
        run(1, end::wrote);
        now += 10ms;
    }
    for (long long half : {1000, 2000, 4000, 8000, 16'000, 30'000, 30'000})
    {
        add(1, lane::fresh, cause::drift);
        BOOST_TEST(queue.ready() == 0u);
        BOOST_TEST(queue.delayed() == 1u);
        BOOST_TEST(until_due().count() == half);
        add(1, lane::fresh, cause::drift);  // more drift does not change the delay
        BOOST_TEST(queue.delayed() == 1u);
        BOOST_TEST(until_due().count() == half);
        now += std::chrono::milliseconds(half);
        run(1, end::wrote);
    }
}

BOOST_AUTO_TEST_CASE(the_history_shows_contention_before_repairs_are_delayed)
{
    BOOST_TEST(queue.history(12345).repairs == 0u);
    for (unsigned repairs = 0; repairs < 4; ++repairs)
    {
        BOOST_TEST(queue.history(1).repairs == repairs);
        BOOST_TEST(queue.history(1).is_contended == (repairs >= 3));
        add(1, lane::fresh, cause::drift);
        run(1, end::wrote);
    }
    now += 121s;
    add(1, lane::fresh, cause::drift);
    BOOST_TEST(queue.history(1).repairs == 0u);
    BOOST_TEST(!queue.history(1).is_contended);
}

BOOST_AUTO_TEST_CASE(a_run_with_several_causes_is_no_repair_in_the_history)
{
    BOOST_TEST((queue.history(12345).why == cause::change));
    add(1, lane::fresh, cause::drift);
    BOOST_TEST((queue.history(1).why == cause::drift));
    add(1, lane::bulk, cause::change);
    BOOST_TEST((queue.history(1).why == cause::change));
    run(1, end::wrote);
    BOOST_TEST(queue.history(1).repairs == 0u);
    add(1, lane::fresh, cause::drift);
    BOOST_TEST((queue.history(1).why == cause::drift));
}

/// Repairs drift until further drift is delayed.
void contend(fixture& f)
{
    for (int times = 0; times < 4; ++times)
    {
        f.add(1, lane::fresh, cause::drift);
        f.run(1, end::wrote);
    }
}

BOOST_AUTO_TEST_CASE(a_calm_period_ends_the_contention)
{
    contend(*this);
    now += 119s;
    add(1, lane::fresh, cause::drift);
    BOOST_TEST(queue.delayed() == 1u);
    now += 1s;
    run(1, end::wrote);
    now += 120s;
    add(1, lane::fresh, cause::drift);
    BOOST_TEST(queue.ready() == 1u);
    run(1, end::wrote);
    add(1, lane::fresh, cause::drift);
    BOOST_TEST(queue.ready() == 1u);
}

BOOST_AUTO_TEST_CASE(a_change_is_never_slowed_down_by_contention)
{
    contend(*this);
    add(1, lane::fresh, cause::change);
    run(1, end::wrote);
    add(1, lane::fresh, cause::drift);
    BOOST_TEST(queue.delayed() == 1u);
    add(1, lane::fresh, cause::change);
    BOOST_TEST(queue.delayed() == 0u);
    BOOST_TEST(take().value() == 1u);
}

BOOST_AUTO_TEST_CASE(writes_for_a_change_are_no_repairs)
{
    for (int times = 0; times < 20; ++times)
    {
        add(1, lane::fresh, cause::change);
        run(1, end::wrote);
    }
    add(1, lane::fresh, cause::drift);
    BOOST_TEST(queue.ready() == 1u);
}

BOOST_AUTO_TEST_CASE(drift_that_needs_no_write_is_no_repair)
{
    for (int times = 0; times < 20; ++times)
    {
        add(1, lane::fresh, cause::drift);
        BOOST_TEST(queue.ready() == 1u);
        run(1, end::settled);
    }
}

BOOST_AUTO_TEST_CASE(a_change_that_joins_waiting_drift_makes_its_write_no_repair)
{
    for (int times = 0; times < 20; ++times)
    {
        add(1, lane::fresh, cause::drift);
        BOOST_TEST(queue.ready() == 1u);  // no contention backoff delays the key
        add(1, lane::fresh, cause::change);
        run(1, end::wrote);
    }
}

BOOST_AUTO_TEST_CASE(contention_over_one_key_slows_down_no_other)
{
    contend(*this);
    add(1, lane::fresh, cause::drift);
    add(2, lane::fresh, cause::drift);
    BOOST_TEST(take().value() == 2u);
    BOOST_TEST(!take().has_value());
}

BOOST_AUTO_TEST_CASE(drift_seen_while_repairing_is_slowed_down_too)
{
    contend(*this);
    add(1, lane::fresh, cause::change);
    take();
    add(1, lane::fresh, cause::drift);
    done(1, end::wrote);
    BOOST_TEST(queue.delayed() == 1u);
    BOOST_TEST(until_due().count() == 1000);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(any_order, fixture)

BOOST_AUTO_TEST_CASE(no_key_is_lost_doubled_or_run_twice_at_a_time)
{
    for (unsigned seed = 1; seed <= 20; ++seed)
    {
        std::minstd_rand random(seed);
        queue = work_queue(make_options());
        std::set<key> wanted;   // keys that were added after their last run began
        std::set<key> retried;  // keys whose last run failed or is unfinished
        std::set<key> at_work;
        for (int step = 0; step < 3000; ++step)
        {
            now += std::chrono::milliseconds(random() % 50);
            auto const which = static_cast<key>(random() % 12);
            switch (random() % 3)
            {
                case 0:
                    add(which,
                        random() % 2 == 0 ? lane::fresh : lane::bulk,
                        random() % 2 == 0 ? cause::change : cause::drift);
                    wanted.insert(which);
                    break;
                case 1:
                    if (auto const next = take())
                    {
                        BOOST_TEST_REQUIRE(wanted.count(*next) + retried.count(*next) > 0u);
                        BOOST_TEST_REQUIRE(at_work.insert(*next).second);
                        wanted.erase(*next);
                        retried.erase(*next);
                    }
                    break;
                default:
                    if (at_work.empty())
                        break;
                    auto const ended =
                        *std::next(at_work.begin(), static_cast<std::ptrdiff_t>(random() % at_work.size()));
                    auto const how = static_cast<end>(random() % 4);
                    at_work.erase(ended);
                    if (how == end::failed || how == end::unfinished)
                        retried.insert(ended);
                    done(ended, how, 0ms, random() % 4 == 0 ? pace::slow : pace::quick);
            }
            std::set<key> waiting = retried;
            for (auto each : wanted)
                if (!at_work.contains(each))
                    waiting.insert(each);
            BOOST_TEST_REQUIRE(queue.ready() + queue.delayed() == waiting.size());
            BOOST_TEST_REQUIRE(queue.slow() <= 12u);
        }
        // After 1 h, which is longer than any delay, all waiting keys can run.
        for (auto each : at_work)
            done(each);
        now += 1h;
        for (int turns = 0; turns < 100 && !is_idle(); ++turns)
            while (auto const next = take())
            {
                wanted.erase(*next);
                retried.erase(*next);
                done(*next);
            }
        BOOST_TEST(wanted.empty());
        BOOST_TEST(retried.empty());
        BOOST_TEST(is_idle());
    }
}

BOOST_AUTO_TEST_CASE(an_interrupted_run_is_repeated_and_is_no_failure)
{
    add(1, lane::fresh, cause::drift);
    run(1, end::interrupted);
    BOOST_TEST(queue.failures(1) == 0u);
    BOOST_TEST(queue.delayed() == 1u);
    BOOST_TEST(until_due().count() == 100);
    now += 100ms;
    // A key that is added during its interrupted run still runs only once more.
    BOOST_TEST(take().value() == 1u);
    add(1);
    done(1, end::interrupted);
    now += 100ms;
    BOOST_TEST((run_all() == keys{1}));
    BOOST_TEST(is_idle());
}

BOOST_AUTO_TEST_CASE(a_key_added_later_runs_when_it_is_due)
{
    queue.add_later(1, now + 4ms, now, 0);
    BOOST_TEST(!take());
    BOOST_TEST(until_due().count() == 4);
    now += 4ms;
    BOOST_TEST((run_all() == keys{1}));
    BOOST_TEST(is_idle());
    BOOST_TEST(queue.retries() == 0u);
}

BOOST_AUTO_TEST_CASE(a_key_added_later_runs_at_once_when_it_gets_work)
{
    queue.add_later(1, now + 4ms, now, 0);
    add(1);
    BOOST_TEST((run_all() == keys{1}));
    now += 4ms;
    BOOST_TEST(!take());
    BOOST_TEST(is_idle());
}

BOOST_AUTO_TEST_CASE(a_key_that_has_work_is_not_delayed)
{
    add(1);
    queue.add_later(1, now + 4ms, now, 0);
    BOOST_TEST((run_all() == keys{1}));
    BOOST_TEST(is_idle());
}

BOOST_AUTO_TEST_CASE(conflicts_in_a_row_are_tried_again_soon_however_many)
{
    add(1);
    std::vector<long> waits;
    for (int tries = 0; tries < 6; ++tries)
    {
        run(1, end::conflicted);
        waits.push_back(until_due().count());
        now += until_due();
    }
    BOOST_TEST((waits == std::vector<long>{100, 200, 400, 800, 800, 800}));
}

BOOST_AUTO_TEST_CASE(a_client_that_writes_continuously_does_not_set_our_pace)
{
    add(1);
    int runs = 0;
    for (int i = 0; i < 200; ++i)
    {
        // Each write of the other client causes an event, and makes the controller's next write fail with a
        // conflict.
        add(1, lane::fresh, cause::drift);
        if (auto const next = take())
        {
            ++runs;
            done(1, end::conflicted);
        }
        now += 50ms;
    }
    BOOST_TEST(runs < 25);  // the number of runs in 10 s
}

BOOST_AUTO_TEST_CASE(a_conflict_after_many_failures_neither_waits_as_long_nor_forgets_them)
{
    add(1);
    for (int failures = 1; failures <= 8; ++failures)
    {
        run(1, end::failed);
        now += until_due();
    }
    run(1, end::conflicted);
    BOOST_TEST(until_due().count() == 800);
    BOOST_TEST(queue.failures(1) == 8u);
}

BOOST_AUTO_TEST_CASE(adds_and_waits_are_counted_once_for_each_time_a_key_becomes_ready)
{
    add(1, lane::bulk);
    add(1, lane::bulk);
    now += 20ms;
    add(1, lane::fresh);  // the key moves to the faster lane, and its earlier waiting time still counts
    BOOST_TEST(queue.adds() == 1u);
    now += 30ms;
    BOOST_TEST(take().value() == 1u);
    BOOST_TEST(queue.waits().count() == 1u);
    BOOST_TEST(queue.waits().sum() == 0.05, boost::test_tools::tolerance(1e-9));
    add(1);
    add(1);
    BOOST_TEST(queue.adds() == 1u);
    done(1);
    BOOST_TEST(queue.adds() == 2u);
    run_all();
    BOOST_TEST(queue.waits().count() == 2u);
    BOOST_TEST(queue.retries() == 0u);
}

BOOST_AUTO_TEST_CASE(a_delayed_key_has_waited_only_since_it_was_due)
{
    add(1);
    run(1, end::failed);
    BOOST_TEST(queue.retries() == 1u);
    BOOST_TEST(queue.adds() == 1u);
    now += 10s;
    BOOST_TEST(take().value() == 1u);
    BOOST_TEST(queue.adds() == 2u);
    BOOST_TEST(queue.waits().sum() == 0.0);
    done(1);
    BOOST_TEST(queue.adds() == 2u);
    BOOST_TEST(queue.retries() == 1u);
}

BOOST_AUTO_TEST_CASE(waits_are_right_after_the_clock_has_wrapped_around)
{
    add(1);
    run_all();
    now += std::chrono::milliseconds((std::uint64_t(1) << 32) - 10);
    add(1);
    now += 30ms;
    run_all();
    BOOST_TEST(queue.waits().sum() == 0.03, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace work_queue_test
