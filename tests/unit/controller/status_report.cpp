// SPDX-License-Identifier: Apache-2.0
#include "status_report.hpp"

#include "noted_writes.hpp"
#include "recorded_states.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace status_report_test
{

using namespace tcr;
using namespace tcr::controller;
using strings = std::vector<std::string>;
using time_point = std::chrono::system_clock::time_point;

/// The time `seconds` after 2026-11-24T00:00:00Z.
time_point at(int seconds)
{
    return time_point(std::chrono::seconds(1'795'478'400 + seconds));
}

image_pull_secret sample(std::string name = "x")
{
    image_pull_secret cr;
    cr.name = std::move(name);
    cr.uid = "uid-" + cr.name;
    cr.generation = 4;
    cr.spec.server = "registry.example.com";
    cr.spec.username = "user";
    cr.spec.password = "password";
    return cr;
}

/// A catalog, a store and recent writes, which a status report needs.
struct fixture
{
    catalog entries;
    runtime::cluster_store store;
    recent_writes outcomes;
    std::uint64_t version = 1;

    void ns(std::string const& name, bool is_terminating = false)
    {
        store.put_namespace(name, "", is_terminating);
    }

    void account(std::string const& where, std::string const& name, strings const& references)
    {
        store.put_account(where, name, ++version, references);
    }

    /// Puts a pull Secret of `cr` into the store: up to date if `is_right`, else outdated.
    void secret(
        std::string const& where, std::string const& cr, bool is_right = true, bool is_foreign = false
    )
    {
        runtime::secret_state state;
        state.fingerprint = entries.find(cr)->secret.fingerprint + (is_right ? 0 : 1);
        state.is_foreign = is_foreign;
        store.put_secret(where, "tcr.ips" + cr, ++version, state);
    }

    std::map<std::string, image_pull_secret_status> reports(time_point now = at(0)) const
    {
        served_counts counts(entries, store);
        counts.mark_all();
        counts.begin_round();
        while (!counts.count_some(1))
            ;
        std::map<std::string, image_pull_secret_status> made;
        for (auto const& [name, entry] : entries)
        {
            made[name] = report_status(entry, counts.of(name), outcomes.of(name), store, {}, now);
            record_state(entry.cr, made[name]);
        }
        return made;
    }
    image_pull_secret_status report(time_point now = at(0)) const { return reports(now).at("x"); }
};

condition const& named(image_pull_secret_status const& status, std::string const& type)
{
    for (auto const& each : status.conditions)
        if (each.type == type)
            return each;
    BOOST_FAIL("no condition " + type);
    std::abort();
}

strings names(std::vector<status_entry> const& entries)
{
    strings all;
    for (auto const& each : entries)
        all.push_back(each.namespaced_name);
    return all;
}

#define CHECK_COUNTS(status, sd, ss, ad, as)          \
    do                                                \
    {                                                 \
        auto const& counted = (status);               \
        BOOST_TEST(counted.secrets_desired == (sd));  \
        BOOST_TEST(counted.secrets_success == (ss));  \
        BOOST_TEST(counted.accounts_desired == (ad)); \
        BOOST_TEST(counted.accounts_success == (as)); \
    } while (false)

BOOST_FIXTURE_TEST_SUITE(status_reports, fixture)

BOOST_AUTO_TEST_CASE(without_image_pull_secrets_there_is_no_report)
{
    ns("a");
    BOOST_TEST(reports().empty());
}

BOOST_AUTO_TEST_CASE(an_object_that_matches_nothing_reports_zeros_and_is_ready)
{
    auto cr = sample();
    cr.spec.namespaces = "absent";
    entries.put(cr);
    ns("a");
    account("a", "default", {});
    auto const status = report();
    CHECK_COUNTS(status, 0, 0, 0, 0);
    BOOST_TEST(named(status, "Ready").status == "True");
    BOOST_TEST(status.observed_generation == 4);
}

BOOST_AUTO_TEST_CASE(counts_come_from_the_store)
{
    entries.put(sample());
    for (auto const* name : {"a", "b", "c", "d"})
        ns(name);
    secret("a", "x");
    secret("b", "x", false);
    secret("c", "x", true, true);
    account("a", "default", {"other", "tcr.ipsx"});
    account("a", "builder", {"tcr.ipsxx", "tcr.ips"});
    account("b", "default", {"tcr.ipsx", "tcr.ipsx"});
    account("d", "default", {});
    auto const status = report();
    // Outdated and foreign Secrets do not count as successful.
    CHECK_COUNTS(status, 4, 1, 4, 2);
    BOOST_TEST(named(status, "Ready").status == "False");
    BOOST_TEST(named(status, "Ready").reason == "Converging");
    BOOST_TEST(named(status, "Ready").message == "1 of 4 secrets, 2 of 4 service accounts");
}

BOOST_AUTO_TEST_CASE(objects_out_of_scope_do_not_count)
{
    auto cr = sample();
    cr.spec.namespaces = "a,gone,unseen";
    cr.spec.service_accounts = "default";
    entries.put(cr);
    ns("a");
    ns("b");
    ns("gone", true);
    for (auto const* where : {"a", "b", "gone", "unseen"})
    {
        secret(where, "x");
        account(where, "default", {"tcr.ipsx"});
        account(where, "builder", {"tcr.ipsx"});
    }
    auto const status = report();
    CHECK_COUNTS(status, 1, 1, 1, 1);
    BOOST_TEST(named(status, "Ready").status == "True");
    BOOST_TEST(named(status, "Ready").reason == "Converged");
}

BOOST_AUTO_TEST_CASE(every_image_pull_secret_has_its_own_counts)
{
    entries.put(sample("x"));
    auto other = sample("y");
    other.spec.namespaces = "a";
    other.generation = 9;
    entries.put(other);
    ns("a");
    ns("b");
    secret("a", "x");
    secret("a", "y");
    secret("b", "x");
    account("a", "default", {"tcr.ipsx"});
    account("b", "default", {"tcr.ipsx"});
    auto const all = reports();
    BOOST_TEST_REQUIRE(all.size() == 2u);
    CHECK_COUNTS(all.at("x"), 2, 2, 2, 2);
    CHECK_COUNTS(all.at("y"), 1, 1, 1, 0);
    BOOST_TEST(named(all.at("x"), "Ready").status == "True");
    BOOST_TEST(named(all.at("y"), "Ready").status == "False");
    BOOST_TEST(all.at("y").observed_generation == 9);
}

BOOST_AUTO_TEST_CASE(lists_show_only_objects_that_exist_in_scope)
{
    auto cr = sample();
    cr.spec.namespaces = "a,b,gone";
    cr.spec.service_accounts = "default,builder";
    entries.put(cr);
    ns("a");
    ns("b");
    ns("c");
    ns("gone", true);
    account("a", "default", {});
    account("b", "default", {});
    account("b", "other", {});
    account("c", "default", {});
    for (auto const* where : {"c", "a", "gone", "unknown", "b"})
    {
        written(outcomes, of_secrets, "x", where, "tcr.ipsx", at(1));
        failed(outcomes, of_secrets, "x", where, "tcr.ipsx", "QuotaExceeded", "m", at(2));
        for (auto const* name : {"other", "default", "builder"})
        {
            written(outcomes, of_accounts, "x", where, name, at(1));
            failed(outcomes, of_accounts, "x", where, name, "Forbidden", "m", at(2));
        }
    }
    auto const status = report(at(3));
    strings const secrets{"a/tcr.ipsx", "b/tcr.ipsx"};
    strings const accounts{"a/default", "b/default"};
    BOOST_TEST(names(status.secrets_updated) == secrets, boost::test_tools::per_element());
    BOOST_TEST(names(status.secrets_failed) == secrets, boost::test_tools::per_element());
    BOOST_TEST(names(status.accounts_updated) == accounts, boost::test_tools::per_element());
    BOOST_TEST(names(status.accounts_failed) == accounts, boost::test_tools::per_element());
    BOOST_TEST(status.secrets_updated[0].time == "2026-11-24T00:00:01Z");
    BOOST_TEST(status.secrets_failed[0].time == "2026-11-24T00:00:02Z");
    BOOST_TEST(status.secrets_failed[0].reason == "QuotaExceeded");
}

BOOST_AUTO_TEST_CASE(entries_without_an_object_are_left_out)
{
    auto cr = sample();
    cr.status.secrets_updated = {{"", "t", {}, {}}, {"a", "t", {}, {}}, {"a/tcr.ipsx", "t", {}, {}}};
    cr.status.accounts_failed = {{"a", "t", "r", "m"}, {"/default", "t", "r", "m"}};
    entries.put(cr);
    ns("a");
    account("a", "default", {});
    outcomes.adopt(cr);
    auto const status = report();
    BOOST_TEST(names(status.secrets_updated) == strings{"a/tcr.ipsx"}, boost::test_tools::per_element());
    BOOST_TEST(status.accounts_failed.empty());
}

BOOST_AUTO_TEST_CASE(a_condition_keeps_its_time_while_its_status_stays)
{
    auto cr = sample();
    entries.put(cr);
    ns("a");
    auto const first = report(at(0));
    BOOST_TEST(named(first, "Ready").status == "False");
    BOOST_TEST(named(first, "Ready").last_transition_time == "2026-11-24T00:00:00Z");
    BOOST_TEST(named(first, "Conflicting").last_transition_time == "2026-11-24T00:00:00Z");
    entries.set_status("x", first);

    // A new reason or message does not change lastTransitionTime; only a new status does.
    ns("b");
    auto const second = report(at(10));
    BOOST_TEST(named(second, "Ready").message == "0 of 2 secrets, 0 of 0 service accounts");
    BOOST_TEST(named(second, "Ready").last_transition_time == "2026-11-24T00:00:00Z");
    entries.set_status("x", second);

    secret("a", "x");
    secret("b", "x");
    auto const third = report(at(20));
    BOOST_TEST(named(third, "Ready").status == "True");
    BOOST_TEST(named(third, "Ready").last_transition_time == "2026-11-24T00:00:20Z");
    BOOST_TEST(named(third, "Conflicting").last_transition_time == "2026-11-24T00:00:00Z");
    entries.set_status("x", third);
    // Without a change, a later report equals the previous report.
    BOOST_TEST((report(at(30)) == third));
}

BOOST_AUTO_TEST_CASE(a_condition_stored_without_a_time_gets_one)
{
    auto cr = sample();
    cr.status.conditions = {{"Ready", "True", "Converged", "m", ""}};
    entries.put(cr);
    BOOST_TEST(named(report(at(5)), "Ready").last_transition_time == "2026-11-24T00:00:05Z");
}

BOOST_AUTO_TEST_CASE(a_report_has_each_condition_once)
{
    auto cr = sample();
    cr.status.conditions = {{"Ready", "False", "r", "m", "t"}, {"Stranger", "True", "r", "m", "t"}};
    entries.put(cr);
    auto const status = report();
    BOOST_TEST_REQUIRE(status.conditions.size() == 3u);
    BOOST_TEST(status.conditions[0].type == "Ready");
    BOOST_TEST(status.conditions[1].type == "CredentialValid");
    BOOST_TEST(status.conditions[2].type == "Conflicting");
    ns("a");
    BOOST_TEST_REQUIRE(report().conditions.size() == 4u);
    BOOST_TEST(report().conditions[3].type == "Reconciling");
}

BOOST_AUTO_TEST_CASE(each_condition_has_the_generation_that_it_describes)
{
    entries.put(sample());
    ns("a");
    for (auto const& each : report().conditions)
        BOOST_TEST(each.observed_generation == 4, each.type);
    auto edited = sample();
    edited.generation = 5;
    edited.status = report();
    entries.put(edited);
    for (auto const& each : report(at(10)).conditions)
    {
        BOOST_TEST(each.observed_generation == 5, each.type);
        BOOST_TEST(each.last_transition_time == "2026-11-24T00:00:00Z", each.type);
    }
}

BOOST_AUTO_TEST_CASE(a_foreign_secret_is_a_conflict_until_it_is_gone)
{
    entries.put(sample());
    ns("a");
    ns("b");
    BOOST_TEST(named(report(), "Conflicting").status == "False");
    BOOST_TEST(named(report(), "Conflicting").reason == "NoConflict");
    failed(outcomes, of_secrets, "x", "b", "tcr.ipsx", "QuotaExceeded", "q", at(0));
    BOOST_TEST(named(report(), "Conflicting").status == "False");
    failed(outcomes, of_secrets, "x", "a", "tcr.ipsx", "Conflict", "a/tcr.ipsx exists", at(0));
    BOOST_TEST(named(report(), "Conflicting").status == "True");
    BOOST_TEST(named(report(), "Conflicting").reason == "ForeignSecret");
    BOOST_TEST(named(report(), "Conflicting").message == "a/tcr.ipsx exists");
    secret("a", "x");
    BOOST_TEST(named(report(), "Conflicting").status == "False");
}

BOOST_AUTO_TEST_CASE(contention_is_a_conflict_while_the_object_is_not_as_desired)
{
    entries.put(sample());
    ns("a");
    secret("a", "x");
    account("a", "default", {"other"});
    failed(outcomes, of_accounts, "x", "a", "default", "Contention", "a/default is changed", at(0));
    BOOST_TEST(named(report(), "Conflicting").status == "True");
    BOOST_TEST(named(report(), "Conflicting").reason == "Contention");
    BOOST_TEST(named(report(), "Conflicting").message == "a/default is changed");
    account("a", "default", {"other", "tcr.ipsx"});
    BOOST_TEST(named(report(), "Conflicting").status == "False");
    failed(outcomes, of_secrets, "x", "a", "tcr.ipsx", "Contention", "a/tcr.ipsx is changed", at(0));
    secret("a", "x", false);
    BOOST_TEST(named(report(), "Conflicting").message == "a/tcr.ipsx is changed");
}

BOOST_AUTO_TEST_CASE(secrets_alone_are_counted_without_accounts)
{
    auto cr = sample();
    cr.spec.references = "secretsOnly";
    entries.put(cr);
    ns("a");
    secret("a", "x");
    account("a", "default", {});
    account("a", "builder", {"tcr.ipsx"});
    written(outcomes, of_accounts, "x", "a", "builder", at(0));
    auto const status = report();
    CHECK_COUNTS(status, 1, 1, 0, 0);
    BOOST_TEST(named(status, "Ready").status == "True");
    BOOST_TEST(status.accounts_updated.empty());
}

BOOST_AUTO_TEST_CASE(a_failed_secret_is_removed_once_it_is_as_desired)
{
    entries.put(sample());
    for (auto const* name : {"a", "b", "c", "d"})
    {
        ns(name);
        failed(outcomes, of_secrets, "x", name, "tcr.ipsx", "ServerUnavailable", "m", at(0));
    }
    secret("a", "x");
    secret("b", "x", false);
    secret("c", "x", true, true);
    auto const status = report();
    BOOST_TEST(
        names(status.secrets_failed) == (strings{"b/tcr.ipsx", "c/tcr.ipsx", "d/tcr.ipsx"}),
        boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_CASE(a_failed_account_is_removed_once_it_has_its_reference)
{
    // Either the write succeeded and its answer was lost, or another client added the reference.
    entries.put(sample());
    ns("a");
    account("a", "default", {"other", "tcr.ipsx"});
    account("a", "builder", {"other", "tcr.ipsxx"});
    failed(outcomes, of_accounts, "x", "a", "default", "ServerUnavailable", "m", at(0));
    failed(outcomes, of_accounts, "x", "a", "builder", "ServerUnavailable", "m", at(0));
    BOOST_TEST(names(report().accounts_failed) == strings{"a/builder"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_object_without_access_to_its_secret_is_not_ready_and_stalled)
{
    entries.put(sample());
    entries.set_access(secret_access({}, "own"));
    ns("a");
    secret("a", "x");
    auto const status = report();
    BOOST_TEST(named(status, "Ready").status == "False");
    for (auto const* type : {"Ready", "Stalled"})
    {
        BOOST_TEST(named(status, type).reason == "AccessNotGranted");
        BOOST_TEST(named(status, type).message == entries.access().problem_of("x"));
    }
    // The Secret that was written before still counts.
    BOOST_TEST(status.secrets_desired == 1);
    BOOST_TEST(status.secrets_success == 1);
}

BOOST_AUTO_TEST_CASE(an_invalid_object_is_not_ready_and_the_message_has_no_credential)
{
    auto cr = sample();
    cr.spec.username = "user:secret-name";
    entries.put(cr);
    ns("a");
    secret("a", "x");
    auto const status = report();
    BOOST_TEST(named(status, "Ready").status == "False");
    BOOST_TEST(named(status, "Ready").reason == "InvalidSpec");
    BOOST_TEST(named(status, "Ready").message.find("docker.username") != std::string::npos);
    BOOST_TEST(named(status, "Ready").message.find("secret-name") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace status_report_test
