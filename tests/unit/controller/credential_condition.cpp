#include "credential_condition.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace credential_condition_test
{

using namespace tcr;
using namespace tcr::controller;
using namespace std::chrono_literals;

struct fixture
{
    std::map<credentials::token_reference, credentials::token_trouble> troubles;
    std::map<std::string, credentials::check_verdict> verdicts;
    image_pull_secret cr;
    credentials::resolution resolved;
    std::optional<credentials::login> last;
    std::chrono::system_clock::time_point now{1'735'800'000s};

    fixture()
    {
        cr.name = "sample";
        cr.spec.server = "x.y";
        cr.spec.tcr.emplace();
        resolved.found.emplace().password = "p";
        resolved.found->username = "u";
    }

    void trouble(std::string reason) { troubles[cr.spec.tcr->reference()] = {std::move(reason), "why"}; }

    void verdict(credentials::check_verdict::outcome what, std::string password = "p")
    {
        credentials::login login;
        login.username = "u";
        login.password = std::move(password);
        auto& known = verdicts["sample"];
        known.what = what;
        known.message = "known";
        known.fingerprint = credentials::fingerprint_of("x.y", login);
    }

    /// The condition as "status reason".
    std::string status_and_reason() const
    {
        auto const what =
            credential_condition(catalog_entry(cr, resolved, last), {&troubles, &verdicts}, now);
        BOOST_TEST(what.type == "CredentialValid");
        return what.status + " " + what.reason;
    }
};

using outcome = credentials::check_verdict::outcome;

BOOST_FIXTURE_TEST_CASE(an_unchecked_credential_is_unknown, fixture)
{
    BOOST_TEST(status_and_reason() == "Unknown NotChecked");
    verdict(outcome::unknown);
    BOOST_TEST(status_and_reason() == "Unknown NotChecked");
    verdict(outcome::accepted);
    BOOST_TEST(status_and_reason() == "True Accepted");
    verdict(outcome::rejected);
    BOOST_TEST(status_and_reason() == "False Rejected");
}

BOOST_FIXTURE_TEST_CASE(a_verdict_on_another_login_does_not_count, fixture)
{
    verdict(outcome::rejected, "old");
    BOOST_TEST(status_and_reason() == "Unknown NotChecked");
}

BOOST_FIXTURE_TEST_CASE(a_token_is_valid_until_it_expires, fixture)
{
    resolved.found->refreshed_at = now;
    BOOST_TEST(status_and_reason() == "True TokenFresh");
    resolved.found->expires_at = std::chrono::system_clock::time_point(1'735'880'400s);
    BOOST_TEST(status_and_reason() == "True TokenFresh");
    trouble("RefreshFailing");
    BOOST_TEST(status_and_reason() == "True RefreshFailing");
    trouble("ExpiresSoon");
    BOOST_TEST(status_and_reason() == "Unknown ExpiresSoon");
    trouble("Expired");
    BOOST_TEST(status_and_reason() == "False Expired");
}

BOOST_FIXTURE_TEST_CASE(a_missing_credential_is_explained, fixture)
{
    resolved.found.reset();
    resolved.reason = "NoToken";
    resolved.message = "none yet";
    BOOST_TEST(status_and_reason() == "False NoToken");
    last.emplace().username = "u";
    last->password = "old";
    BOOST_TEST(status_and_reason() == "Unknown NoToken");
    // The last known token expires if no new token replaces it.
    last->expires_at = now + 1h;
    BOOST_TEST(status_and_reason() == "Unknown NoToken");
    now += 1h;
    BOOST_TEST(status_and_reason() == "False Expired");
}

}  // namespace credential_condition_test
