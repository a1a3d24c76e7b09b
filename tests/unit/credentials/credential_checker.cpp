#include <tcr/credentials/credential_checker.hpp>
#include <tcr/registry/errc.hpp>

#include <boost/test/unit_test.hpp>

namespace credential_checker_test
{

using namespace tcr;
using namespace tcr::credentials;
using namespace std::chrono_literals;
using outcome = check_verdict::outcome;

check_verdict::time_point at(std::chrono::seconds time)
{
    return check_verdict::time_point(1'735'880'400s + time);
}

check_verdict verdict(result<bool> const& answer, std::chrono::seconds time, std::string password = "p")
{
    check_target target;
    target.name = "sample";
    target.server = "registry.example.com/team";
    target.credential.username = "u";
    target.credential.password = std::move(password);
    return verdict_of(target, answer, at(time));
}

error const refusal(registry::errc::wrong_password, "the registry refuses the credential");
error const outage(registry::errc::unavailable, "the registry is unavailable");

BOOST_AUTO_TEST_SUITE(credential_checks)

BOOST_AUTO_TEST_CASE(an_answer_becomes_a_verdict)
{
    auto const accepted = verdict(true, 0s);
    BOOST_TEST((accepted.what == outcome::accepted));
    BOOST_TEST(accepted.message == "registry.example.com accepts the credential");
    auto const open = verdict(false, 0s);
    BOOST_TEST((open.what == outcome::unknown));
    BOOST_TEST(open.message == "registry.example.com requires no credential");
    auto const rejected = verdict(refusal, 0s);
    BOOST_TEST((rejected.what == outcome::rejected));
    BOOST_TEST(rejected.message == "the registry refuses the credential");
    BOOST_TEST((verdict(outage, 0s).what == outcome::unknown));
}

BOOST_AUTO_TEST_CASE(a_check_without_a_result_is_repeated_sooner)
{
    BOOST_TEST((verdict(true, 0s).next_check(1h) == at(1h)));
    BOOST_TEST((verdict(refusal, 0s).next_check(1h) == at(1h)));
    BOOST_TEST((verdict(outage, 0s).next_check(1h) == at(60s)));
    BOOST_TEST((verdict(outage, 0s).next_check(10s) == at(10s)));
}

BOOST_AUTO_TEST_CASE(an_unavailable_registry_keeps_the_previous_verdict)
{
    check_verdict known;
    BOOST_TEST(known.update(verdict(true, 0s)));
    BOOST_TEST(!known.update(verdict(outage, 10s)));
    BOOST_TEST((known.what == outcome::accepted));
    BOOST_TEST((known.checked_at == at(10s)));
    BOOST_TEST(!known.update(verdict(true, 20s)));
    BOOST_TEST((known.checked_at == at(20s)));
    BOOST_TEST(known.update(verdict(refusal, 30s)));
    BOOST_TEST((known.what == outcome::rejected));
}

BOOST_AUTO_TEST_CASE(another_login_has_a_verdict_of_its_own)
{
    check_verdict known;
    known.update(verdict(refusal, 0s));
    BOOST_TEST(known.update(verdict(outage, 10s, "q")));
    BOOST_TEST((known.what == outcome::unknown));
    // A second outage with the same cause is not a change. An outage with another cause is a change.
    BOOST_TEST(!known.update(verdict(outage, 20s, "q")));
    BOOST_TEST(known.update(verdict(error(registry::errc::unavailable, "timeout"), 30s, "q")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credential_checker_test
