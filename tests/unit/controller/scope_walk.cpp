// SPDX-License-Identifier: Apache-2.0
#include "run_coroutine.hpp"
#include <tcr/controller/scope_walk.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

namespace scope_walk_test
{

using namespace tcr;
using namespace tcr::controller;

std::shared_ptr<namespace_scope const> scope(std::string namespaces)
{
    image_pull_secret_spec spec;
    spec.namespaces = std::move(namespaces);
    return std::make_shared<namespace_scope>(spec);
}

struct fixture
{
    asio::io_context context{1};
    runtime::cluster_store store;
    std::multiset<std::string> visited;
    scope_walk walk{
        context.get_executor(), store, [this](auto where) { visited.emplace(store.view(where).name); }};

    fixture()
    {
        for (auto const* name : {"a", "b", "c", "d"})
            store.put_namespace(name, "", false);
        store.put_namespace("ending", "", true);
    }
    std::multiset<std::string> take() { return std::exchange(visited, {}); }
};

BOOST_FIXTURE_TEST_SUITE(scope_walks, fixture)

BOOST_AUTO_TEST_CASE(only_namespaces_of_the_edited_scopes_are_visited_each_once)
{
    walk.add(nullptr);
    BOOST_TEST(walk.is_done());
    walk.add(scope("a,b"));
    walk.add(scope("b,c,ending,unknown"));
    while (!walk.is_done())
        walk.visit_some(1);
    BOOST_TEST((take() == std::multiset<std::string>{"a", "b", "c"}));
}

BOOST_AUTO_TEST_CASE(an_edit_during_a_walk_starts_another_walk)
{
    walk.add(scope("*"));
    walk.visit_some(2);
    walk.add(scope("a"));
    while (!walk.is_done())
        walk.visit_some(1);
    BOOST_TEST((take() == std::multiset<std::string>{"a", "a", "b", "c", "d"}));
}

BOOST_AUTO_TEST_CASE(a_namespace_whose_labels_are_unknown_is_visited)
{
    store.put_namespace("e", std::nullopt, false);
    image_pull_secret_spec spec;
    spec.namespace_selector.requirements = {{"team", label_selector::op::exists, {}, false}};
    walk.add(std::make_shared<namespace_scope>(spec));
    walk.visit_some(100);
    BOOST_TEST((take() == std::multiset<std::string>{"e"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scope_walk_test
