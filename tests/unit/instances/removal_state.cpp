// SPDX-License-Identifier: Apache-2.0
#include <tcr/instances/removal_state.hpp>

#include <boost/test/unit_test.hpp>

namespace removal_state_test
{

using namespace tcr::instances;
using namespace std::chrono_literals;

using names = std::set<std::string>;

removal_state::time_point at(std::chrono::milliseconds time)
{
    return removal_state::time_point(time);
}

/// The names as "a b c".
std::string joined(auto const& all)
{
    std::string text;
    for (auto const& each : all)
        text += (text.empty() ? "" : " ") + each;
    return text;
}

/// The decision as "now: a b, announced: c, cancelled: d", without parts that have no names.
std::string summary(removal_decision const& decision)
{
    std::string text;
    auto const add = [&text](std::string const& what, std::string const& all)
    {
        if (!all.empty())
            text += (text.empty() ? "" : ", ") + what + ": " + all;
    };
    add("now", joined(decision.now));
    add("announced", joined(decision.announced));
    add("cancelled", joined(decision.cancelled));
    return text;
}

BOOST_AUTO_TEST_SUITE(removals)

BOOST_AUTO_TEST_CASE(more_than_one_and_more_than_half_is_announced)
{
    struct
    {
        names listed;
        names unlisted;
        names unknown;
        std::string expected;
    } const cases[] = {
        {{}, {}, {}, ""},
        {{"a", "b"}, {}, {}, ""},
        // One object is removed at once, even if it is the only one.
        {{}, {"a"}, {}, "now: a"},
        {{"b"}, {"a"}, {}, "now: a"},
        // Half of the objects are removed at once.
        {{"c", "d"}, {"a", "b"}, {}, "now: a b"},
        // The removal of more than half of the objects is announced.
        {{"c"}, {"a", "b"}, {}, "announced: a b"},
        {{}, {"a", "b"}, {}, "announced: a b"},
        {{"d", "e"}, {"a", "b", "c"}, {}, "announced: a b c"},
        {{"d", "e", "f"}, {"a", "b", "c"}, {}, "now: a b c"},
        // Objects of unknown instances count as existing.
        {{}, {"a", "b"}, {"c", "d"}, "now: a b"},
        {{}, {"a", "b"}, {"c"}, "announced: a b"},
        {{}, {}, {"a", "b"}, ""},
    };
    for (auto const& each : cases)
    {
        managed_objects const made{each.listed, each.unlisted, each.unknown};
        removal_state state(5min);
        BOOST_TEST(summary(state.decide(made, at(0s))) == each.expected);
        removal_state at_once(0ms);
        auto const decision = at_once.decide(made, at(0s));
        BOOST_TEST(decision.now == each.unlisted, boost::test_tools::per_element());
        BOOST_TEST(decision.announced.empty());
        BOOST_TEST(at_once.pending() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(an_announced_removal_is_due_after_the_delay)
{
    removal_state state(5min);
    managed_objects const made{{"c"}, {"a", "b"}, {}};
    auto const first = state.decide(made, at(1s));
    BOOST_TEST(summary(first) == "announced: a b");
    BOOST_TEST((first.next == at(301s)));
    BOOST_TEST(state.pending() == 2u);
    // The same removal is not announced again.
    auto const second = state.decide(made, at(300'999ms));
    BOOST_TEST(summary(second) == "");
    BOOST_TEST((second.next == at(301s)));
    auto const due = state.decide(made, at(301s));
    BOOST_TEST(summary(due) == "now: a b");
    BOOST_TEST(!due.next.has_value());
    // The deletion of b failed. b is still due, without another announcement.
    BOOST_TEST(summary(state.decide({{"c"}, {"b"}, {}}, at(302s))) == "now: b");
    BOOST_TEST(state.pending() == 1u);
    BOOST_TEST(summary(state.decide({{"c"}, {}, {}}, at(303s))) == "");
    BOOST_TEST(state.pending() == 0u);
}

BOOST_AUTO_TEST_CASE(a_complete_list_cancels_the_removal)
{
    removal_state state(5min);
    state.decide({{}, {"a", "b", "c"}, {}}, at(0s));
    // b and c are listed again. The removal of a still waits, although a is no longer more than half.
    auto const partly = state.decide({{"b", "c"}, {"a"}, {}}, at(60s));
    BOOST_TEST(summary(partly) == "cancelled: b c");
    BOOST_TEST((partly.next == at(300s)));
    BOOST_TEST(summary(state.decide({{"a", "b", "c"}, {}, {}}, at(299s))) == "cancelled: a");
    BOOST_TEST(state.pending() == 0u);
    // A new removal is announced again and waits for the whole delay.
    BOOST_TEST(summary(state.decide({{}, {"a", "b", "c"}, {}}, at(300s))) == "announced: a b c");
    BOOST_TEST(summary(state.decide({{}, {"a", "b", "c"}, {}}, at(599s))) == "");
    BOOST_TEST(summary(state.decide({{}, {"a", "b", "c"}, {}}, at(600s))) == "now: a b c");
}

BOOST_AUTO_TEST_CASE(objects_created_meanwhile_do_not_release_a_removal)
{
    // New instances replace all instances.
    removal_state state(5min);
    BOOST_TEST(summary(state.decide({{}, {"a", "b"}, {}}, at(0s))) == "announced: a b");
    BOOST_TEST(summary(state.decide({{"c", "d", "e"}, {"a", "b"}, {}}, at(10s))) == "");
    BOOST_TEST(summary(state.decide({{"c", "d", "e"}, {"a", "b"}, {}}, at(300s))) == "now: a b");
}

BOOST_AUTO_TEST_CASE(each_removal_waits_from_its_own_announcement)
{
    removal_state state(5min);
    state.decide({{"c", "d"}, {"a", "b", "e"}, {}}, at(0s));
    auto const more = state.decide({{"d"}, {"a", "b", "c", "e"}, {}}, at(100s));
    BOOST_TEST(summary(more) == "announced: c");
    BOOST_TEST((more.next == at(300s)));
    auto const due = state.decide({{"d"}, {"a", "b", "c", "e"}, {}}, at(300s));
    BOOST_TEST(summary(due) == "now: a b e");
    BOOST_TEST((due.next == at(400s)));
    // Now c is only one of two objects, but its removal was announced and still waits.
    BOOST_TEST(summary(state.decide({{"d"}, {"c"}, {}}, at(399s))) == "");
    BOOST_TEST(summary(state.decide({{"d"}, {"c"}, {}}, at(400s))) == "now: c");
}

BOOST_AUTO_TEST_CASE(an_object_of_an_unknown_instance_waits_and_a_deleted_one_is_forgotten)
{
    removal_state state(5min);
    state.decide({{}, {"a", "b", "c"}, {}}, at(0s));
    // Another client deleted c. The instance of b is unknown, because the cloud API does not answer.
    BOOST_TEST(summary(state.decide({{}, {"a"}, {"b"}}, at(300s))) == "now: a");
    BOOST_TEST(state.pending() == 2u);
    BOOST_TEST(summary(state.decide({{"b"}, {}, {}}, at(301s))) == "cancelled: b");
    // The announcement for the deleted c does not apply to a new object c: one of three is removed at once.
    BOOST_TEST(summary(state.decide({{"a", "b"}, {"c"}, {}}, at(302s))) == "now: c");
}

BOOST_AUTO_TEST_CASE(a_new_delay_counts_from_the_announcement)
{
    removal_state state(5min);
    managed_objects const made{{}, {"a", "b"}, {}};
    state.decide(made, at(0s));
    state.set_delay(10min);
    BOOST_TEST((state.decide(made, at(300s)).next == at(600s)));
    state.set_delay(0ms);
    BOOST_TEST(summary(state.decide(made, at(301s))) == "now: a b");
}

BOOST_AUTO_TEST_CASE(a_pending_removal_limits_the_age_of_answers_and_a_due_one_needs_a_new_answer)
{
    removal_state state(5min);
    BOOST_TEST((state.answer_age(at(0s), 10min) == 10min));
    state.decide({{}, {"a", "b"}, {}}, at(0s));
    BOOST_TEST((state.answer_age(at(0s), 10min) == 30s));
    BOOST_TEST((state.answer_age(at(0s), 10s) == 10s));
    BOOST_TEST((state.answer_age(at(299'999ms), 10min) == 30s));
    BOOST_TEST((state.answer_age(at(300s), 10min) == 0s));
    // The removal of c is announced later and is not due. a and b are still due.
    state.decide({{}, {"a", "b", "c"}, {}}, at(299s));
    BOOST_TEST((state.answer_age(at(300s), 10min) == 0s));
    state.decide({{}, {"c"}, {}}, at(301s));
    BOOST_TEST((state.answer_age(at(301s), 10min) == 30s));
    state.decide({{"c"}, {}, {}}, at(302s));
    BOOST_TEST((state.answer_age(at(600s), 10min) == 10min));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace removal_state_test
