// SPDX-License-Identifier: Apache-2.0
#include <tcr/credentials/credential_checker.hpp>
#include <tcr/registry/errc.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace credential_checker_test
{

using namespace tcr;
using namespace tcr::credentials;
using namespace std::chrono_literals;
using outcome = check_result::outcome;

check_result::time_point at(std::chrono::seconds time)
{
    return check_result::time_point(1'735'880'400s + time);
}

check_result checked(result<bool> const& answer, std::chrono::seconds time, std::string password = "p")
{
    return check_result_of({"registry.example.com", "u", std::move(password)}, answer, at(time));
}

error const refusal(registry::errc::wrong_password, "registry.example.com refuses the credential");
error const outage(registry::errc::unavailable, "the registry is unavailable");

/// The combined result for `logins` after the first `answers.size()` of them were checked.
std::optional<check_result> common(std::vector<login> const& logins, std::vector<result<bool>> const& answers)
{
    login_check_results known;
    for (std::size_t i = 0; i < answers.size(); ++i)
        known[logins[i].registry] = check_result_of(logins[i], answers[i], at(0s));
    return combined_result(logins, known);
}

std::vector<login> const three{
    {"a.example.com", "u", "p"}, {"b.example.com/team", "u", "p"}, {"c.example.com", "u", "p"}};

BOOST_AUTO_TEST_SUITE(credential_checks)

BOOST_AUTO_TEST_CASE(an_answer_becomes_a_result)
{
    auto const accepted = checked(true, 0s);
    BOOST_TEST((accepted.what == outcome::accepted));
    BOOST_TEST(accepted.message == "registry.example.com accepts the credential");
    auto const open = checked(false, 0s);
    BOOST_TEST((open.what == outcome::unknown));
    BOOST_TEST(open.message == "registry.example.com requires no credential");
    auto const rejected = checked(refusal, 0s);
    BOOST_TEST((rejected.what == outcome::rejected));
    BOOST_TEST(rejected.message == "registry.example.com refuses the credential");
    auto const unavailable = checked(outage, 0s);
    BOOST_TEST((unavailable.what == outcome::unknown));
    BOOST_TEST(unavailable.message == "registry.example.com: the registry is unavailable");
}

BOOST_AUTO_TEST_CASE(one_rejected_login_rejects_the_credential_and_is_named)
{
    error const refused(
        registry::errc::wrong_password, "b.example.com does not accept the user name or password"
    );
    auto const rejected = common(three, {true, refused, outage});
    BOOST_TEST_REQUIRE(rejected.has_value());
    BOOST_TEST((rejected->what == outcome::rejected));
    BOOST_TEST(
        rejected->message == "b.example.com/team: b.example.com does not accept the user name or password"
    );
}

BOOST_AUTO_TEST_CASE(a_credential_is_accepted_if_all_its_logins_are)
{
    auto const accepted = common(three, {true, true, true});
    BOOST_TEST_REQUIRE(accepted.has_value());
    BOOST_TEST((accepted->what == outcome::accepted));
    BOOST_TEST(
        accepted->message ==
        "a.example.com accepts the credential; b.example.com/team accepts the credential; c.example.com "
        "accepts "
        "the credential"
    );
    auto const unknown = common(three, {true, false, outage});
    BOOST_TEST((unknown->what == outcome::unknown));
    BOOST_TEST(
        unknown->message ==
        "b.example.com/team requires no credential; c.example.com: the registry is unavailable"
    );
}

BOOST_AUTO_TEST_CASE(a_credential_is_unknown_until_all_its_logins_are_checked)
{
    BOOST_TEST(!common(three, {}).has_value());
    auto const incomplete = common(three, {true, true});
    BOOST_TEST_REQUIRE(incomplete.has_value());
    BOOST_TEST((incomplete->what == outcome::unknown));
    BOOST_TEST(incomplete->message == "c.example.com is not checked yet");
    // A result for another password of the login does not count.
    login_check_results const old{
        {three[0].registry, check_result_of({three[0].registry, "u", "old"}, refusal, at(0s))}};
    BOOST_TEST(!combined_result(three, old).has_value());
}

BOOST_AUTO_TEST_CASE(only_the_first_logins_are_checked)
{
    std::vector<login> logins;
    for (int i = 0; i < 20; ++i)
        logins.push_back({"r" + std::to_string(i) + ".example.com", "u", "p"});
    auto const accepted = common(logins, std::vector<result<bool>>(16, true));
    BOOST_TEST_REQUIRE(accepted.has_value());
    BOOST_TEST((accepted->what == outcome::unknown));
    BOOST_TEST(accepted->message == "only the first 16 of 20 registries are checked");
    auto const down = common(logins, std::vector<result<bool>>(16, outage));
    BOOST_TEST(
        down->message ==
        "r0.example.com: the registry is unavailable; r1.example.com: the registry is "
        "unavailable; r2.example.com: the registry is unavailable; and 14 more"
    );
}

BOOST_AUTO_TEST_CASE(a_check_without_a_result_is_repeated_sooner)
{
    BOOST_TEST((checked(true, 0s).next_check(1h) == at(1h)));
    BOOST_TEST((checked(refusal, 0s).next_check(1h) == at(1h)));
    BOOST_TEST((checked(outage, 0s).next_check(1h) == at(60s)));
    BOOST_TEST((checked(outage, 0s).next_check(10s) == at(10s)));
}

BOOST_AUTO_TEST_CASE(an_unavailable_registry_keeps_the_previous_result)
{
    check_result known;
    BOOST_TEST(known.update(checked(true, 0s)));
    BOOST_TEST(!known.update(checked(outage, 10s)));
    BOOST_TEST((known.what == outcome::accepted));
    BOOST_TEST((known.checked_at == at(10s)));
    BOOST_TEST(!known.update(checked(true, 20s)));
    BOOST_TEST((known.checked_at == at(20s)));
    BOOST_TEST(known.update(checked(refusal, 30s)));
    BOOST_TEST((known.what == outcome::rejected));
}

BOOST_AUTO_TEST_CASE(another_login_has_a_result_of_its_own)
{
    check_result known;
    known.update(checked(refusal, 0s));
    BOOST_TEST(known.update(checked(outage, 10s, "q")));
    BOOST_TEST((known.what == outcome::unknown));
    // A second outage with the same cause is not a change. An outage with another cause is a change.
    BOOST_TEST(!known.update(checked(outage, 20s, "q")));
    BOOST_TEST(known.update(checked(error(registry::errc::unavailable, "timeout"), 30s, "q")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credential_checker_test
