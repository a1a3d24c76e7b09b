// SPDX-License-Identifier: Apache-2.0

// The webhooks refuse invalid ImagePullSecrets and give new accounts their references. They never block the
// API server, even if they do not answer. A real API server calls the webhooks through the shipped Service
// and webhook configurations.
#include "harness/listener.hpp"
#include "harness/machine_speed.hpp"
#include "harness/text.hpp"
#include "harness/webhook_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>

namespace
{

using namespace tcr::test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using steady_clock = std::chrono::steady_clock;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

constexpr std::size_t many = 500;

/// The environment's controller, with webhooks that the API server can call.
struct admission : webhook_fixture
{
    admission() { start(); }

    void start()
    {
        controller.start();
        BOOST_TEST_REQUIRE(eventually([&] { return is_ready(); }));
    }

    /// Returns how many of the accounts that `pods_without` creates took at least this time to create.
    std::size_t slow_creations(audit_mark const& mark, milliseconds limit)
    {
        auto const is_slow = [&](auto const& call)
        {
            return call.verb == "create" && call.resource == "serviceaccounts" && call.name == "app" &&
                   call.answered - call.received >= limit;
        };
        return count_calls(audit.since(mark), is_slow);
    }

    static spec probe()
    {
        spec cr;
        cr.name = "probe";
        cr.namespaces = "nowhere";
        return cr;
    }

