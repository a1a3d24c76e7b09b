// SPDX-License-Identifier: Apache-2.0
#include "own_references.hpp"
#include <tcr/controller/plan.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <ostream>
#include <random>
#include <string>
#include <vector>

namespace tcr::controller
{

inline std::ostream& boost_test_print_type(std::ostream& out, action const& step)
{
    static char const* const words[] = {"create", "update", "delete", "inspect", "read", "references"};
    out << words[static_cast<int>(step.what)] << " " << step.target << "@" << step.resource_version << " [";
    for (auto const& name : step.references)
        out << "'" << name << "' ";
    return out << "]";
}

}  // namespace tcr::controller

namespace plan_test
{

using namespace tcr;
using namespace tcr::controller;
using kind = action::kind;
using strings = std::vector<std::string>;
using actions = std::vector<action>;

image_pull_secret sample(std::string name = "x")
{
    image_pull_secret cr;
    cr.name = std::move(name);
    cr.uid = "uid-" + cr.name;
    cr.spec.server = "registry.example.com";
    cr.spec.username = "user";
    cr.spec.password = "password";
    return cr;
}

action create(std::string name)
{
    return {kind::create_secret, std::move(name), 0, {}};
}
action update(std::string name, std::uint64_t version)
{
    return {kind::update_secret, std::move(name), version, {}};
}
action remove(std::string name, std::uint64_t version)
{
    return {kind::delete_secret, std::move(name), version, {}};
}
action read(std::string account)
{
    return {kind::read_account, std::move(account), 0, {}};
}

action inspect(std::string name)
{
    return {kind::inspect_secret, std::move(name), 0, {}};
}
action refer(std::string account, std::uint64_t version, strings references)
{
    return {kind::set_references, std::move(account), version, std::move(references)};
}

/// A store with one namespace "n".
struct fixture
{
    catalog entries;
    runtime::cluster_store store;
    probe_results found;
    removed_references removed;

    fixture() { store.put_namespace("n", "env=prod\n", false); }

    void account(std::string const& name, std::uint64_t version, strings const& references)
    {
        store.put_account("n", name, version, references);
    }

    enum class content
    {
        right,
        wrong
    };
    void secret(
        std::string const& name,
        std::uint64_t version,
        content how = content::right,
        bool is_foreign = false,
        bool is_immutable = false
    )
    {
        runtime::secret_state state;
        auto const* entry = entries.find_by_secret(name);
        state.fingerprint = (entry ? entry->secret.fingerprint : 0) + (how == content::right ? 0 : 1);
        state.is_foreign = is_foreign;
        state.is_immutable = is_immutable;
        store.put_secret("n", name, version, state);
    }

