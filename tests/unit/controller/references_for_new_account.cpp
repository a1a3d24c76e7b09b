// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/references_for_new_account.hpp>

#include <boost/test/unit_test.hpp>

namespace references_for_new_account_test
{

using namespace tcr;
using namespace tcr::controller;
using strings = std::vector<std::string>;

struct cluster
{
    catalog entries;
    runtime::cluster_store store;

    image_pull_secret& cr(std::string name)
    {
        image_pull_secret made;
        made.name = std::move(name);
        made.uid = "uid";
        made.spec.server = "registry.example.com";
        made.spec.username = "user";
        made.spec.password = "password";
        return pending.emplace_back(std::move(made));
    }

    new_account_references ask(std::string_view ns, std::string_view account, strings const& present = {})
    {
        for (auto const& each : pending)
            entries.put(each);
        pending.clear();
        return references_for_new_account(entries, store, ns, account, present);
    }

    std::vector<image_pull_secret> pending;
};

label_selector::requirement team_is(std::string value)
{
    return {"team", label_selector::op::in, {std::move(value)}};
}

BOOST_FIXTURE_TEST_SUITE(references_for_a_new_account, cluster)

BOOST_AUTO_TEST_CASE(each_matching_image_pull_secret_adds_its_reference)
{
    cr("a");
    cr("b").spec.service_accounts = "builder, default";
    cr("c").spec.service_accounts = "builder";
    cr("d").spec.namespaces = "other";
    cr("e").spec.excluded_namespaces = {"here"};
    cr("f").spec.references = "secretsOnly";
    store.put_namespace("here", "", false);
    BOOST_TEST(ask("here", "default").names == (strings{"tcr.ipsa", "tcr.ipsb"}));
    BOOST_TEST(
        ask("other", "builder").names == (strings{"tcr.ipsa", "tcr.ipsb", "tcr.ipsc", "tcr.ipsd", "tcr.ipse"})
    );
}

BOOST_AUTO_TEST_CASE(a_namespace_that_the_watch_has_not_reported_is_served_by_its_name)
{
    cr("a");
    auto const needed = ask("new", "default");
    BOOST_TEST(needed.names == strings{"tcr.ipsa"});
    BOOST_TEST(!needed.is_undecided);
}

BOOST_AUTO_TEST_CASE(a_selector_needs_the_namespaces_labels)
{
    cr("a").spec.namespace_selector.requirements = {team_is("x")};
    cr("b");
    BOOST_TEST((ask("new", "default") == new_account_references{{"tcr.ipsb"}, true}));
    // The store knows an account of the namespace, but not its labels: the result is still undecided.
    store.put_account("new", "default", 1, {});
    BOOST_TEST(ask("new", "default").is_undecided);
    store.put_namespace("new", "team=x\n", false);
    BOOST_TEST((ask("new", "default") == new_account_references{{"tcr.ipsa", "tcr.ipsb"}, false}));
    store.put_namespace("new", "team=y\n", false);
    BOOST_TEST((ask("new", "default") == new_account_references{{"tcr.ipsb"}, false}));
}

BOOST_AUTO_TEST_CASE(a_selector_that_cannot_matter_is_not_waited_for)
{
    auto& by_name = cr("a").spec;
    by_name.namespace_selector.requirements = {team_is("x")};
    by_name.namespaces = "other";
    auto& by_account = cr("b").spec;
    by_account.namespace_selector.requirements = {team_is("x")};
    by_account.service_accounts = "builder";
    BOOST_TEST((ask("new", "default") == new_account_references{}));
}

BOOST_AUTO_TEST_CASE(a_reference_that_is_present_is_not_added)
{
    cr("a");
    cr("b");
    BOOST_TEST(ask("here", "default", {"mine", "tcr.ipsa"}).names == strings{"tcr.ipsb"});
}

BOOST_AUTO_TEST_CASE(an_account_without_a_name_gets_the_references_for_all_accounts)
{
    cr("a");
    cr("b").spec.service_accounts = "default";
    BOOST_TEST(ask("here", "").names == strings{"tcr.ipsa"});
}

BOOST_AUTO_TEST_CASE(an_invalid_image_pull_secret_adds_nothing)
{
    cr("a").spec.password = "";
    BOOST_TEST((ask("here", "default") == new_account_references{}));
}

BOOST_AUTO_TEST_CASE(a_terminating_namespace_gets_nothing)
{
    cr("a");
    store.put_namespace("here", "", true);
    BOOST_TEST((ask("here", "default") == new_account_references{}));
}

BOOST_AUTO_TEST_CASE(a_foreign_secret_is_not_referenced)
{
    cr("a");
    store.put_namespace("here", "", false);
    runtime::secret_state foreign;
    foreign.is_foreign = true;
    store.put_secret("here", "tcr.ipsa", 5, foreign);
    BOOST_TEST((ask("here", "default") == new_account_references{}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace references_for_new_account_test