    command_result apply(spec const& cr)
    {
        return control_plane.try_kubectl({"apply", "-f", "-"}, json::serialize(body_of(cr)));
    }
};

double in_seconds(steady_clock::duration length)
{
    return std::chrono::duration<double>(length).count();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(validating, admission)

BOOST_AUTO_TEST_CASE(webhook_refuses_what_the_crd_cannot_check_with_field_and_advice)
{
    spec cr;
    cr.name = fresh_name();
    cr.namespaces = "good," + std::string(64, 'a');
    auto const refused = apply(cr);
    BOOST_TEST(refused.status != 0);
    BOOST_TEST(contains(refused.err, "The ImagePullSecret \"" + cr.name + "\" is invalid"), refused.err);
    BOOST_TEST(contains(refused.err, "spec.namespaces: "), refused.err);
    BOOST_TEST(contains(refused.err, "63"), refused.err);
    BOOST_TEST(!contains(refused.err, cr.password), refused.err);
    BOOST_TEST(!api.find(image_pull_secrets, {}, cr.name).has_value());
    BOOST_TEST_MESSAGE(refused.err);
}

BOOST_AUTO_TEST_CASE(refusal_names_a_wrong_separator_and_writes_the_right_list)
{
    spec cr;
    cr.name = fresh_name();
    cr.namespaces = "dev，prod";
    auto const refused = apply(cr);
    BOOST_TEST(refused.status != 0);
    BOOST_TEST(contains(refused.err, "，"), refused.err);
    BOOST_TEST(contains(refused.err, "write \"dev,prod\""), refused.err);
    BOOST_TEST_MESSAGE(refused.err);
}

BOOST_AUTO_TEST_CASE(update_is_validated)
{
    auto const cr = make(spec());
    auto const bad = control_plane.try_kubectl(
        {"patch",
         "ipss",
         cr.name,
         "--type=merge",
         "-p",
         "{\"spec\":{\"serviceAccounts\":\"" + std::string(254, 'a') + "\"}}"}
    );
    BOOST_TEST(bad.status != 0);
    BOOST_TEST(contains(bad.err, "spec.serviceAccounts"), bad.err);
}

BOOST_AUTO_TEST_CASE(probable_mistakes_cause_warnings)
{
    spec first;
    first.namespaces = "does-not-exist";
    first.name = fresh_name();
    auto const alone = apply(first);
    BOOST_TEST(alone.status == 0, alone.err);
    BOOST_TEST(contains(alone.err, "Warning: "), alone.err);
    BOOST_TEST(contains(alone.err, "does-not-exist"), alone.err);
    spec second;
    second.name = fresh_name();
    auto const overlaps = [&]() -> verdict
    {
        auto const applied = apply(second);
        BOOST_TEST(applied.status == 0, applied.err);
        control_plane.kubectl({"delete", "ipss", second.name});
        return contains(applied.err, "\"" + first.name + "\"") ? verdict(true) : wrong(applied.err);
    };
    BOOST_TEST(eventually(overlaps));
    second.server = "*.example.com";
    auto const wildcard = apply(second);
    BOOST_TEST(contains(wildcard.err, "\"" + first.name + "\""), wildcard.err);
    BOOST_TEST(contains(wildcard.err, "kubelet tries that server first"), wildcard.err);
    second.server = "hub.docker.com";
    auto const hub = apply(second);
    BOOST_TEST(hub.status == 0, hub.err);
    BOOST_TEST(contains(hub.err, "write \"docker.io\""), hub.err);
    control_plane.kubectl({"delete", "ipss", second.name});
    BOOST_TEST_MESSAGE(alone.err);
    control_plane.kubectl({"delete", "ipss", first.name});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(mutating, admission)

BOOST_AUTO_TEST_CASE(first_pods_have_the_reference_only_with_the_webhook)
{
    auto const cr = make(spec());
    BOOST_TEST_REQUIRE(eventually([&] { return served("default", cr); }));
    wait_for_references_at_creation("default", {cr.secret()});
    auto const before = accounts_served("birth");
    auto started = steady_clock::now();
    auto const mark = audit.mark();
    auto const unserved = pods_without(cr.secret(), many);
    // After 1 s, the API server creates an account without the webhook's answer. A busy machine can need
    // longer.
    BOOST_TEST(unserved <= slow_creations(mark, seconds(1)));
    BOOST_TEST_MESSAGE(
        many << " namespaces with account and pod in " << in_seconds(steady_clock::now() - started) << " s"
    );
    // Counts at least these accounts. The default accounts of the controller manager are counted, too.
    auto const are_counted = [&]() -> verdict
    { return accounts_served("birth") - before >= static_cast<double>(many); };
    BOOST_TEST(eventually(are_counted));
    BOOST_TEST_MESSAGE(
        "served at admission " << accounts_served("birth") - before << ", afterwards in total "
                               << accounts_served("afterwards")
    );
    control_plane.kubectl(
        {"delete", "mutatingwebhookconfiguration", "tcr-assistant-mutating-webhook-configuration"}
    );
    wait_for_references_at_creation("default", {});
    started = steady_clock::now();
    auto const without = pods_without(cr.secret(), many);
    BOOST_TEST_MESSAGE(
        "with the webhook off " << without << " of " << many << " pods lack the reference; that took "
                                << in_seconds(steady_clock::now() - started) << " s"
    );
    BOOST_TEST(without > 0u);
}

BOOST_AUTO_TEST_CASE(admission_uses_the_labels_of_a_new_namespace)
{
    spec cr;
    cr.more_spec = {{"namespaceSelector", {{"matchLabels", {{"team", "x"}}}}}};
    cr = make(cr);
    auto const known = [&]() -> verdict { return counts(cr, 0, 0); };
    BOOST_TEST_REQUIRE(eventually(known));
    wait_for_references_at_creation("default", {});
    // The webhook waits for at most 100 ms until its watch reports a new namespace. A busy machine can need
    // longer.
    auto const mark = audit.mark();
    auto const without = pods_without(cr.secret(), 50, {{"team", "x"}});
    auto const slow = slow_creations(mark, milliseconds(100));
    BOOST_TEST_MESSAGE(
        without << " of 50 pods in namespaces selected by label lack the reference; " << slow
                << " accounts took longer than the webhook waits"
    );
    BOOST_TEST(without <= std::max<std::size_t>(5, slow));
    BOOST_TEST(pods_without(cr.secret(), 20, {{"team", "y"}}) == 20u);
}

BOOST_AUTO_TEST_CASE(existing_references_of_a_new_account_are_kept)
{
    auto const cr = make(spec());
    auto const ns = make_namespace();
    BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));
    wait_for_references_at_creation(ns, {cr.secret()});
    auto const made_account = api.create(accounts, ns, account_body("mine", {"own", "tcr.ipsforeign"}));
    auto const expected = std::vector<std::string>{"own", "tcr.ipsforeign", cr.secret()};
    BOOST_TEST(references_of(made_account) == expected);
    auto const has_it = api.create(accounts, ns, account_body("has-it", {cr.secret(), "own"}));
    BOOST_TEST((references_of(has_it) == std::vector<std::string>{cr.secret(), "own"}));
}

BOOST_AUTO_TEST_CASE(dry_run_is_answered_and_not_counted)
{
    auto const cr = make(spec());
    auto const ns = make_namespace();
    BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));
    wait_for_references_at_creation(ns, {cr.secret()});
    BOOST_TEST_REQUIRE(eventually([&] { return knows_all_accounts(controller); }));
    auto const before = accounts_served("birth");
    auto const shown = api.try_to_create(accounts, ns, account_body("tried")).value();
    BOOST_TEST(references_of(shown) == std::vector<std::string>{cr.secret()});
    BOOST_TEST(accounts_served("birth") == before);
    BOOST_TEST(!api.find(accounts, ns, "tried").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(without_an_answer, admission)

BOOST_AUTO_TEST_CASE(accounts_are_created_without_the_webhook_and_the_crd_still_validates)
{
    auto const cr = make(spec());
    controller.stop();
    auto const started = steady_clock::now();
    auto const ns = make_namespace();
    api.create(accounts, ns, account_body("builder"));
    BOOST_TEST((steady_clock::now() - started < scaled_limit(seconds(5))));
    // A foreground deletion does not wait for the webhook either, although the garbage collector removes the
    // finalizer `foregroundDeletion` by an UPDATE.
    control_plane.kubectl({"delete", "ipss", cr.name, "--cascade=foreground"});
    auto const refused = apply(probe());
    BOOST_TEST(refused.status != 0);
    BOOST_TEST(contains(refused.err, "failed calling webhook"), refused.err);
    start();
    BOOST_TEST(apply(probe()).status == 0);
    control_plane.kubectl({"delete", "ipss", "probe"});
}

BOOST_AUTO_TEST_CASE(silent_endpoint_delays_account_creation_by_one_second)
{
    auto const cr = make(spec());
    auto const ns = make_namespace();
    BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));
    wait_for_references_at_creation(ns, {cr.secret()});
    listener const silent{""};
    auto const url = silent.url();
    control_plane.run({"webhooks", url.substr(url.rfind(':') + 1)});
    wait_for_references_at_creation(ns, {});
    auto const started = steady_clock::now();
    auto const created = api.create(accounts, ns, account_body("builder"));
    auto const took = steady_clock::now() - started;
    BOOST_TEST_MESSAGE("a silent endpoint: " << in_seconds(took) << " s");
    // By default, the API server would wait for 10 s.
    BOOST_TEST((took < std::min<milliseconds>(seconds(1) + scaled_limit(seconds(2)), seconds(9))));
    // The API server created the account without the reference. The controller adds the reference afterwards.
    BOOST_TEST(references_of(created).empty());
    auto const comes_after = [&]() -> verdict
    { return references(ns, "builder") == std::vector<std::string>{cr.secret()}; };
    BOOST_TEST(eventually(comes_after));
    control_plane.run({"webhooks", std::to_string(controller.webhook_port())});
}

