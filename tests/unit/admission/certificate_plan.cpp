// SPDX-License-Identifier: Apache-2.0
#include <tcr/admission/certificate_plan.hpp>
#include <tcr/net/certificate.hpp>

#include <boost/test/unit_test.hpp>

#include <ostream>

namespace tcr::admission
{

inline std::ostream& boost_test_print_type(std::ostream& out, certificate_step step)
{
    return out << name_of(step);
}

}  // namespace tcr::admission

namespace certificate_plan_test
{

using namespace tcr;
using namespace tcr::admission;
using std::chrono::hours;
using std::chrono::seconds;
using time_point = std::chrono::system_clock::time_point;
using step = certificate_step;

time_point const noon{std::chrono::hours(24 * 20'000)};

/// The Secret of the certificate, and a clock that each test case moves.
struct fixture
{
    fixture()
    {
        policy.names = {"service.ns.svc"};
        policy.life = hours(24 * 90);
    }

    certificate_plan plan(std::optional<time_point> trusted_since = {}) const
    {
        return plan_certificate(secret, last_good, policy, trusted_since, now);
    }

    step next(std::optional<time_point> trusted_since = {}) const { return plan(trusted_since).step; }

    /// Applies the step and stores the new content of the Secret, as the API server does.
    void take(step which)
    {
        auto content = apply_step(which, secret, last_good, policy, now);
        BOOST_TEST_REQUIRE(content.has_value());
        secret = std::move(*content);
        secret->resource_version = ++version;
        last_good = secret;
    }

    void begin()
    {
        BOOST_TEST(next() == step::create);
        take(step::create);
        BOOST_TEST(next() == step::none);
    }

    /// Moves the clock to the time at which the renewal is due: two thirds of the current certificate's life.
    void advance_to_renewal()
    {
        now = plan().recheck_at;
        BOOST_TEST(next() == step::stage);
    }

    bool trusts(key_pair const& pair) const
    {
        return net::inspect_certificate(pair.certificate_pem, pair.key_pem, secret->ca_pem).has_value();
    }

    certificate_policy policy;
    std::optional<certificate_secret> secret;
    std::optional<certificate_secret> last_good;
    time_point now = noon;
    std::uint64_t version = 0;
};

/// A Secret with a valid certificate, without our label.
certificate_secret foreign_secret(certificate_policy const& policy, time_point now)
{
    auto made = apply_step(step::create, std::nullopt, std::nullopt, policy, now);
    BOOST_TEST_REQUIRE(made.has_value());
    made->is_ours = false;
    made->resource_version = 7;
    return *made;
}

BOOST_FIXTURE_TEST_SUITE(certificates, fixture)

BOOST_AUTO_TEST_CASE(the_first_certificate_is_usable_at_once)
{
    begin();
    BOOST_TEST(secret->is_ours);
    BOOST_TEST(trusts(secret->current));
    BOOST_TEST(net::is_certificate_for(secret->current.certificate_pem, "service.ns.svc"));
    BOOST_TEST((secret->next == key_pair()));
    // The renewal is not due before `recheck_at`.
    now = plan().recheck_at - seconds(1);
    BOOST_TEST(next() == step::none);
}

BOOST_AUTO_TEST_CASE(the_next_certificate_is_promoted_once_all_callers_trust_it)
{
    begin();
    auto const first = secret->current;
    advance_to_renewal();
    take(step::stage);
    BOOST_TEST((secret->current == first));
    BOOST_TEST((secret->next != key_pair()));
    BOOST_TEST(trusts(secret->current));
    BOOST_TEST(trusts(secret->next));
    // While no caller trusts the staged certificate, it is not promoted, even after 5 days.
    now += hours(24 * 5);
    BOOST_TEST(next() == step::none);
    auto const known = now;
    BOOST_TEST(next(known) == step::none);
    BOOST_TEST((plan(known).recheck_at == known + policy.settle()));
    now += policy.settle();
    BOOST_TEST(next(known) == step::promote);
    auto const staged = secret->next;
    take(step::promote);
    BOOST_TEST((secret->current == staged));
    BOOST_TEST((secret->next == key_pair()));
    // Callers still trust the former certificate, because another replica may still serve it.
    BOOST_TEST(trusts(first));
    BOOST_TEST(next(known) == step::none);
}

BOOST_AUTO_TEST_CASE(expired_authorities_leave_the_bundle)
{
    begin();
    for (int renewal = 0; renewal < 4; ++renewal)
    {
        advance_to_renewal();
        take(step::stage);
        now += policy.settle();
        BOOST_TEST(next(now - policy.settle()) == step::promote);
        take(step::promote);
    }
    std::size_t authorities = 0;
    std::string const begin_line = "-----BEGIN CERTIFICATE-----";
    for (auto at = secret->ca_pem.find(begin_line); at != std::string::npos;
         at = secret->ca_pem.find(begin_line, at + 1))
        ++authorities;
    BOOST_TEST(authorities == 2u);
}

BOOST_AUTO_TEST_CASE(shortly_before_expiry_the_next_certificate_is_promoted_untrusted)
{
    begin();
    auto const end = noon + policy.life;
    advance_to_renewal();
    take(step::stage);
    now = end - policy.settle() - seconds(1);
    BOOST_TEST(next() == step::none);
    now += seconds(1);
    BOOST_TEST(next() == step::promote);
}

BOOST_AUTO_TEST_CASE(a_missing_name_starts_a_renewal)
{
    begin();
    policy.names.push_back("10.0.0.1");
    BOOST_TEST(next() == step::stage);
    take(step::stage);
    policy.names.push_back("other.example.com");
    // The staged certificate does not contain the new name, so it is replaced before its promotion.
    BOOST_TEST(next() == step::stage);
    take(step::stage);
    BOOST_TEST(next(now - policy.settle()) == step::promote);
}

BOOST_AUTO_TEST_CASE(a_deleted_secret_is_restored)
{
    begin();
    advance_to_renewal();
    take(step::stage);
    auto const before = *secret;
    secret.reset();
    BOOST_TEST(next() == step::restore);
    take(step::restore);
    BOOST_TEST((secret->current == before.current));
    BOOST_TEST((secret->next == before.next));
    BOOST_TEST(secret->ca_pem == before.ca_pem);
    // An expired certificate is not restored: a new certificate is created.
    secret.reset();
    now = noon + policy.life;
    BOOST_TEST(next() == step::create);
}

BOOST_AUTO_TEST_CASE(a_damaged_secret_is_restored)
{
    begin();
    auto const before = *secret;
    for (auto* damaged : {&secret->current.certificate_pem, &secret->current.key_pem, &secret->ca_pem})
    {
        auto const whole = std::exchange(*damaged, "garbage");
        BOOST_TEST(next() == step::restore);
        *damaged = whole;
    }
    secret->current.key_pem = "garbage";
    take(step::restore);
    BOOST_TEST((secret->current == before.current));
    // If the process does not know the last good content, it makes a new certificate.
    secret->current.key_pem = "garbage";
    last_good.reset();
    BOOST_TEST(next() == step::replace);
    take(step::replace);
    BOOST_TEST(next() == step::none);
    BOOST_TEST((secret->current != before.current));
}

BOOST_AUTO_TEST_CASE(an_expired_certificate_is_replaced_by_the_next_or_a_new_one)
{
    begin();
    advance_to_renewal();
    auto const unstaged = secret;
    take(step::stage);
    now = noon + policy.life;
    BOOST_TEST(next() == step::promote);
    secret = unstaged;
    last_good = unstaged;
    BOOST_TEST(next() == step::replace);
    take(step::replace);
    BOOST_TEST(next() == step::none);
}

BOOST_AUTO_TEST_CASE(an_empty_secret_is_filled)
{
    secret = certificate_secret();
    BOOST_TEST(next() == step::replace);
    take(step::replace);
    BOOST_TEST(secret->is_ours);
    BOOST_TEST(next() == step::none);
    // The empty Secret belongs to cert-manager, which fills it. The controller does not write to it.
    secret = certificate_secret();
    secret->is_cert_managers = true;
    BOOST_TEST(next() == step::report);
}

BOOST_AUTO_TEST_CASE(a_slow_clock_causes_no_new_certificate)
{
    begin();
    now -= hours(1);
    BOOST_TEST(next() == step::none);
}

BOOST_AUTO_TEST_CASE(a_foreign_certificate_is_used_while_usable_and_never_written)
{
    secret = foreign_secret(policy, now);
    BOOST_TEST(next() == step::none);
    now = noon + policy.life - seconds(1);
    BOOST_TEST(next() == step::none);
    now += seconds(1);
    BOOST_TEST(next() == step::report);
    BOOST_TEST(plan().reason.find("expired") != std::string::npos);
    now = noon;
    secret->current.key_pem = "garbage";
    BOOST_TEST(next() == step::report);
    secret = foreign_secret(policy, now);
    policy.names = {"else.example.com"};
    BOOST_TEST(next() == step::report);
    BOOST_TEST(plan().reason.find("else.example.com") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_life_of_a_minute_leaves_time_for_the_renewal)
{
    policy.life = seconds(60);
    begin();
    auto const end = noon + policy.life;
    advance_to_renewal();
    BOOST_TEST((now < end - seconds(15)));
    BOOST_TEST((policy.settle() == seconds(5)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace certificate_plan_test
