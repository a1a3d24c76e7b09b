// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/cpu_pace.hpp>

#include <boost/test/unit_test.hpp>

namespace cpu_pace_test
{

using namespace std::chrono_literals;
using tcr::runtime::cpu_pace;
using duration = cpu_pace::duration;
using time_point = cpu_pace::time_point;

/// Simulates writes on one processor. Each write begins at the permitted time and uses CPU time. `writes` is
/// the number of writes that have begun, and `used` is their CPU time.
struct run
{
    explicit run(double share) : pace(share) {}

    void write_for(duration length, duration cost)
    {
        auto const end = now + length;
        while (now < end)
        {
            auto const wait = pace.take(now, used);
            now += std::max(wait, duration(cost));  // on one processor, writes run one after another
            used += cost;
            ++writes;
        }
    }

    cpu_pace pace;
    time_point now{1h};
    duration used{0};
    int writes = 0;
};

double share_of(duration used, duration length)
{
    return std::chrono::duration<double>(used) / std::chrono::duration<double>(length);
}

BOOST_AUTO_TEST_SUITE(pace_by_cpu)

BOOST_AUTO_TEST_CASE(a_few_writes_begin_at_once)
{
    cpu_pace pace(0.1);
    time_point const now{1h};
    // The initial estimate is 200 us of CPU time per write, and the share is a tenth of a processor. The
    // initial allowance is enough for ten writes, and the eleventh write also begins at once.
    for (int i = 0; i < 11; ++i)
        BOOST_TEST((pace.take(now, 0ms) == 0ms));
    // The next write is due in 2 ms, but waits for the next common start.
    BOOST_TEST((pace.take(now, 0ms) == 16ms));
}

BOOST_AUTO_TEST_CASE(writes_that_wait_begin_together)
{
    cpu_pace pace(0.1);
    time_point const now{1h + 3ms};
    for (int i = 0; i < 11; ++i)
        pace.take(now, 0ms);
    // The writes are due 2, 4, … 14 ms after `now`. The common starts are at 1 h + 16 ms and 1 h + 32 ms.
    for (int i = 0; i < 6; ++i)
        BOOST_TEST((pace.take(now, 0ms) == 13ms));
    BOOST_TEST((pace.take(now, 0ms) == 29ms));
}

BOOST_AUTO_TEST_CASE(rare_writes_begin_together_too)
{
    cpu_pace pace(0.0125);
    time_point const now{1h};
    // Writes of 200 us each are due 16 ms apart. The common starts are 128 ms apart.
    for (int i = 0; i < 9; ++i)
        BOOST_TEST((pace.take(now, 0ms) == 0ms));
    for (int i = 0; i < 8; ++i)
        BOOST_TEST((pace.take(now, 0ms) == 128ms));
    BOOST_TEST((pace.take(now, 0ms) == 256ms));
}

BOOST_AUTO_TEST_CASE(waits_add_up_so_that_writes_are_spread)
{
    cpu_pace pace(0.1);
    time_point const now{1h};
    duration before{0};
    for (int i = 0; i < 20; ++i)
    {
        auto const wait = pace.take(now, 0ms);
        BOOST_TEST((wait >= before));
        before = wait;
    }
    BOOST_TEST((before >= 15ms));
}

BOOST_AUTO_TEST_CASE(what_is_used_stays_at_the_share_whatever_a_write_costs)
{
    for (auto const cost : {50us, 160us, 1000us})
    {
        run at(0.08);
        at.write_for(2s, cost);  // lets `pace` measure the cost of a write
        at.used = 0ms;
        auto const begun = at.now;
        at.write_for(10s, cost);
        auto const share = share_of(at.used, at.now - begun);
        BOOST_TEST_CONTEXT("cost " << cost.count() << " us")
        {
            BOOST_TEST(share > 0.07);
            BOOST_TEST(share < 0.09);
        }
    }
}

BOOST_AUTO_TEST_CASE(cpu_time_of_other_work_raises_the_cost_of_a_write)
{
    run at(0.08);
    at.write_for(2s, 160us);
    auto const cheap = at.pace.cost();
    for (int i = 0; i < 200; ++i)
    {
        at.write_for(10ms, 160us);
        at.used += 400us;  // CPU time of other work, such as webhooks
    }
    BOOST_TEST((at.pace.cost() > cheap));
}

BOOST_AUTO_TEST_CASE(cpu_time_between_writes_is_not_counted)
{
    run at(0.08);
    at.write_for(2s, 160us);
    auto const before = at.pace.cost();
    at.now += 1h;
    at.used += 30s;
    at.pace.take(at.now, at.used);
    BOOST_TEST((at.pace.cost() == before));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace cpu_pace_test
