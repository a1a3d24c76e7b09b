// SPDX-License-Identifier: Apache-2.0
#include "own_references.hpp"
#include <tcr/controller/served_counts.hpp>

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>
#include <vector>

namespace served_counts_test
{

using namespace tcr;
using namespace tcr::controller;
using strings = std::vector<std::string>;

image_pull_secret sample(std::string name, std::string namespaces = "*", std::string accounts = "*")
{
    image_pull_secret object;
    object.name = std::move(name);
    object.uid = "uid-" + object.name;
    object.spec.namespaces = std::move(namespaces);
    object.spec.service_accounts = std::move(accounts);
    object.spec.server = "registry.example.com";
    object.spec.username = "user";
    object.spec.password = "password";
    return object;
}

struct fixture
{
    catalog all;
    runtime::cluster_store store;
    served_counts counts{all, store};
    std::uint64_t version = 1;

    void namespace_is(std::string const& name, std::string const& labels = {}, bool is_terminating = false)
    {
        counts.mark(store.put_namespace(name, labels, is_terminating).where);
    }
    void account_is(std::string const& ns, std::string const& name, strings const& references)
    {
        counts.mark(store.put_account(ns, name, ++version, references).where);
    }
    void secret_is(std::string const& ns, std::string const& owner, bool is_right)
    {
        runtime::secret_state state;
        state.fingerprint = all.find(owner)->secret.fingerprint + (is_right ? 0 : 1);
        counts.mark(store.put_secret(ns, "tcr.ips" + owner, ++version, state).where);
    }
    void mark_all()
    {
        store.for_each_namespace([this](auto where) { counts.mark(where); });
    }
    void count(std::size_t comparisons = 1)
    {
        counts.begin_round();
        while (!counts.count_some(comparisons))
            ;
    }
    served recounted(std::string const& name) const
    {
        served_counts fresh(all, store);
        fresh.mark_all();
        fresh.begin_round();
        while (!fresh.count_some(1'000'000))
            ;
        return fresh.of(name);
    }
};

BOOST_FIXTURE_TEST_SUITE(served_counts_, fixture)

BOOST_AUTO_TEST_CASE(a_change_counts_its_namespace_again)
{
    all.put(sample("x"));
    namespace_is("a");
    account_is("a", "default", {});
    count();
    BOOST_TEST((counts.of("x") == served{1, 0, 1, 0}));
    secret_is("a", "x", true);
    account_is("a", "default", {"other", "tcr.ipsx"});
    BOOST_TEST((counts.of("x") == served{1, 0, 1, 0}), "nothing is counted between two rounds");
    count();
    BOOST_TEST((counts.of("x") == served{1, 1, 1, 1}));
    counts.mark(store.drop_account("a", "default", ++version).where);
    counts.mark(store.drop_secret("a", "tcr.ipsx", ++version).where);
    count();
    BOOST_TEST((counts.of("x") == served{1, 0, 0, 0}));
    counts.mark(store.drop_namespace("a").where);
    count();
    BOOST_TEST((counts.of("x") == served()));
    BOOST_TEST((counts.of("unknown") == served()));
}

BOOST_AUTO_TEST_CASE(a_namespace_with_many_accounts_is_counted_in_pieces)
{
    all.put(sample("x"));
    namespace_is("a");
    for (int i = 0; i < 1000; ++i)
        account_is("a", "account-" + std::to_string(i), i % 2 == 0 ? strings{"tcr.ipsx"} : strings{});
    counts.begin_round();
    int pieces = 1;
    while (!counts.count_some(100))
        ++pieces;
    BOOST_TEST(pieces > 5);
    BOOST_TEST((counts.of("x") == served{1, 0, 1000, 500}));
}

BOOST_AUTO_TEST_CASE(an_object_dropped_during_a_count_leaves_no_counts)
{
    all.put(sample("x"));
    all.put(sample("y"));
    namespace_is("a");
    for (int i = 0; i < 200; ++i)
        account_is("a", "account-" + std::to_string(i), {"tcr.ipsx"});
    counts.begin_round();
    BOOST_TEST(!counts.count_some(1));
    all.drop("x");
    mark_all();
    while (!counts.count_some(1))
        ;
    count();
    BOOST_TEST((counts.of("x") == served()));
    all.put(sample("x"));
    mark_all();
    count();
    BOOST_TEST((counts.of("x") == served{1, 0, 200, 200}));
    BOOST_TEST((counts.of("y") == served{1, 0, 200, 0}));
}

BOOST_AUTO_TEST_CASE(an_account_with_too_long_a_list_is_not_counted)
{
    all.put(sample("x"));
    namespace_is("a");
    strings many;
    for (int i = 0; i < 10'000; ++i)
        many.push_back("tcr.ips" + std::to_string(i));
    auto const list = tcr::test::own_references(many);
    BOOST_REQUIRE(list.extent() == runtime::list_extent::too_long);
    counts.mark(store.put_account("a", "hostile", ++version, list).where);
    account_is("a", "default", {});
    count();
    BOOST_TEST((counts.of("x") == served{1, 0, 1, 0}));
}

/// The changes are random. Counting each change gives the same result as one complete count.
BOOST_AUTO_TEST_CASE(counts_by_change_equal_a_count_of_everything)
{
    std::minstd_rand random(7);
    auto const dice = [&](unsigned sides) { return static_cast<unsigned>(random() % sides); };
    strings const owners{"x", "y", "z"};
    strings const spaces{"a", "b", "c", "d"};
    for (int step = 0; step < 4000; ++step)
    {
        auto const& ns = spaces[dice(4)];
        auto const& owner = owners[dice(3)];
        auto const account = "account-" + std::to_string(dice(70));
        switch (dice(8))
        {
            case 0:
                namespace_is(ns, dice(2) == 0 ? "team=x\n" : "", dice(4) == 0);
                break;
            case 1:
                counts.mark(store.drop_namespace(ns).where);
                break;
            case 2:
                all.put(sample(owner, dice(2) == 0 ? "*" : ns + ",b", dice(2) == 0 ? "" : account));
                mark_all();
                break;
            case 3:
                all.drop(owner);
                mark_all();
                break;
            case 4:
                if (all.find(owner))
                    secret_is(ns, owner, dice(3) > 0);
                break;
            case 5:
                counts.mark(store.drop_account(ns, account, ++version).where);
                break;
            default:
                account_is(ns, account, dice(2) == 0 ? strings{"tcr.ips" + owner} : strings{"tcr.ipsx", "o"});
        }
        if (dice(3) == 0)
            counts.count_some(dice(20));
        if (dice(20) != 0)
            continue;
        count(1 + dice(50));
        for (auto const& name : owners)
            BOOST_TEST((counts.of(name) == recounted(name)), "step " << step << ", " << name);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace served_counts_test
