// SPDX-License-Identifier: Apache-2.0
#include <tcr/hosts/update_state.hpp>

#include <boost/test/unit_test.hpp>

namespace update_state_test
{

using namespace tcr;
using namespace tcr::hosts;
using namespace std::chrono_literals;

update_state::time_point at(std::chrono::milliseconds time)
{
    return update_state::time_point(24h + time);
}

file_stamp stamp(std::uint64_t size)
{
    file_stamp made;
    made.size = size;
    return made;
}

/// A state after a successful update at `at(0s)`. The hosts file has `stamp(1)`.
struct applied
{
    applied()
    {
        state.on_config();
        state.begin();
        state.succeeded(stamp(1), false, at(0s), 0.5);
    }

    /// Makes a successful attempt that finds a change by another program.
    /// \return whether the attempt counts as a repair.
    bool repair(std::chrono::milliseconds time)
    {
        state.begin();
        return state.succeeded(stamp(2), true, at(time), 0.999);
    }

    update_state state;
};

BOOST_FIXTURE_TEST_SUITE(update_states, applied)

BOOST_AUTO_TEST_CASE(an_unchanged_file_is_read_every_five_minutes)
{
    BOOST_TEST(!state.is_due(stamp(1), at(0s)));
    BOOST_TEST(!state.is_due(stamp(1), at(5min - 1s)));
    BOOST_TEST(state.is_due(stamp(1), at(5min)));
    BOOST_TEST((state.next_check(at(0s)) == at(10s)));
}

BOOST_AUTO_TEST_CASE(a_changed_or_moved_file_is_due)
{
    BOOST_TEST(state.is_due(stamp(2), at(1s)));
    state.on_moved();
    BOOST_TEST(state.is_due(stamp(1), at(1s)));
}

BOOST_AUTO_TEST_CASE(a_written_file_is_read_once_more)
{
    state.on_config();
    BOOST_TEST(state.is_due(stamp(1), at(1s)));
    state.begin();
    BOOST_TEST(!state.succeeded(stamp(1), true, at(1s), 0.5));
    BOOST_TEST(state.is_due(stamp(2), at(1s)));
    state.begin();
    BOOST_TEST(!state.succeeded(stamp(2), false, at(1s), 0.5));
    BOOST_TEST(!state.is_due(stamp(2), at(1s)));
}

BOOST_AUTO_TEST_CASE(repairs_wait_longer_each_time_and_a_new_configuration_does_not)
{
    BOOST_TEST(repair(0s));
    BOOST_TEST(!state.is_due(stamp(2), at(200ms)));
    BOOST_TEST(state.is_due(stamp(2), at(250ms)));
    BOOST_TEST((state.next_check(at(0s)) < at(250ms)));
    for (auto time = 1s; time <= 20s; ++time)
        repair(time);
    BOOST_TEST(state.repairs() == 21u);
    BOOST_TEST(!state.is_due(stamp(2), at(20s + 29s)));
    BOOST_TEST(state.is_due(stamp(2), at(20s + 30s)));
    BOOST_TEST((state.next_check(at(20s)) == at(30s)));
    state.on_config();
    BOOST_TEST(state.is_due(stamp(2), at(20s)));
}

BOOST_AUTO_TEST_CASE(a_failed_attempt_leaves_a_new_configuration_unapplied)
{
    state.begin();
    state.failed();
    BOOST_TEST(!state.is_unapplied());
    state.on_config();
    state.begin();
    BOOST_TEST(!state.is_unapplied());
    state.failed();
    BOOST_TEST(state.is_unapplied());
}

BOOST_AUTO_TEST_CASE(a_configuration_that_arrives_during_an_attempt_is_applied_by_the_next)
{
    state.begin();
    state.on_config();
    BOOST_TEST(state.succeeded(stamp(1), true, at(1s), 0.5));
    BOOST_TEST(state.is_unapplied());
    BOOST_TEST(state.is_due(stamp(1), at(1s)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace update_state_test
