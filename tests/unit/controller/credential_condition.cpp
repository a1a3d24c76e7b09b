// SPDX-License-Identifier: Apache-2.0
#include "credential_condition.hpp"

#include <tcr/credentials/docker_config.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace credential_condition_test
{

using namespace tcr;
using namespace tcr::controller;
using namespace std::chrono_literals;

struct fixture
{
    std::map<credentials::token_reference, credentials::token_problem> problems;
    std::map<std::string, credentials::login_check_results> check_results;
    image_pull_secret cr;
    credentials::resolution resolved;
    std::optional<credentials::credential> last;
    std::chrono::system_clock::time_point now{1'735'800'000s};

    fixture()
    {
        cr.name = "sample";
        cr.spec.server = "x.y";
        cr.spec.tcr.emplace();
        resolved.found = credentials::credential_of({"x.y", "u", "p"});
    }

    void problem(std::string reason) { problems[cr.spec.tcr->reference()] = {std::move(reason), "why"}; }

    void set_result(credentials::check_result::outcome what, std::string password = "p")
    {
        auto& known = check_results["sample"]["x.y"];
        known.what = what;
        known.message = "known";
        known.fingerprint = credentials::fingerprint_of({"x.y", "u", std::move(password)});
    }

    /// The condition as "status reason".
    std::string status_and_reason() const
    {
        auto const what =
            credential_condition(catalog_entry(cr, resolved, last), {&problems, &check_results}, now);
        BOOST_TEST(what.type == "CredentialValid");
        return what.status + " " + what.reason;
    }
};

using outcome = credentials::check_result::outcome;

BOOST_FIXTURE_TEST_CASE(an_unchecked_credential_is_unknown, fixture)
{
    BOOST_TEST(status_and_reason() == "Unknown NotChecked");
    set_result(outcome::unknown);
    BOOST_TEST(status_and_reason() == "Unknown NotChecked");
    set_result(outcome::accepted);
    BOOST_TEST(status_and_reason() == "True Accepted");
    set_result(outcome::rejected);
    BOOST_TEST(status_and_reason() == "False Rejected");
}

BOOST_FIXTURE_TEST_CASE(one_rejected_login_of_several_makes_the_credential_invalid, fixture)
{
    resolved.found->logins.push_back({"z.example.com", "v", "q"});
    set_result(outcome::accepted);
    BOOST_TEST(status_and_reason() == "Unknown NotChecked");
    auto& other = check_results["sample"]["z.example.com"];
    other.fingerprint = credentials::fingerprint_of(resolved.found->logins.back());
    other.what = outcome::rejected;
    other.message = "z.example.com does not accept it";
    BOOST_TEST(status_and_reason() == "False Rejected");
    auto const condition =
        credential_condition(catalog_entry(cr, resolved, last), {&problems, &check_results}, now);
    BOOST_TEST(condition.message == "z.example.com does not accept it");
}

BOOST_FIXTURE_TEST_CASE(a_result_for_another_login_does_not_count, fixture)
{
    set_result(outcome::rejected, "old");
    BOOST_TEST(status_and_reason() == "Unknown NotChecked");
}

BOOST_FIXTURE_TEST_CASE(a_token_is_valid_until_it_expires, fixture)
{
    resolved.found->refreshed_at = now;
    BOOST_TEST(status_and_reason() == "True TokenFresh");
    resolved.found->expires_at = std::chrono::system_clock::time_point(1'735'880'400s);
    BOOST_TEST(status_and_reason() == "True TokenFresh");
    problem("RefreshFailing");
    BOOST_TEST(status_and_reason() == "True RefreshFailing");
    problem("ExpiresSoon");
    BOOST_TEST(status_and_reason() == "Unknown ExpiresSoon");
    problem("Expired");
    BOOST_TEST(status_and_reason() == "False Expired");
}

BOOST_FIXTURE_TEST_CASE(a_missing_credential_is_explained, fixture)
{
    resolved.found.reset();
    resolved.reason = "NoToken";
    resolved.message = "none yet";
    BOOST_TEST(status_and_reason() == "False NoToken");
    last = credentials::credential_of({"x.y", "u", "old"});
    BOOST_TEST(status_and_reason() == "Unknown NoToken");
    // The last known token expires if no new token replaces it.
    last->expires_at = now + 1h;
    BOOST_TEST(status_and_reason() == "Unknown NoToken");
    now += 1h;
    BOOST_TEST(status_and_reason() == "False Expired");
}

}  // namespace credential_condition_test
