// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/run_scheduler.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace run_scheduler_test
{

using namespace std::chrono_literals;
using tcr::runtime::cause;
using tcr::runtime::lane;
using tcr::runtime::push_back;
using tcr::runtime::run_scheduler;
using tcr::runtime::share;
using tcr::runtime::work_outcome;
using tcr::runtime::work_queue;
using end = work_outcome::end;
using key = work_queue::key;
using time_point = work_queue::time_point;
using milliseconds = std::chrono::milliseconds;

/// The duration and the result of a simulated run.
struct course
{
    milliseconds length{60};
    end how = end::wrote;
    push_back pushed_back = push_back::none;
};

constexpr course healthy_run{};
constexpr course dead_run{10s, end::failed, push_back::suspected};

/// A scheduler with a simulated clock and simulated runs. The function `course_of` selects the course of a
/// run.
struct simulation
{
    run_scheduler subject{work_queue::options(), 16};
    time_point now = time_point{} + 1h;
    std::multimap<time_point, std::pair<run_scheduler::run_handle, course>> in_flight;
    std::function<course(key)> course_of = [](key) { return healthy_run; };
    std::map<key, time_point> last_success;
    std::map<key, int> runs;
    std::size_t most_in_flight = 0;

    void add(key which, lane where = lane::bulk)
    {
        subject.queue().add(which, where, cause::change, now, 0.5);
    }

    void begin_all()
    {
        while (auto const next = subject.begin_next(now))
        {
            auto const which = (*next)->which;
            ++runs[which];
            auto const how = course_of(which);
            in_flight.emplace(now + how.length, std::pair(*next, how));
        }
        most_in_flight = std::max(most_in_flight, subject.in_flight());
        BOOST_TEST_REQUIRE(subject.in_flight() == in_flight.size());
    }

    void end_one()
    {
        auto const [ended, how] = in_flight.begin()->second;
        in_flight.erase(in_flight.begin());
        work_outcome outcome;
        outcome.how = how.how;
        outcome.pushed_back = how.pushed_back;
        if (how.how == end::wrote)
            last_success[ended->which] = now;
        subject.end(ended, outcome, now, 0.5);
    }

    /// Advances the clock to the next event. \return false if there is no event
    bool step()
    {
        begin_all();
        auto next = subject.next_wake(now);
        BOOST_TEST_REQUIRE((next > now));
        if (!in_flight.empty())
            next = std::min(next, in_flight.begin()->first);
        if (next == time_point::max())
            return false;
        now = next;
        while (!in_flight.empty() && in_flight.begin()->first <= now)
            end_one();
        return true;
    }

    /// Adds `keys`, and continues until every key in `awaited` has had a successful run. \return the elapsed
    /// time
    milliseconds edit(std::vector<key> const& keys, std::vector<key> const& awaited)
    {
        auto const begun = now;
        last_success.clear();
        for (auto each : keys)
            add(each);
        auto const is_served = [&](key each) { return last_success.contains(each); };
        std::size_t served = 0;
        while (served < awaited.size())
            if (is_served(awaited[served]))
                ++served;
            else
                BOOST_TEST_REQUIRE(step());
        return std::chrono::duration_cast<milliseconds>(now - begun);
    }

    /// Continues the simulation for `time`.
    void pass(std::chrono::steady_clock::duration time)
    {
        auto const until = now + time;
        while (now < until && step())
            continue;
        now = std::max(now, until);
    }
};

constexpr key namespaces = 3036;
constexpr key dead_count = 60;

std::vector<key> keys_from(key first, key count)
{
    std::vector<key> all(count);
    for (key i = 0; i < count; ++i)
        all[i] = first + i;
    return all;
}

/// A choice of the dead namespaces, by their position among all namespaces. All runs in a dead namespace
/// fail.
struct placement
{
    char const* name;
    std::function<bool(key)> is_dead;
};

std::ostream& operator<<(std::ostream& out, placement const& where)
{
    return out << where.name;
}

std::vector<placement> const placements{
    {"spread over all", [](key which) { return which % 50 == 7 && which / 50 < dead_count; }},
    {"the first of all", [](key which) { return which < dead_count; }},
    {"one after another in the middle", [](key which) { return which >= 1500 && which < 1500 + dead_count; }},
};

BOOST_AUTO_TEST_SUITE(fair_shares)

/// Case A4 of issue 15: a policy webhook does not answer for the Secrets of 60 namespaces.
BOOST_DATA_TEST_CASE(
    a_dead_webhook_of_a_few_namespaces_delays_the_others_by_a_fifth_at_most,
    boost::unit_test::data::make(placements),
    where
)
{
    simulation cluster;
    auto const all = keys_from(0, namespaces);
    std::vector<key> healthy;
    std::copy_if(
        all.begin(), all.end(), std::back_inserter(healthy), [&](key each) { return !where.is_dead(each); }
    );
    BOOST_TEST_REQUIRE(healthy.size() == namespaces - dead_count);

    cluster.edit(all, all);
    auto const usual = cluster.edit(healthy, healthy);
    cluster.pass(1h);
    cluster.course_of = [&](key which) { return where.is_dead(which) ? dead_run : healthy_run; };
    auto const first = cluster.edit(all, healthy);
    auto const in_flight = cluster.most_in_flight;
    cluster.pass(1h);
    // These failures do not count as push back, because the server answers all other requests.
    BOOST_TEST(cluster.subject.limit() == 16u);
    BOOST_TEST(cluster.subject.queue().slow() == dead_count);
    auto const second = cluster.edit(all, healthy);
    cluster.pass(30s);
    auto const third = cluster.edit(all, healthy);
    BOOST_TEST_MESSAGE(
        where << ": without the dead " << usual.count() << " ms; 60 dead for the first time " << first.count()
              << " ms, again " << second.count() << " ms, once more 30 s later " << third.count()
              << " ms; at most " << in_flight << " in flight"
    );
    for (auto took : {first, second, third})
        BOOST_TEST(took.count() <= usual.count() * 12 / 10);
    BOOST_TEST(in_flight <= 80u);

    // After the webhook works again, all namespaces are served and no key is slow.
    cluster.course_of = [](key) { return healthy_run; };
    cluster.edit(all, all);
    cluster.pass(6min);
    BOOST_TEST(cluster.subject.queue().slow() == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_new_does_not_wait_for_slow_keys)
{
    simulation cluster;
    cluster.course_of = [](key which) { return which < 200 ? dead_run : healthy_run; };
    cluster.edit(keys_from(1000, 500), keys_from(1000, 500));
    for (auto each : keys_from(0, 200))
        cluster.add(each);
    cluster.pass(10min);
    for (int times = 0; times < 50; ++times)
    {
        cluster.pass(997ms);
        auto const begun = cluster.now;
        cluster.last_success.clear();
        cluster.add(5000, lane::fresh);
        while (!cluster.last_success.contains(5000))
            BOOST_TEST_REQUIRE(cluster.step());
        BOOST_TEST(((cluster.now - begun) <= 60ms));
        cluster.pass(1s);
    }
}

BOOST_AUTO_TEST_CASE(after_an_outage_all_slots_are_used_again)
{
    simulation cluster;
    auto const all = keys_from(0, 3000);
    auto const usual = cluster.edit(all, all);
    bool is_down = true;
    cluster.course_of = [&](key) {
        return is_down ? course{5ms, end::failed, push_back::none} : healthy_run;
    };
    for (auto each : all)
        cluster.add(each);
    cluster.pass(60s);
    is_down = false;
    auto const begun = cluster.now;
    cluster.last_success.clear();
    while (cluster.last_success.size() < all.size())
        BOOST_TEST_REQUIRE(cluster.step());
    auto const took = std::chrono::duration_cast<milliseconds>(cluster.now - begun);
    BOOST_TEST_MESSAGE(
        "usual " << usual.count() << " ms, after an outage of a minute " << took.count() << " ms"
    );
    // At the end of the outage, retries had delays of up to 1 min.
    BOOST_TEST((took < 75s));
}

BOOST_AUTO_TEST_CASE(a_server_that_becomes_slow_for_all_gets_no_more_than_before_soon)
{
    simulation cluster;
    auto const all = keys_from(0, 3000);
    cluster.edit(all, all);
    cluster.course_of = [](key) { return course{2s, end::wrote, push_back::none}; };
    for (auto each : all)
        cluster.add(each);
    cluster.pass(20s);
    cluster.begin_all();
    BOOST_TEST(cluster.subject.in_flight() <= 16u + 4u);
}

BOOST_AUTO_TEST_CASE(a_key_with_much_work_delays_others_by_one_turn)
{
    simulation cluster;
    cluster.course_of = [](key which) {
        return which == 0 ? course{60ms, end::unfinished, push_back::none} : healthy_run;
    };
    cluster.add(0, lane::fresh);
    cluster.pass(1s);
    auto const all = keys_from(1, 160);
    auto const took = cluster.edit(all, all);
    BOOST_TEST(took.count() <= 600 + 60 + 60);
    BOOST_TEST(cluster.runs[0] > 10);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(slots)

BOOST_AUTO_TEST_CASE(a_run_that_hangs_frees_a_healthy_slot_at_that_moment)
{
    simulation cluster;
    cluster.course_of = [](key) { return dead_run; };
    for (auto each : keys_from(0, 200))
        cluster.add(each);
    auto const slow_after = cluster.subject.slow_after();
    BOOST_TEST((slow_after == 2s));  // the value before any run has ended
    cluster.begin_all();
    BOOST_TEST(cluster.subject.in_flight() == 16u);
    BOOST_TEST((cluster.subject.next_wake(cluster.now) == cluster.now + slow_after));
    cluster.now += slow_after;
    cluster.begin_all();
    BOOST_TEST(cluster.subject.in_flight(share::healthy) == 16u);
    BOOST_TEST(cluster.subject.in_flight(share::slow) == 16u);
    for (int times = 0; times < 4; ++times)
    {
        cluster.now += slow_after - 1ms;
        cluster.begin_all();
        cluster.now += 1ms;
        cluster.begin_all();
    }
    // Both shares have reached their limits of runs in flight.
    BOOST_TEST(cluster.subject.in_flight(share::healthy) == 16u);
    BOOST_TEST(cluster.subject.in_flight(share::slow) == 64u);
    BOOST_TEST((cluster.subject.next_wake(cluster.now) == time_point::max()));
    BOOST_TEST((cluster.subject.longest_running(cluster.now) == 5 * slow_after));
}

BOOST_AUTO_TEST_CASE(slow_keys_have_a_quarter_of_the_slots_on_top_and_four_at_most)
{
    for (auto [max_in_flight, share_of_slow] :
         std::vector<std::pair<std::size_t, std::size_t>>{{1, 1}, {4, 1}, {8, 2}, {16, 4}, {64, 4}})
    {
        simulation cluster;
        cluster.subject.set_max_in_flight(max_in_flight);
        auto const all = keys_from(0, 200);
        cluster.course_of = [](key) { return course{10s, end::failed, push_back::none}; };
        for (auto each : all)
            cluster.add(each);
        cluster.pass(1h);
        cluster.begin_all();
        BOOST_TEST(cluster.subject.in_flight() <= share_of_slow);
        for (auto each : all)
            cluster.add(each);
        cluster.begin_all();
        BOOST_TEST(cluster.subject.in_flight() == share_of_slow);
    }
}

BOOST_AUTO_TEST_CASE(slow_keys_that_end_well_use_idle_slots_and_give_them_back)
{
    simulation cluster;
    cluster.course_of = [](key which) {
        return which < 40 ? course{5s, end::wrote, push_back::none} : healthy_run;
    };
    auto const all = keys_from(0, 2000);
    cluster.edit(all, all);
    auto const slow = keys_from(0, 40);
    BOOST_TEST_REQUIRE(cluster.subject.queue().slow() == slow.size());
    for (auto each : slow)
        cluster.add(each);
    cluster.begin_all();
    BOOST_TEST(cluster.subject.in_flight(share::slow) == 16u);
    for (auto each : keys_from(1000, 100))
        cluster.add(each);
    cluster.begin_all();
    BOOST_TEST(cluster.subject.in_flight(share::healthy) == 16u);
}

BOOST_AUTO_TEST_CASE(a_typical_run_decides_which_run_is_slow)
{
    simulation cluster;
    cluster.course_of = [](key) { return course{1s, end::wrote, push_back::none}; };
    auto const all = keys_from(0, 400);
    cluster.edit(all, all);
    BOOST_TEST((cluster.subject.slow_after() > 4s));
    BOOST_TEST((cluster.subject.slow_after() <= 5s));
    cluster.course_of = [](key) { return course{5ms, end::wrote, push_back::none}; };
    cluster.edit(all, all);
    BOOST_TEST((cluster.subject.slow_after() == run_scheduler::min_slow_run));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(push_back_by_cause)

BOOST_AUTO_TEST_CASE(what_the_server_asks_for_counts_for_all)
{
    simulation cluster;
    bool first = true;
    cluster.course_of = [&](key) {
        return std::exchange(first, false) ? course{60ms, end::failed, push_back::asked} : healthy_run;
    };
    for (auto each : keys_from(0, 16))
        cluster.add(each);
    cluster.step();
    BOOST_TEST(cluster.subject.limit() == 8u);
}

/// Starts one run for each of 96 keys. In `failing_of_100` percent of the runs, the server is suspected to
/// push back.
/// \return the limit of runs in flight after 96 runs
std::size_t limit_after(unsigned failing_of_100)
{
    simulation cluster;
    cluster.course_of = [&](key which) {
        return which * 37 % 100 < failing_of_100 ? course{60ms, end::failed, push_back::suspected}
                                                 : healthy_run;
    };
    for (auto each : keys_from(0, 96))
        cluster.add(each);
    for (int steps = 0; steps < 6; ++steps)
        cluster.step();
    return cluster.subject.limit();
}

BOOST_AUTO_TEST_CASE(failures_of_many_different_keys_are_the_servers)
{
    BOOST_TEST(limit_after(0) == 16u);
    BOOST_TEST(limit_after(20) == 16u);
    BOOST_TEST(limit_after(80) == 8u);
    BOOST_TEST(limit_after(100) == 8u);
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_answer_gets_fewer_requests)
{
    simulation cluster;
    cluster.edit(keys_from(0, 3000), keys_from(0, 3000));
    cluster.course_of = [](key) { return course{30s, end::failed, push_back::suspected}; };
    for (auto each : keys_from(0, 3000))
        cluster.add(each);
    cluster.pass(3min);
    BOOST_TEST(cluster.subject.limit() == 1u);
    BOOST_TEST(cluster.most_in_flight <= 80u);
}

BOOST_AUTO_TEST_CASE(keys_that_fail_again_and_again_cut_nothing)
{
    simulation cluster;
    // A tenth of the keys fail. After the healthy keys have run, only the failing keys run for the rest of
    // the hour.
    cluster.course_of = [](key which) {
        return which % 10 == 0 ? course{60ms, end::failed, push_back::suspected} : healthy_run;
    };
    for (auto each : keys_from(0, 300))
        cluster.add(each);
    cluster.pass(1h);
    BOOST_TEST(cluster.subject.limit() == 16u);
    BOOST_TEST(cluster.runs[0] > 10);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace run_scheduler_test