    plan_result result() const { return plan(entries, store, *store.find_namespace("n"), found, 0, removed); }
    actions planned() const { return result().actions; }
};

#define CHECK_PLAN(...) BOOST_TEST(planned() == (actions{__VA_ARGS__}), boost::test_tools::per_element())

BOOST_FIXTURE_TEST_SUITE(plans, fixture)

BOOST_AUTO_TEST_CASE(without_image_pull_secrets_nothing_is_planned)
{
    account("default", 3, {"other"});
    CHECK_PLAN();
}

BOOST_AUTO_TEST_CASE(an_empty_namespace_gets_its_secret)
{
    entries.put(sample());
    CHECK_PLAN(create("tcr.ipsx"));
}

BOOST_AUTO_TEST_CASE(the_secret_is_created_before_an_account_refers_to_it)
{
    entries.put(sample());
    account("default", 3, {});
    CHECK_PLAN(create("tcr.ipsx"));
    secret("tcr.ipsx", 4);
    CHECK_PLAN(refer("default", 3, {"tcr.ipsx"}));
    account("default", 5, {"tcr.ipsx"});
    CHECK_PLAN();
}

BOOST_AUTO_TEST_CASE(a_reference_is_appended_after_the_entries_of_others)
{
    entries.put(sample());
    secret("tcr.ipsx", 4);
    account("default", 3, {"zeta", "alpha", "zeta", "tcr-ips"});
    CHECK_PLAN(refer("default", 3, {"zeta", "alpha", "zeta", "tcr-ips", "tcr.ipsx"}));
}

BOOST_AUTO_TEST_CASE(a_reference_anywhere_in_the_list_is_enough)
{
    entries.put(sample());
    secret("tcr.ipsx", 4);
    account("a", 3, {"tcr.ipsx", "other"});
    account("b", 3, {"other", "tcr.ipsx", "other"});
    CHECK_PLAN();
}

BOOST_AUTO_TEST_CASE(a_duplicate_entry_of_ours_is_removed)
{
    entries.put(sample());
    secret("tcr.ipsx", 4);
    account("default", 3, {"a", "tcr.ipsx", "b", "tcr.ipsx", "tcr.ipsx"});
    CHECK_PLAN(refer("default", 3, {"a", "tcr.ipsx", "b"}));
}

BOOST_AUTO_TEST_CASE(only_selected_accounts_get_the_reference)
{
    auto cr = sample();
    cr.spec.service_accounts = "default";
    entries.put(cr);
    secret("tcr.ipsx", 4);
    account("default", 3, {});
    account("builder", 5, {});
    CHECK_PLAN(refer("default", 3, {"tcr.ipsx"}));
}

BOOST_AUTO_TEST_CASE(an_account_no_longer_selected_loses_the_reference_and_the_secret_stays)
{
    auto cr = sample();
    cr.spec.service_accounts = "default";
    entries.put(cr);
    secret("tcr.ipsx", 4);
    account("default", 3, {"tcr.ipsx"});
    account("builder", 5, {"a", "tcr.ipsx", "b"});
    CHECK_PLAN(refer("builder", 5, {"a", "b"}));
    account("builder", 6, {"a", "b"});
    CHECK_PLAN();
}

BOOST_AUTO_TEST_CASE(after_a_deletion_references_are_removed_before_the_secret)
{
    secret("tcr.ipsx", 4);
    account("default", 3, {"a", "tcr.ipsx"});
    account("builder", 5, {"tcr.ipsx", "tcr.ipsx"});
    auto steps = planned();
    BOOST_TEST(steps.size() == 2u);
    BOOST_TEST((std::find(steps.begin(), steps.end(), refer("default", 3, {"a"})) != steps.end()));
    BOOST_TEST((std::find(steps.begin(), steps.end(), refer("builder", 5, {})) != steps.end()));
    account("default", 6, {"a"});
    CHECK_PLAN(refer("builder", 5, {}));
    account("builder", 7, {});
    CHECK_PLAN(remove("tcr.ipsx", 4));
    store.drop_secret("n", "tcr.ipsx", 8);
    CHECK_PLAN();
}

BOOST_AUTO_TEST_CASE(a_secret_stays_until_the_accounts_without_a_known_list_are_read)
{
    secret("tcr.ipsx", 4);
    tcr::test::put_unread_account(store, "n", "default", 3);
    CHECK_PLAN(read("default"));
    found.accounts["default"] = {3, {"a", "tcr.ipsx"}};
    CHECK_PLAN(refer("default", 3, {"a"}));
    found.accounts.clear();
    found.checked["default"] = 3;
    CHECK_PLAN(remove("tcr.ipsx", 4));
}

BOOST_AUTO_TEST_CASE(no_part_of_a_namespace_removes_a_secret_that_another_part_may_refer_to)
{
    secret("tcr.ipsx", 4);
    // The account "default" is neither in the first part nor in the last one.
    for (int i = 0; i < 40; ++i)
        account("before-" + std::to_string(i), 3, {});
    tcr::test::put_unread_account(store, "n", "default", 3);
    for (int i = 0; i < 40; ++i)
        account("after-" + std::to_string(i), 3, {});
    auto part = result();
    auto all = part.actions;
    while (part.next != runtime::cluster_store::end_of_accounts)
    {
        part = plan(entries, store, *store.find_namespace("n"), found, part.next, removed);
        all.insert(all.end(), part.actions.begin(), part.actions.end());
    }
    BOOST_TEST(all == actions{read("default")}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_namespace_that_stops_matching_is_cleaned_likewise)
{
    for (auto edit :
         {+[](image_pull_secret_spec& spec) { spec.namespaces = "other"; },
          +[](image_pull_secret_spec& spec) { spec.excluded_namespaces = {"n"}; },
          +[](image_pull_secret_spec& spec) {
              spec.namespace_selector.requirements = {{"env", label_selector::op::in, {"dev"}}};
          }})
    {
        fixture at;
        auto cr = sample();
        at.entries.put(cr);
        at.secret("tcr.ipsx", 4);
        at.account("default", 3, {"tcr.ipsx"});
        BOOST_TEST(at.planned().empty());
        edit(cr.spec);
        at.entries.put(cr);
        BOOST_TEST(at.planned() == actions{refer("default", 3, {})}, boost::test_tools::per_element());
        at.account("default", 5, {});
        BOOST_TEST(at.planned() == actions{remove("tcr.ipsx", 4)}, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(a_secret_is_updated_in_place_and_no_account_is_touched)
{
    entries.put(sample());
    secret("tcr.ipsx", 4, content::wrong);
    account("default", 3, {"tcr.ipsx"});
    CHECK_PLAN(update("tcr.ipsx", 4));
}

BOOST_AUTO_TEST_CASE(a_credential_edit_and_a_recreated_object_update_the_secret)
{
    auto cr = sample();
    entries.put(cr);
    secret("tcr.ipsx", 4);
    account("default", 3, {"tcr.ipsx"});
    CHECK_PLAN();
    cr.spec.password = "another";
    entries.put(cr);
    CHECK_PLAN(update("tcr.ipsx", 4));
    secret("tcr.ipsx", 5);
    CHECK_PLAN();
    cr.uid = "another";
    entries.put(cr);
    CHECK_PLAN(update("tcr.ipsx", 5));
}

BOOST_AUTO_TEST_CASE(a_deleted_secret_or_reference_is_restored)
{
    entries.put(sample());
    account("default", 3, {"tcr.ipsx"});
    CHECK_PLAN(create("tcr.ipsx"));
    secret("tcr.ipsx", 4);
    account("default", 5, {"other"});
    CHECK_PLAN(refer("default", 5, {"other", "tcr.ipsx"}));
}

BOOST_AUTO_TEST_CASE(an_immutable_secret_is_recreated_only_if_it_is_wrong)
{
    entries.put(sample());
    account("default", 3, {"tcr.ipsx"});
    secret("tcr.ipsx", 4, content::right, false, true);
    CHECK_PLAN();
    secret("tcr.ipsx", 5, content::wrong, false, true);
    CHECK_PLAN(remove("tcr.ipsx", 5));
    store.drop_secret("n", "tcr.ipsx", 6);
    CHECK_PLAN(create("tcr.ipsx"));
}

BOOST_AUTO_TEST_CASE(no_account_gets_a_reference_to_a_secret_that_is_being_recreated)
{
    entries.put(sample());
    account("default", 3, {});
    secret("tcr.ipsx", 5, content::wrong, false, true);
    CHECK_PLAN(remove("tcr.ipsx", 5));
}

BOOST_AUTO_TEST_CASE(a_foreign_secret_and_its_reference_stay_unchanged)
{
    for (bool is_wanted : {true, false})
    {
        fixture at;
        if (is_wanted)
            at.entries.put(sample());
        at.secret("tcr.ipsx", 4, content::wrong, true);
        at.account("a", 3, {});
        at.account("b", 5, {"tcr.ipsx", "other"});
        // A desired Secret is created although the store shows a foreign one: the API server refuses the
        // creation, and the controller reports the refusal.
        if (is_wanted)
            BOOST_TEST(at.planned() == actions{create("tcr.ipsx")}, boost::test_tools::per_element());
        at.found.foreign = {"tcr.ipsx"};
        BOOST_TEST(at.planned().empty());
    }
}

BOOST_AUTO_TEST_CASE(a_secret_that_a_probe_found_foreign_stays_unchanged)
{
    entries.put(sample());
    account("default", 3, {"tcr.ipsx", "tcr.ipsgone"});
    found.foreign = {"tcr.ipsx", "tcr.ipsgone"};
    CHECK_PLAN();
}

BOOST_AUTO_TEST_CASE(an_account_kept_in_part_is_read_before_it_is_written)
{
    entries.put(sample());
    secret("tcr.ipsx", 2);
    std::vector<std::string> const names{"a", "b", "tcr.ipsold"};
    found.absent.insert("tcr.ipsold");
    store.put_account("n", "default", 3, tcr::test::own_references(names));
    CHECK_PLAN(read("default"));
    found.accounts["default"] = {3, names};
    CHECK_PLAN(refer("default", 3, {"a", "b", "tcr.ipsx"}));
    // The store has a newer version of the account than the probe: the account is read again.
    store.put_account("n", "default", 4, tcr::test::own_references(names));
    CHECK_PLAN(read("default"));
    found.accounts["default"] = {5, {"a", "tcr.ipsx"}};
    CHECK_PLAN();
    // Version 5 was read and needs no write. The account is not read again, although the watch still shows
    // version 4.
    found.accounts.clear();
    found.checked["default"] = 5;
    CHECK_PLAN();
    store.put_account("n", "default", 6, tcr::test::own_references(names));
    CHECK_PLAN(read("default"));
}

BOOST_AUTO_TEST_CASE(an_account_kept_in_part_is_not_read_if_nothing_changes)
{
    entries.put(sample());
    secret("tcr.ipsx", 2);
    store.put_account("n", "default", 3, tcr::test::own_references({"a", "tcr.ipsx"}));
    CHECK_PLAN();
}

BOOST_AUTO_TEST_CASE(an_account_with_too_many_references_of_our_prefix_stays_unchanged)
{
    entries.put(sample());
    secret("tcr.ipsx", 2);
    std::vector<std::string> names;
    for (int i = 0; i < 40'000; ++i)
        names.push_back("tcr.ips" + std::to_string(i));
    store.put_account("n", "default", 3, tcr::test::own_references(names));
    CHECK_PLAN();
}

BOOST_AUTO_TEST_CASE(one_call_plans_a_few_reads)
{
    std::vector<std::string> names;
    for (int i = 0; i < 400; ++i)
        names.push_back("tcr.ipsgone-" + std::to_string(i));
    account("default", 3, names);
    BOOST_TEST(planned().size() == max_planned_reads);
}

BOOST_AUTO_TEST_CASE(secrets_are_inspected_before_accounts_are_read)
{
    entries.put(sample());
    secret("tcr.ipsx", 2);
    account("unknown", 3, {"tcr.ipsx", "tcr.ipsgone"});
    // "partial" was added last and is planned first. Nevertheless the inspection comes before the read.
    store.put_account("n", "partial", 4, tcr::test::own_references({"other"}));
    CHECK_PLAN(inspect("tcr.ipsgone"), read("partial"));
}

BOOST_AUTO_TEST_CASE(a_namespace_with_many_accounts_is_planned_in_several_calls)
{
    entries.put(sample());
    secret("tcr.ipsx", 2);
    secret("tcr.ipsunwanted", 2);
    constexpr std::size_t many = 1000;
    for (std::size_t i = 0; i < many; ++i)
        account("account-" + std::to_string(i), 3, {});
    std::set<std::string> accounts;
    std::size_t calls = 0;
    std::size_t removals = 0;
    runtime::cluster_store::account_cursor from = 0;
    while (from != runtime::cluster_store::end_of_accounts)
    {
        auto const result = plan(entries, store, *store.find_namespace("n"), found, from);
        BOOST_TEST(result.actions.size() <= 2 * max_planned_accounts);
        for (auto const& step : result.actions)
        {
            removals += step.what == kind::delete_secret ? 1 : 0;
            if (step.what == kind::set_references)
                accounts.insert(step.target);
        }
        from = result.next;
        ++calls;
    }
    BOOST_TEST(accounts.size() == many);
    BOOST_TEST(calls >= many / max_planned_accounts / 2);
    BOOST_TEST(removals == 1u, "in the last call alone");
}

BOOST_AUTO_TEST_CASE(where_labels_are_unknown_a_selector_neither_adds_nor_removes)
{
    auto cr = sample();
    cr.spec.namespace_selector.requirements = {{"env", label_selector::op::exists, {}, false}};
    entries.put(cr);
    store.put_namespace("n", std::nullopt, false);
    account("default", 3, {});
    CHECK_PLAN();
    secret("tcr.ipsx", 2);
    account("default", 4, {"tcr.ipsx"});
    CHECK_PLAN();
    // An ImagePullSecret without a selector does not need the labels.
    entries.put(sample("y"));
    CHECK_PLAN(create("tcr.ipsy"));
}

BOOST_AUTO_TEST_CASE(an_unknown_reference_is_inspected_before_it_is_removed)
{
    account("a", 3, {"other", "tcr.ipsgone", "tcr.ipsgone"});
    account("b", 5, {"tcr.ipsgone"});
    CHECK_PLAN(inspect("tcr.ipsgone"));
}

BOOST_AUTO_TEST_CASE(a_reference_to_a_secret_that_is_absent_is_removed)
{
    account("default", 3, {"other", "tcr.ipsgone"});
    found.absent = {"tcr.ipsgone"};
    CHECK_PLAN(refer("default", 3, {"other"}));
}

BOOST_AUTO_TEST_CASE(known_changes_are_written_while_the_rest_is_inspected)
{
    entries.put(sample());
    secret("tcr.ipsx", 4);
    account("default", 3, {"tcr.ipsgone"});
    auto const steps = planned();
    BOOST_TEST((std::find(steps.begin(), steps.end(), inspect("tcr.ipsgone")) != steps.end()));
    // The inspection of "tcr.ipsgone" has no result yet, so its reference stays in the list.
    for (auto const& step : steps)
        if (step.what == kind::set_references)
            BOOST_TEST(step == refer("default", 3, {"tcr.ipsgone", "tcr.ipsx"}));
}

BOOST_AUTO_TEST_CASE(a_reference_that_cannot_be_a_secrets_name_is_foreign)
{
    // The API server does not check the names of references. An invalid name must not be used in a request.
    account(
        "default",
        3,
        {"tcr.ips/../x",
         "tcr.ipsa?watch=1",
         "tcr.ipsa b",
         "tcr.ipsA",
         "tcr.ips%2e",
         "tcr.ipsa\r",
         "tcr.ips-",
         "tcr.ips.",
         "tcr.ips..a",
         "tcr.ips\xff",
         "tcr.ips" + std::string(300, 'a')}
    );
    CHECK_PLAN();
}

BOOST_AUTO_TEST_CASE(doubled_entries_of_others_stay_doubled)
{
    entries.put(sample());
    secret("tcr.ipsx", 4);
    secret("tcr.ipstheirs", 5, content::wrong, true);
    found.foreign = {"tcr.ipsfound"};
    account("default", 3, {"tcr.ipstheirs", "tcr.ipsfound", "a", "tcr.ipstheirs", "tcr.ipsfound", "a"});
    CHECK_PLAN(refer(
        "default", 3, {"tcr.ipstheirs", "tcr.ipsfound", "a", "tcr.ipstheirs", "tcr.ipsfound", "a", "tcr.ipsx"}
    ));
    account("default", 6, {"tcr.ipsx", "tcr.ipstheirs", "tcr.ipstheirs"});
    CHECK_PLAN();
}

BOOST_AUTO_TEST_CASE(entries_of_others_stay_as_they_are_even_blank_ones)
{
    // A Helm chart with an unset value writes `imagePullSecrets: [{name: ""}]`.
    entries.put(sample());
    secret("tcr.ipsx", 4);
    account("default", 3, {"", " spaced ", "a", ""});
    CHECK_PLAN(refer("default", 3, {"", " spaced ", "a", "", "tcr.ipsx"}));
    account("default", 5, {"", " spaced ", "a", "", "tcr.ipsx"});
    CHECK_PLAN();
}

BOOST_AUTO_TEST_CASE(a_terminating_or_unknown_namespace_needs_nothing)
{
    entries.put(sample());
    secret("tcr.ipsx", 4, content::wrong);
    secret("tcr.ipsgone", 5);
    account("default", 3, {"tcr.ipsgone"});
    BOOST_TEST(!planned().empty());
    store.put_namespace("n", "", true);
    CHECK_PLAN();
    store.drop_namespace("n");
    CHECK_PLAN();
}

BOOST_AUTO_TEST_CASE(for_an_invalid_object_nothing_is_written_or_removed)
{
    auto cr = sample();
    cr.spec.password.clear();
    for (auto const* namespaces : {"", "other"})
    {
        fixture at;
        cr.spec.namespaces = namespaces;
        at.entries.put(cr);
        at.account("a", 3, {});
        at.account("b", 4, {"tcr.ipsx", "tcr.ipsx"});
        BOOST_TEST(at.planned().empty());
        at.secret("tcr.ipsx", 5, content::wrong);
        BOOST_TEST(at.planned().empty());
        at.found.absent = {"tcr.ipsx"};
        BOOST_TEST(at.planned().empty());
    }
}

BOOST_AUTO_TEST_CASE(several_image_pull_secrets_are_one_write_for_each_account)
{
    for (auto const* name : {"y", "x", "z"})
        entries.put(sample(name));
    account("default", 3, {"tcr.ipsz", "a"});
    account("builder", 4, {});
    CHECK_PLAN(create("tcr.ipsx"), create("tcr.ipsy"), create("tcr.ipsz"));
    secret("tcr.ipsx", 5);
    secret("tcr.ipsy", 6);
    secret("tcr.ipsz", 7);
    secret("tcr.ipsold", 8);
    auto const steps = planned();
    BOOST_TEST(steps.size() == 3u);
    BOOST_TEST(
        (std::find(
             steps.begin(), steps.end(), refer("default", 3, {"tcr.ipsz", "a", "tcr.ipsx", "tcr.ipsy"})
         ) != steps.end())
    );
    BOOST_TEST(
        (std::find(steps.begin(), steps.end(), refer("builder", 4, {"tcr.ipsx", "tcr.ipsy", "tcr.ipsz"})) !=
         steps.end())
    );
    BOOST_TEST((std::find(steps.begin(), steps.end(), remove("tcr.ipsold", 8)) != steps.end()));
}

BOOST_AUTO_TEST_CASE(removed_and_added_references_are_one_write)
{
    entries.put(sample("x"));
    secret("tcr.ipsx", 5);
    secret("tcr.ipsold", 6);
    account("default", 3, {"a", "tcr.ipsold", "b"});
    CHECK_PLAN(refer("default", 3, {"a", "b", "tcr.ipsx"}));
}

BOOST_AUTO_TEST_CASE(names_without_our_prefix_are_not_inspected)
{
    account("default", 3, {"xtcr.ipsa", "tcr.ip", "TCR.IPSa", "registry"});
    CHECK_PLAN();
}

BOOST_AUTO_TEST_CASE(secrets_only_leaves_all_accounts_unchanged)
{
    auto cr = sample();
    cr.spec.references = "secretsOnly";
    entries.put(cr);
    account("default", 3, {"other"});
    account("builder", 3, {"tcr.ipsx", "other", "tcr.ipsx"});
    CHECK_PLAN(create("tcr.ipsx"));
    secret("tcr.ipsx", 4);
    CHECK_PLAN();
    secret("tcr.ipsx", 5, content::wrong);
    CHECK_PLAN(update("tcr.ipsx", 5));
    // The Secret is removed although an account refers to it: the reference is not ours.
    cr.spec.namespaces = "elsewhere";
    entries.put(cr);
    CHECK_PLAN(remove("tcr.ipsx", 5));
}

BOOST_AUTO_TEST_CASE(a_deleted_object_that_managed_no_references_leaves_them_unchanged)
{
    auto cr = sample();
    cr.spec.references = "secretsOnly";
    entries.put(cr);
    secret("tcr.ipsx", 4);
    account("default", 3, {"tcr.ipsx"});
    entries.drop("x");
    CHECK_PLAN();
    // A new object with the same name manages its references.
    cr = sample();
    cr.spec.service_accounts = "builder";
    entries.put(cr);
    CHECK_PLAN(refer("default", 3, {}));
}

BOOST_AUTO_TEST_CASE(references_stay_during_a_deletion_that_keeps_the_secrets)
{
    auto cr = sample();
    entries.put(cr);
    secret("tcr.ipsx", 4);
    account("default", 3, {"tcr.ipsx"});
    cr.keeps_secrets = true;
    entries.put(cr);
    CHECK_PLAN();
    // After the deletion of the object, the store may still show the Secret with its owner.
    entries.drop("x");
    CHECK_PLAN();
}

BOOST_AUTO_TEST_CASE(a_kept_secret_and_its_references_stay_until_the_object_returns)
{
    runtime::secret_state state;
    state.is_unowned = true;
    store.put_secret("n", "tcr.ipsx", 4, state);
    account("default", 3, {"tcr.ipsx"});
    CHECK_PLAN();
    auto cr = sample();
    cr.spec.namespaces = "elsewhere";
    entries.put(cr);
    CHECK_PLAN();
    cr.spec.namespaces = "n";
    entries.put(cr);
    CHECK_PLAN(update("tcr.ipsx", 4));
}

BOOST_AUTO_TEST_CASE(a_removed_reference_that_another_client_writes_again_stays)
{
    auto cr = sample();
    cr.spec.service_accounts = "default";
    entries.put(cr);
    secret("tcr.ipsx", 4);
    account("default", 3, {"tcr.ipsx"});
    account("builder", 3, {"tcr.ipsx"});
    account("tester", 3, {"tcr.ipsx"});
    auto const removed_from = [&](std::string_view name) {
        removed.note({"n", name, "tcr.ipsx", entries.spec_version("tcr.ipsx")});
    };
    removed_from("builder");
    CHECK_PLAN(refer("tester", 3, {}));
    BOOST_TEST((result().kept == std::vector<account_reference>{{"builder", "tcr.ipsx"}}));
    // Equal lists are compared for each account.
    removed_from("tester");
    CHECK_PLAN();
    BOOST_TEST(result().kept.size() == 2u);
    // A new version of the spec ends the effect of earlier removals.
    ++cr.generation;
    entries.put(cr);
    BOOST_TEST(planned().size() == 2u);
    BOOST_TEST(result().kept.empty());
}

BOOST_AUTO_TEST_CASE(a_reference_of_another_client_does_not_keep_the_secret)
{
    auto cr = sample();
    cr.spec.namespaces = "elsewhere";
    entries.put(cr);
    secret("tcr.ipsx", 4);
    account("default", 3, {"tcr.ipsx"});
    account("builder", 3, {"tcr.ipsx"});
    removed.note({"n", "builder", "tcr.ipsx", entries.spec_version("tcr.ipsx")});
    CHECK_PLAN(refer("default", 3, {}));
    account("default", 4, {});
    CHECK_PLAN(remove("tcr.ipsx", 4));
}

BOOST_AUTO_TEST_CASE(equal_lists_are_compared_for_each_account_if_one_reference_is_kept)
{
    auto cr = sample();
    cr.spec.namespaces = "elsewhere";
    entries.put(cr);
    secret("tcr.ipsx", 4);
    // The lists of these accounts must be read first, so the references are not removed yet.
    for (auto const* each : {"a", "b", "c"})
        account(each, 3, {"tcr.ipsx", std::string(runtime::reference_list::max_whole_bytes, 'y')});
    auto const is_secret_removed = [&]
    { return std::ranges::count(planned(), kind::delete_secret, &action::what) == 1; };
    for (auto const* each : {"a", "b", "c"})
    {
        BOOST_TEST(!is_secret_removed());
        removed.note({"n", each, "tcr.ipsx", entries.spec_version("tcr.ipsx")});
    }
    BOOST_TEST(is_secret_removed());
}

BOOST_AUTO_TEST_CASE(a_kept_reference_to_an_absent_secret_is_not_inspected)
{
    account("default", 3, {"tcr.ipsx"});
    CHECK_PLAN(inspect("tcr.ipsx"));
    removed.note({"n", "default", "tcr.ipsx", entries.spec_version("tcr.ipsx")});
    CHECK_PLAN();
    BOOST_TEST(result().kept.size() == 1u);
}

BOOST_AUTO_TEST_CASE(each_kept_reference_of_an_account_is_returned_once)
{
    account("default", 3, {"tcr.ipsx", "tcr.ipsy", "tcr.ipsx"});
    for (auto const* name : {"tcr.ipsx", "tcr.ipsy"})
        removed.note({"n", "default", name, entries.spec_version(name)});
    std::vector<account_reference> const kept{{"default", "tcr.ipsx"}, {"default", "tcr.ipsy"}};
    BOOST_TEST((result().kept == kept));
}

BOOST_AUTO_TEST_CASE(a_removed_reference_that_is_desired_again_is_returned)
{
    auto cr = sample();
    entries.put(cr);
    secret("tcr.ipsx", 4);
    removed.note({"n", "builder", "tcr.ipsx", entries.spec_version("tcr.ipsx")});
    // The webhook added the reference to a new account, so that no write is necessary.
    account("builder", 3, {"tcr.ipsx"});
    account("default", 3, {"tcr.ipsx"});
    CHECK_PLAN();
    BOOST_TEST((result().desired_again == std::vector<account_reference>{{"builder", "tcr.ipsx"}}));
    removed.forget({"n", "builder", "tcr.ipsx", entries.spec_version("tcr.ipsx")});
    BOOST_TEST(result().desired_again.empty());
}

BOOST_AUTO_TEST_CASE(a_removed_reference_that_is_desired_again_is_found_in_a_list_that_was_read)
{
    entries.put(sample());
    secret("tcr.ipsx", 4);
    removed.note({"n", "builder", "tcr.ipsx", entries.spec_version("tcr.ipsx")});
    store.put_account("n", "builder", 3, {});
    found.accounts["builder"] = {3, {"tcr.ipsx"}};
    CHECK_PLAN();
    BOOST_TEST(result().desired_again.size() == 1u);
}

BOOST_AUTO_TEST_CASE(without_access_secrets_and_references_stay)
{
    auto cr = sample();
    cr.spec.namespaces = "elsewhere";
    entries.put(cr);
    secret("tcr.ipsx", 4);
    secret("tcr.ipsy", 4);
    account("default", 3, {"tcr.ipsx", "tcr.ipsy", "tcr.ipsz"});
    // The Secret of an ImagePullSecret, a Secret without ImagePullSecret, and a reference to an unknown
    // Secret all stay.
    entries.set_access(secret_access({"tcr.ipsother"}, "own"));
    CHECK_PLAN();
    entries.set_access(secret_access({"tcr.ipsx", "tcr.ipsy"}, "own"));
    CHECK_PLAN(refer("default", 3, {"tcr.ipsz"}));
    account("default", 5, {"tcr.ipsz"});
    CHECK_PLAN(remove("tcr.ipsy", 4), remove("tcr.ipsx", 4));
}

BOOST_AUTO_TEST_CASE(without_access_nothing_is_created)
{
    entries.put(sample());
    account("default", 3, {});
    entries.set_access(secret_access({}, "own"));
    CHECK_PLAN();
    entries.set_access(secret_access({"tcr.ipsx"}, "own"));
    CHECK_PLAN(create("tcr.ipsx"));
}

BOOST_AUTO_TEST_CASE(without_an_object_a_reference_is_removed_once_for_each_deletion)
{
    account("default", 3, {"tcr.ipsx"});
    found.absent.insert("tcr.ipsx");
    CHECK_PLAN(refer("default", 3, {}));
    removed.note({"n", "default", "tcr.ipsx", entries.spec_version("tcr.ipsx")});
    account("default", 4, {"tcr.ipsx"});
    CHECK_PLAN();
    entries.put(sample());
    entries.drop("x");
    CHECK_PLAN(refer("default", 4, {}));
}

BOOST_AUTO_TEST_SUITE_END()

// A small fake API server for one namespace, and a controller that plans and acts until the plan is empty.

enum class mark
{
    ours,
    unowned,  ///< made by the original add-on: the type is right, and no mark shows an owner
    foreign
};

struct model_secret
{
    std::uint64_t version = 0;
    runtime::secret_state state;
    mark owner = mark::ours;
    bool has_label = true;  ///< the watch shows only Secrets with the label
};

struct model_account
{
    std::uint64_t version = 0;
    strings references;
};

strings const names{"a", "b", "c"};
strings const account_names{"default", "builder", "deployer"};

/// The objects on the server.
struct model
{
    std::map<std::string, model_secret> secrets;
    std::map<std::string, model_account> accounts;
    catalog entries;

    bool desires(std::string const& cr) const
    {
        auto const* entry = entries.find(cr);
        return entry && coverage_of(*entry, {"n", "", true, false}) == coverage::covered;
    }

    /// Whether the controller must keep the reference in its account.
    bool is_others(std::string const& entry) const
    {
        if (!entry.starts_with(secret_prefix) || entry.find('/') != std::string::npos)
            return true;
        auto const cr = entry.substr(secret_prefix.size());
        if (auto const* known = entries.find(cr); known && !known->is_valid())
            return true;
        if (desires(cr))
            return false;
        auto const secret = secrets.find(entry);
        return secret != secrets.end() && secret->second.owner != mark::ours;
    }

    /// The references that the controller must keep, by account, in their order.
    std::map<std::string, strings> others() const
    {
        std::map<std::string, strings> result;
        for (auto const& [name, account] : accounts)
            for (auto const& entry : account.references)
                if (is_others(entry))
                    result[name].push_back(entry);
        return result;
    }
};

class world : public model
{
public:
    explicit world(unsigned seed) : random_(seed) { store_.put_namespace("n", "", false); }

    unsigned dice(unsigned sides) { return static_cast<unsigned>(random_() % sides); }
    bool chance(unsigned percent) { return dice(100) < percent; }

    /// Makes 1 to 8 random changes, as other clients and users do.
    void churn()
    {
        for (unsigned i = 1 + dice(8); i > 0; --i)
            switch (dice(6))
            {
                case 0:
                    change_cr();
                    break;
                case 1:
                    change_secret();
                    break;
                case 2:
                    drop_secret();
                    break;
                case 3:
                    drop_account();
                    break;
                default:
                    change_account();
            }
    }

    /// Runs the controller.
    /// \return the number of rounds until the plan is empty.
    int converge(probe_results& found)
    {
        for (int round = 0; round < 10; ++round)
        {
            auto const steps = plan(entries, store_, *store_.find_namespace("n"), found).actions;
            if (steps.empty())
                return round;
            for (auto const& step : steps)
                act(step, found);
        }
        return 10;
    }

    void check_end(model const& before)
    {
        BOOST_TEST((others() == before.others()));
        for (auto const& [name, account] : accounts)
        {
            auto const& old = before.accounts.at(name).references;
            for (auto const& cr : names)
            {
                auto const secret = secret_name(cr);
                auto const times = std::count(account.references.begin(), account.references.end(), secret);
                auto const old_times = std::count(old.begin(), old.end(), secret);
                auto const* entry = entries.find(cr);
                auto const known = secrets.find(secret);
                bool const is_foreign = known != secrets.end() && known->second.owner == mark::foreign;
                if (entry && !entry->is_valid())
                    BOOST_TEST(times == old_times);
                else if (desires(cr) && entry->accounts.matches(name))
                    BOOST_TEST(times == (is_foreign ? std::min<std::ptrdiff_t>(old_times, 1) : 1));
                else
                    BOOST_TEST(times == (is_foreign || is_others(secret) ? old_times : 0));
            }
        }
        for (auto const& cr : names)
        {
            auto const secret = secret_name(cr);
            auto const now = secrets.find(secret);
            auto const old = before.secrets.find(secret);
            auto const* entry = entries.find(cr);
            bool const was_foreign = old != before.secrets.end() && old->second.owner == mark::foreign;
            if (was_foreign || (entry && !entry->is_valid()))
            {
                BOOST_TEST((now == secrets.end()) == (old == before.secrets.end()));
                BOOST_TEST((now == secrets.end() || now->second.version == old->second.version));
            }
            else if (desires(cr))
            {
                BOOST_TEST_REQUIRE((now != secrets.end()));
                BOOST_TEST(now->second.state.fingerprint == entry->secret.fingerprint);
                BOOST_TEST((now->second.owner == mark::ours));
            }
            else if (old != before.secrets.end() && old->second.owner == mark::unowned)
            {
                BOOST_TEST_REQUIRE((now != secrets.end()));
                BOOST_TEST(now->second.version == old->second.version);
            }
            else if (old != before.secrets.end() && old->second.has_label)
                BOOST_TEST((now == secrets.end()));
        }
    }

    std::uint64_t version = 100;
    unsigned writes = 0;

private:
    void show(std::string const& name)
    {
        auto const& secret = secrets.at(name);
        store_.put_secret("n", name, secret.version, secret.state);
    }

    void change_cr()
    {
        auto const& name = names[dice(3)];
        if (chance(25))
        {
            entries.drop(name);
            return;
        }
        auto cr = sample(name);
        cr.uid = "uid-" + std::to_string(dice(2));
        cr.spec.password = chance(15) ? "" : "password-" + std::to_string(dice(3));
        cr.spec.namespaces = chance(25) ? "other" : "*";
        if (chance(40))
            cr.spec.service_accounts = account_names[dice(3)] + "," + account_names[dice(3)];
        entries.put(cr);
    }

    /// Creates or changes a Secret, with a random content, owner and label.
    void change_secret()
    {
        auto const& cr = names[dice(3)];
        auto const name = secret_name(cr);
        auto const* entry = entries.find(cr);
        auto& secret = secrets[name];
        secret.version = ++version;
        secret.state.fingerprint = entry && chance(50) ? entry->secret.fingerprint : dice(3);
        secret.state.is_immutable = secret.state.is_immutable || chance(20);
        secret.owner = chance(60) ? mark::ours : chance(50) ? mark::unowned : mark::foreign;
        secret.has_label =
            secret.owner == mark::ours ? chance(85) : secret.owner == mark::foreign && chance(30);
        secret.state.is_foreign = secret.owner == mark::foreign;
        if (!secret.has_label)
            secret.state.fingerprint = dice(3);
        // The watch does not show a Secret without the label.
        if (secret.has_label)
            show(name);
        else
            store_.drop_secret("n", name, version);
    }

    void drop_secret()
    {
        auto const name = secret_name(names[dice(3)]);
        if (secrets.erase(name) > 0)
            store_.drop_secret("n", name, ++version);
    }

    void drop_account()
    {
        auto const& name = account_names[dice(3)];
        if (accounts.erase(name) > 0)
            store_.drop_account("n", name, ++version);
    }

    void change_account()
    {
        auto const& name = account_names[dice(3)];
        auto& account = accounts[name];
        account.version = ++version;
        account.references.clear();
        strings const pool{
            "registry", "other", "registry", "", "tcr.ips/x", "tcr.ipsa", "tcr.ipsb", "tcr.ipsc", "tcr.ipsd"};
        for (unsigned i = dice(6); i > 0; --i)
            account.references.push_back(pool[dice(static_cast<unsigned>(pool.size()))]);
        store_.put_account("n", name, account.version, account.references);
    }

    void act(action const& step, probe_results& found)
    {
        switch (step.what)
        {
            case kind::create_secret:
                return create(step, found);
            case kind::inspect_secret:
                return inspect(step.target, found);
            case kind::read_account:
                BOOST_FAIL("the lists of this test are kept whole");
                return;
            case kind::update_secret:
                return update(step);
            case kind::delete_secret:
                return remove(step);
            case kind::set_references:
                return set_references(step);
        }
    }

    void create(action const& step, probe_results& found)
    {
        auto const* entry = entries.find_by_secret(step.target);
        BOOST_TEST_REQUIRE(entry != nullptr);
        if (secrets.contains(step.target))
            return inspect(step.target, found);
        secrets[step.target] = {++version, {entry->secret.fingerprint, false, false}, mark::ours, true};
        ++writes;
        show(step.target);
    }

    /// Inspects a Secret as the reconciler does. An unowned Secret is ours only if its ImagePullSecret serves
    /// "n".
    void inspect(std::string const& name, probe_results& found)
    {
        auto const known = secrets.find(name);
        if (known == secrets.end())
            found.absent.insert(name);
        else if (
            known->second.owner == mark::ours ||
            (known->second.owner == mark::unowned && desires(name.substr(secret_prefix.size()))))
            show(name);
        else
            found.foreign.insert(name);
    }

    model_secret& at_version(action const& step)
    {
        auto const known = secrets.find(step.target);
        BOOST_TEST_REQUIRE((known != secrets.end()));
        BOOST_TEST_REQUIRE(known->second.version == step.resource_version);
        BOOST_TEST_REQUIRE((known->second.owner != mark::foreign), "wrote to a foreign Secret");
        return known->second;
    }

    void update(action const& step)
    {
        auto const* entry = entries.find_by_secret(step.target);
        BOOST_TEST_REQUIRE(entry != nullptr);
        auto& secret = at_version(step);
        BOOST_TEST_REQUIRE(!secret.state.is_immutable);
        secret = {++version, {entry->secret.fingerprint, false, false}, mark::ours, true};
        ++writes;
        show(step.target);
    }

    void remove(action const& step)
    {
        auto const& secret = at_version(step);
        bool const is_referenced = std::any_of(
            accounts.begin(),
            accounts.end(),
            [&](auto const& each)
            {
                auto const& list = each.second.references;
                return std::find(list.begin(), list.end(), step.target) != list.end();
            }
        );
        BOOST_TEST(!(is_referenced && !secret.state.is_immutable), "the Secret went before its reference");
        secrets.erase(step.target);
        ++writes;
        store_.drop_secret("n", step.target, ++version);
    }

    void set_references(action const& step)
    {
        auto& account = accounts.at(step.target);
        BOOST_TEST_REQUIRE(account.version == step.resource_version);
        BOOST_TEST((step.references != account.references));
        for (auto const& name : step.references)
            if (std::find(account.references.begin(), account.references.end(), name) ==
                account.references.end())
            {
                auto const secret = secrets.find(name);
                BOOST_TEST((secret != secrets.end()), "a reference came before its Secret: " << name);
                BOOST_TEST(
                    (secret == secrets.end() || secret->second.owner == mark::ours ||
                     !secret->second.state.is_foreign)
                );
            }
        account = {++version, step.references};
        ++writes;
        store_.put_account("n", step.target, account.version, account.references);
    }

    std::mt19937 random_;
    runtime::cluster_store store_;
};

BOOST_AUTO_TEST_SUITE(plans_and_actions)

BOOST_AUTO_TEST_CASE(acting_on_plans_converges_to_the_desired_state_and_stops)
{
    for (unsigned seed = 1; seed <= 400; ++seed)
    {
        world at(seed);
        for (int phase = 0; phase < 8; ++phase)
        {
            BOOST_TEST_CONTEXT("seed " << seed << ", phase " << phase)
            {
                at.churn();
                model const before = at;
                probe_results found;
                BOOST_TEST(at.converge(found) <= 5);
                at.check_end(before);

                // A second run with the same probe results has an empty plan. A run without probe results may
                // read, but does not write.
                BOOST_TEST(at.converge(found) == 0);
                auto const writes = at.writes;
                probe_results nothing;
                BOOST_TEST(at.converge(nothing) <= 2);
                BOOST_TEST(at.writes == writes);
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace plan_test
