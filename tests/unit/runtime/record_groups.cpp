// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/record_groups.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace record_groups_test
{

using namespace tcr::runtime;

struct record
{
    string_pool::id name = 0;
    std::uint32_t next = 0;
    int value = 0;
};

using groups_type = record_groups<record>;

struct fixture
{
    groups_type groups;
    groups_type::head group = 0;

    void insert(string_pool::id first, string_pool::id end)
    {
        for (auto name = first; name < end; ++name)
            groups[groups.insert(group, name)].value = static_cast<int>(name) * 10;
    }
    void erase(string_pool::id name) { groups.erase(group, groups.find(group, name)); }

    std::vector<string_pool::id> names() const
    {
        std::vector<string_pool::id> found;
        groups.for_each(group, [&](record const& each) { found.push_back(each.name); });
        return found;
    }
};

BOOST_FIXTURE_TEST_SUITE(groups_of_records, fixture)

BOOST_AUTO_TEST_CASE(an_empty_group_has_nothing)
{
    BOOST_TEST(groups.find(group, 1) == groups_type::none);
    BOOST_TEST(groups.find(group, string_pool::absent) == groups_type::none);
    BOOST_TEST(names().empty());
    BOOST_TEST(groups.erase_if(group, [](record&) { return true; }) == 0u);
    BOOST_TEST(groups.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_small_group_is_visited_from_the_newest)
{
    insert(1, 5);
    BOOST_TEST((names() == std::vector<string_pool::id>{4, 3, 2, 1}));
    erase(3);
    erase(4);
    erase(1);
    BOOST_TEST((names() == std::vector<string_pool::id>{2}));
    erase(2);
    BOOST_TEST(group == 0u);
}

BOOST_AUTO_TEST_CASE(a_group_of_any_size_finds_and_erases_each)
{
    for (string_pool::id size : {31u, 32u, 33u, 34u, 49u, 1000u})
    {
        fixture fresh;
        fresh.insert(1, size + 1);
        BOOST_TEST(fresh.names().size() == size);
        for (string_pool::id name = 1; name <= size; ++name)
        {
            auto const which = fresh.groups.find(fresh.group, name);
            BOOST_TEST_REQUIRE(which != groups_type::none);
            BOOST_TEST_REQUIRE(fresh.groups[which].value == static_cast<int>(name) * 10);
        }
        BOOST_TEST(fresh.groups.find(fresh.group, size + 1) == groups_type::none);
        BOOST_TEST(fresh.groups.find(fresh.group, string_pool::absent) == groups_type::none);
        for (string_pool::id name = 1; name <= size; ++name)
        {
            fresh.erase(name);
            BOOST_TEST_REQUIRE(fresh.groups.find(fresh.group, name) == groups_type::none);
            BOOST_TEST_REQUIRE(fresh.names().size() == size - name);
        }
        BOOST_TEST(fresh.group == 0u);
        BOOST_TEST(fresh.groups.size() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(groups_keep_apart_and_use_tables_again)
{
    groups_type::head other = 0;
    for (int round = 0; round < 3; ++round)
    {
        insert(1, 101);
        for (string_pool::id name = 50; name < 150; ++name)
            groups.insert(other, name);
        BOOST_TEST(groups.size() == 200u);
        BOOST_TEST(groups.find(group, 101) == groups_type::none);
        BOOST_TEST(groups.find(other, 49) == groups_type::none);
        BOOST_TEST(groups.find(group, 60) != groups.find(other, 60));
        BOOST_TEST(groups.erase_if(group, [](record&) { return true; }) == 100u);
        BOOST_TEST(groups.erase_if(other, [](record&) { return true; }) == 100u);
        BOOST_TEST(group == 0u);
        BOOST_TEST(other == 0u);
    }
}

BOOST_AUTO_TEST_CASE(a_large_group_is_visited_in_parts)
{
    insert(1, 1001);
    std::set<string_pool::id> seen;
    int parts = 0;
    for (groups_type::cursor from = 0; from != groups_type::end; ++parts)
    {
        std::size_t visited = 0;
        from = groups.for_each_from(
            group,
            from,
            100,
            [&](record const& each)
            {
                BOOST_TEST_REQUIRE(seen.insert(each.name).second);
                ++visited;
            }
        );
        BOOST_TEST(visited <= 100u);
    }
    BOOST_TEST(parts == 10);
    BOOST_TEST(seen.size() == 1000u);
    // `for_each_from` visits at least one record, even if the maximum is 0.
    auto const next = groups.for_each_from(group, 0, 0, [&](record const&) { ++parts; });
    BOOST_TEST(next != groups_type::end);
    BOOST_TEST(parts == 11);
}

BOOST_AUTO_TEST_CASE(a_small_group_is_visited_whole_from_any_place)
{
    insert(1, 21);
    std::size_t visited = 0;
    BOOST_TEST(groups.for_each_from(group, 0, 1, [&](record const&) { ++visited; }) == groups_type::end);
    BOOST_TEST(visited == 20u);
    // The caller got position 500 when the group was a table. Now the group is small and is visited
    // completely.
    BOOST_TEST(groups.for_each_from(group, 500, 1, [&](record const&) { ++visited; }) == groups_type::end);
    BOOST_TEST(visited == 40u);
}

BOOST_AUTO_TEST_CASE(names_at_regular_distances_cost_no_more)
{
    // A tenant can influence the ids of names by creating and deleting accounts. No choice of ids may make
    // the table slow.
    for (std::uint32_t distance : {1u, 2u, 64u, 256u, 4096u, 65'536u})
    {
        fixture fresh;
        for (std::uint32_t i = 1; i <= 20'000; ++i)
            fresh.groups.insert(fresh.group, i * distance);
        for (std::uint32_t i = 1; i <= 20'000; ++i)
            BOOST_TEST_REQUIRE(fresh.groups.find(fresh.group, i * distance) != groups_type::none);
    }
}

BOOST_AUTO_TEST_CASE(any_history_leaves_the_groups_as_maps)
{
    std::minstd_rand random(1);
    auto const pick = [&](std::uint32_t most) { return static_cast<std::uint32_t>(random() % most); };
    constexpr std::size_t count = 3;
    std::vector<groups_type::head> heads(count, 0);
    std::vector<std::map<string_pool::id, int>> expected(count);
    groups_type all;
    for (int step = 0; step < 60'000; ++step)
    {
        auto const which = pick(count);
        auto& head = heads[which];
        auto& model = expected[which];
        // The groups grow and shrink alternately, so that chains become tables and tables become chains.
        auto const growing = (step / 2000) % 2 == 0;
        string_pool::id const name = 1 + pick(which == 0 ? 40 : which == 1 ? 100 : 400);
        auto const found = all.find(head, name);
        BOOST_TEST_REQUIRE((found != groups_type::none) == model.contains(name));
        if (found != groups_type::none)
        {
            BOOST_TEST_REQUIRE(all[found].value == model.at(name));
            if (!growing || pick(8) == 0)
            {
                all.erase(head, found);
                model.erase(name);
            }
        }
        else if (growing || pick(8) == 0)
        {
            all[all.insert(head, name)].value = step;
            model[name] = step;
        }
        if (pick(500) == 0)
        {
            auto const rest = static_cast<int>(pick(3));
            auto const erased = all.erase_if(head, [&](record& each) { return each.value % 3 == rest; });
            BOOST_TEST_REQUIRE(
                erased == std::erase_if(model, [&](auto const& each) { return each.second % 3 == rest; })
            );
        }
        if (step % 100 != 0)
            continue;
        std::map<string_pool::id, int> seen;
        all.for_each(head, [&](record const& each) { seen[each.name] = each.value; });
        BOOST_TEST_REQUIRE((seen == model));
        BOOST_TEST_REQUIRE(all.size() == expected[0].size() + expected[1].size() + expected[2].size());
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace record_groups_test