BOOST_AUTO_TEST_CASE(own_namespace_is_excluded)
{
    auto const cr = make(spec());
    wait_for_references_at_creation("default", {cr.secret()});
    auto const before = accounts_served("birth");
    auto const own = api.create(accounts, "tcr-assistant-system", account_body(fresh_name()));
    BOOST_TEST(references_of(own).empty());
    BOOST_TEST(accounts_served("birth") == before);
    auto const comes_after = [&]() -> verdict
    { return references("tcr-assistant-system", name_of(own)) == std::vector<std::string>{cr.secret()}; };
    BOOST_TEST(eventually(comes_after));
    api.remove(accounts, "tcr-assistant-system", name_of(own));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(bootstrap)

BOOST_FIXTURE_TEST_CASE(everything_can_be_installed_before_the_controller_runs, fixture)
{
    if (controller.is_running())
        controller.stop();
    // No program listens on this port.
    auto const url = closed_url();
    control_plane.run({"webhooks", url.substr(url.rfind(':') + 1)});
    control_plane.run({"install"});
    auto const ns = make_namespace();
    api.create(accounts, ns, account_body("builder"));
    controller.use_webhooks();
    controller.start();
    auto const cr_is_taken = [&]() -> verdict
    {
        spec cr;
        cr.name = "bootstrap";
        auto const applied = control_plane.try_kubectl({"apply", "-f", "-"}, json::serialize(body_of(cr)));
        return applied.status == 0 ? verdict(true) : wrong(applied.err);
    };
    BOOST_TEST(eventually(cr_is_taken));
    auto const is_served = [&]() -> verdict
    { return references(ns, "builder") == std::vector<std::string>{"tcr.ipsbootstrap"}; };
    BOOST_TEST(eventually(is_served));
    control_plane.kubectl({"delete", "ipss", "bootstrap"});
}

BOOST_AUTO_TEST_SUITE_END()
