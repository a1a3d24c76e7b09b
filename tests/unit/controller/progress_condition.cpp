// SPDX-License-Identifier: Apache-2.0
#include "progress_condition.hpp"

#include "noted_writes.hpp"
#include "recorded_states.hpp"
#include "status_report.hpp"
#include <tcr/credentials/docker_config.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace progress_condition_test
{

using namespace tcr;
using namespace tcr::controller;
using namespace std::chrono_literals;
using outcome = credentials::check_result::outcome;

/// An ImagePullSecret of an instance, with one namespace "a" in its scope. At first, nothing is missing.
struct fixture
{
    image_pull_secret cr;
    credentials::resolution resolved;
    std::optional<credentials::credential> last;
    served counts{1, 1, 1, 1};
    recent_writes recent;
    runtime::cluster_store store;
    std::map<credentials::token_reference, credentials::token_problem> problems;
    std::map<std::string, credentials::login_check_results> check_results;
    bool checks_credentials = false;
    std::chrono::system_clock::time_point now{1'735'800'000s};

    fixture()
    {
        cr.name = "x";
        cr.generation = 4;
        cr.spec.server = "x.y";
        cr.spec.tcr.emplace();
        resolved.found = credentials::credential_of({"x.y", "u", "p"});
        store.put_namespace("a", "", false);
        store.put_account("a", "default", 1, {});
    }

    void lack(std::string reason)
    {
        resolved.found.reset();
        resolved.reason = std::move(reason);
        resolved.message = "no credential";
    }

    void problem(std::string reason, bool is_permanent)
    {
        problems[cr.spec.tcr->reference()] = {std::move(reason), "problem", is_permanent};
    }

    void set_result(outcome what)
    {
        auto& known = check_results["x"]["x.y"];
        known.what = what;
        known.message = "known";
        known.fingerprint = credentials::fingerprint_of(resolved.found->logins.front());
    }

    image_pull_secret_status report() const
    {
        catalog_entry const entry(cr, resolved, last);
        credential_reports const reports{&problems, checks_credentials ? &check_results : nullptr};
        auto status = report_status(entry, counts, recent.of("x"), store, reports, now);
        record_state(cr, status);
        return status;
    }

    /// The conditions Reconciling and Stalled, as "type reason: message"; empty if there is neither.
    std::string progress() const
    {
        std::string text;
        for (auto const& each : report().conditions)
            if (each.type == "Reconciling" || each.type == "Stalled")
            {
                BOOST_TEST(each.status == "True");
                text += each.type + " " + each.reason + ": " + each.message;
            }
        return text;
    }
};

BOOST_FIXTURE_TEST_SUITE(progress_conditions, fixture)

BOOST_AUTO_TEST_CASE(a_realized_spec_has_neither_condition)
{
    BOOST_TEST(progress() == "");
}

BOOST_AUTO_TEST_CASE(missing_secrets_and_references_are_under_way)
{
    counts.accounts_success = 0;
    BOOST_TEST(progress() == "Reconciling Converging: 1 of 1 secrets, 0 of 1 service accounts");
}

BOOST_AUTO_TEST_CASE(an_unusable_spec_stalls)
{
    resolved.found = credentials::credential_of({"x.y", "u:v", "p"});
    BOOST_TEST(progress().starts_with("Stalled InvalidSpec: "));
}

BOOST_AUTO_TEST_CASE(a_credential_that_only_an_operator_can_correct_stalls)
{
    for (auto const* each :
         {"InvalidSpec",
          "KeyNotFound",
          "InvalidSecret",
          "NotAPassword",
          "InvalidDockerConfig",
          "ForeignServer",
          "ForbiddenInstance"})
    {
        lack(each);
        BOOST_TEST(progress() == std::string("Stalled ") + each + ": no credential");
        // The spec asks for another credential than the previous one, which stays in use.
        last = credentials::credential_of({"x.y", "u", "previous"});
        BOOST_TEST(progress() == std::string("Stalled ") + each + ": no credential");
        last.reset();
    }
}

BOOST_AUTO_TEST_CASE(a_credential_that_may_come_later_does_not_stall)
{
    for (auto const* each : {"SecretNotFound", "NoToken"})
    {
        lack(each);
        BOOST_TEST(progress() == std::string("Reconciling ") + each + ": no credential");
        last = credentials::credential_of({"x.y", "u", "previous"});
        BOOST_TEST(progress().starts_with(std::string("Reconciling ") + each));
        last.reset();
    }
}

BOOST_AUTO_TEST_CASE(a_token_that_cannot_be_created_stalls_if_an_operator_must_act)
{
    lack("NoToken");
    problem("NoToken", false);
    BOOST_TEST(progress() == "Reconciling NoToken: problem");
    problem("NoToken", true);
    BOOST_TEST(progress() == "Stalled NoToken: problem");
}

BOOST_AUTO_TEST_CASE(a_token_counts_until_it_expires)
{
    for (bool const is_permanent : {false, true})
    {
        problem("RefreshFailing", is_permanent);
        BOOST_TEST(progress() == "");
        problem("ExpiresSoon", is_permanent);
        BOOST_TEST(progress() == "");
        problem("Expired", is_permanent);
        BOOST_TEST(
            progress() == (is_permanent ? "Stalled Expired: problem" : "Reconciling Expired: problem")
        );
    }
}

BOOST_AUTO_TEST_CASE(a_rejected_credential_stalls)
{
    checks_credentials = true;
    set_result(outcome::rejected);
    BOOST_TEST(progress() == "Stalled Rejected: known");
    set_result(outcome::accepted);
    BOOST_TEST(progress() == "");
    set_result(outcome::unknown);
    BOOST_TEST(progress() == "");
}

BOOST_AUTO_TEST_CASE(a_new_credential_is_under_way_until_its_first_check)
{
    checks_credentials = true;
    auto const pending = "Reconciling NotChecked: the credential is being checked at the registry";
    BOOST_TEST(progress() == pending);
    cr.status = report();
    BOOST_TEST(progress() == pending);
    set_result(outcome::unknown);
    BOOST_TEST(progress() == "");
    // After a restart there are no results. The spec was reported as realized before, and this does not
    // change.
    cr.status = report();
    check_results.clear();
    BOOST_TEST(progress() == "");
    ++cr.generation;
    BOOST_TEST(progress() == pending);
    // The registry rejected the credential, so the spec was not realized. A corrected credential is checked
    // first.
    --cr.generation;
    set_result(outcome::rejected);
    cr.status = report();
    check_results.clear();
    BOOST_TEST(progress() == pending);
}

BOOST_AUTO_TEST_CASE(a_failure_that_only_an_operator_can_end_stalls)
{
    counts.secrets_success = 0;
    failed(recent, of_secrets, "x", "a", "tcr.ipsx", "ServerUnavailable", "first", now);
    for (auto const* each : {"Conflict", "QuotaExceeded", "Forbidden", "Invalid"})
    {
        failed(recent, of_accounts, "x", "a", "default", each, "refused", now);
        BOOST_TEST(progress() == std::string("Stalled ") + each + ": refused");
    }
    // Another client wrote the reference. The Secret is still missing.
    store.put_account("a", "default", 2, std::vector<std::string>{"tcr.ipsx"});
    BOOST_TEST(progress() == "Reconciling Converging: 0 of 1 secrets, 1 of 1 service accounts");
}

BOOST_AUTO_TEST_CASE(a_failure_that_passes_does_not_stall)
{
    counts.secrets_success = 0;
    for (auto const* each : {"TooManyRequests", "ServerUnavailable", "Failed"})
    {
        failed(recent, of_secrets, "x", "a", "tcr.ipsx", each, "refused", now);
        BOOST_TEST(progress() == "Reconciling Converging: 0 of 1 secrets, 1 of 1 service accounts");
    }
}

BOOST_AUTO_TEST_CASE(contention_is_the_cause_of_convergence_that_lasts)
{
    counts.secrets_success = 0;
    failed(recent, of_secrets, "x", "a", "tcr.ipsx", "Contention", "Secret a/tcr.ipsx is changed", now);
    BOOST_TEST(progress() == "Reconciling Contention: Secret a/tcr.ipsx is changed");
}

BOOST_AUTO_TEST_CASE(the_transition_time_stays_while_the_condition_does)
{
    counts.secrets_success = 0;
    cr.status = report();
    auto const begun = find_condition(cr.status, "Reconciling")->last_transition_time;
    now += 10s;
    auto const later = report();
    BOOST_TEST(find_condition(later, "Reconciling")->last_transition_time == begun);
    lack("KeyNotFound");
    auto const stalled = report();
    BOOST_TEST(find_condition(stalled, "Stalled")->last_transition_time != begun);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace progress_condition_test
