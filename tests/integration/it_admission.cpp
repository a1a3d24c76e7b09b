// No bad ImagePullSecret gets in, no account is born without its credentials, and nobody waits for a webhook that
// does not answer: seen through a real API server, which calls them through the shipped Service and configurations.
#include "harness/listener.hpp"
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

    /// Whether an account that is made now has these references. The API server learns of a configuration, and of its
    /// caBundle, by a watch of its own.
    verdict are_born_with(std::string const& ns, std::vector<std::string> const& expected)
    {
        auto const born = references_of(*api.try_to_create(accounts, ns, account_body("tried")));
        return born == expected ? verdict(true) : wrong("born with " + joined(born));
    }

    void must_come_to_be_born_with(std::string const& ns, std::vector<std::string> const& expected)
    {
        BOOST_TEST_REQUIRE(eventually([&] { return are_born_with(ns, expected); }));
    }

    static spec probe()
    {
        spec cr;
        cr.name = "probe";
        cr.namespaces = "nowhere";
        return cr;
    }

    /// The number in a line of the metrics page, 0 where there is none.
    double metric(std::string const& series)
    {
        auto const page = controller.metrics().body;
        auto const place = page.find("\n" + series + " ");
        return place == std::string::npos ? 0 : std::stod(page.substr(place + series.size() + 2));
    }

    double accounts_served(std::string const& when)
    {
        return metric("tcr_assistant_serviceaccounts_served_total{when=\"" + when + "\"}");
    }

    command_result apply(spec const& cr)
    {
        return control_plane.try_kubectl({"apply", "-f", "-"}, json::serialize(body_of(cr)));
    }

    /// Namespaces, each with an account and at once a pod of it, as when a chart is installed. \return how many pods
    /// lack the reference.
    std::size_t pods_without(
        std::string const& reference, std::size_t count, std::map<std::string, std::string> const& labels = {}
    )
    {
        auto const prefix = fresh_name();
        std::vector<std::vector<cluster::named_body>> chains;
        for (std::size_t i = 0; i < count; ++i)
        {
            auto const ns = prefix + "-" + std::to_string(i);
            chains.push_back(
                {{namespaces, {}, namespace_body(ns, labels)},
                 {accounts, ns, account_body("app")},
                 {pods, ns, pod_body("first", "app")}}
            );
            made.push_back(ns);
        }
        api.create_chains(chains);
        std::size_t without = 0;
        std::size_t seen = 0;
        for (auto const& pod : api.list(pods))
        {
            if (!text_at(pod, {"metadata", "namespace"}).starts_with(prefix + "-"))
                continue;
            ++seen;
            auto const names = references_of(at(pod, {"spec"}).as_object());
            without += std::count(names.begin(), names.end(), reference) == 1 ? 0 : 1;
        }
        BOOST_TEST(seen == count);
        api.remove_all(namespaces, made);
        made.clear();
        return without;
    }

    std::vector<std::string> made;
};

double in_seconds(steady_clock::duration length)
{
    return std::chrono::duration<double>(length).count();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(validating, admission)

BOOST_AUTO_TEST_CASE(what_the_crd_cannot_see_the_webhook_refuses_with_field_and_advice)
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

BOOST_AUTO_TEST_CASE(an_update_is_looked_at_too)
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

BOOST_AUTO_TEST_CASE(what_is_probably_not_meant_is_warned_of)
{
    spec first;
    first.namespaces = "nobody-made-this";
    first.name = fresh_name();
    auto const lonely = apply(first);
    BOOST_TEST(lonely.status == 0, lonely.err);
    BOOST_TEST(contains(lonely.err, "Warning: "), lonely.err);
    BOOST_TEST(contains(lonely.err, "nobody-made-this"), lonely.err);
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
    BOOST_TEST_MESSAGE(lonely.err);
    control_plane.kubectl({"delete", "ipss", first.name});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(mutating, admission)

BOOST_AUTO_TEST_CASE(every_first_pod_has_the_reference_and_without_the_webhook_hardly_one)
{
    auto const cr = make(spec());
    BOOST_TEST_REQUIRE(eventually([&] { return served("default", cr); }));
    must_come_to_be_born_with("default", {cr.secret()});
    auto const at_birth = accounts_served("birth");
    auto begun = steady_clock::now();
    BOOST_TEST(pods_without(cr.secret(), many) == 0u);
    BOOST_TEST_MESSAGE(
        many << " namespaces with account and pod in " << in_seconds(steady_clock::now() - begun) << " s"
    );
    // Each of our accounts, and the controller manager's default ones.
    BOOST_TEST(accounts_served("birth") - at_birth >= static_cast<double>(many));
    BOOST_TEST_MESSAGE(
        "served at birth " << accounts_served("birth") - at_birth << ", afterwards in all "
                           << accounts_served("afterwards")
    );
    control_plane.kubectl(
        {"delete", "mutatingwebhookconfiguration", "tcr-assistant-mutating-webhook-configuration"}
    );
    must_come_to_be_born_with("default", {});
    begun = steady_clock::now();
    auto const without = pods_without(cr.secret(), many);
    BOOST_TEST_MESSAGE(
        "with the webhook off " << without << " of " << many << " pods lack the reference; that took "
                                << in_seconds(steady_clock::now() - begun) << " s"
    );
    BOOST_TEST(without > 0u);
}

BOOST_AUTO_TEST_CASE(a_selector_waits_for_the_labels_of_a_new_namespace)
{
    spec cr;
    cr.more_spec = {{"namespaceSelector", {{"matchLabels", {{"team", "x"}}}}}};
    cr = make(cr);
    auto const known = [&]() -> verdict { return counts(cr, 0, 0); };
    BOOST_TEST_REQUIRE(eventually(known));
    must_come_to_be_born_with("default", {});
    // Its patience has an end on a machine that is busy with other things.
    auto const without = pods_without(cr.secret(), 50, {{"team", "x"}});
    BOOST_TEST_MESSAGE(without << " of 50 pods in namespaces selected by label lack the reference");
    BOOST_TEST(without <= 5u);
    BOOST_TEST(pods_without(cr.secret(), 20, {{"team", "y"}}) == 20u);
}

BOOST_AUTO_TEST_CASE(entries_that_an_account_brings_stay)
{
    auto const cr = make(spec());
    auto const ns = make_namespace();
    BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));
    must_come_to_be_born_with(ns, {cr.secret()});
    auto const made_account = api.create(accounts, ns, account_body("mine", {"own", "tcr.ipsforeign"}));
    auto const expected = std::vector<std::string>{"own", "tcr.ipsforeign", cr.secret()};
    BOOST_TEST(references_of(made_account) == expected);
    auto const has_it = api.create(accounts, ns, account_body("has-it", {cr.secret(), "own"}));
    BOOST_TEST((references_of(has_it) == std::vector<std::string>{cr.secret(), "own"}));
}

BOOST_AUTO_TEST_CASE(a_dry_run_shows_what_would_be_and_counts_for_nothing)
{
    auto const cr = make(spec());
    auto const ns = make_namespace();
    BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));
    must_come_to_be_born_with(ns, {cr.secret()});
    auto const before = accounts_served("birth");
    auto const shown = api.try_to_create(accounts, ns, account_body("tried")).value();
    BOOST_TEST(references_of(shown) == std::vector<std::string>{cr.secret()});
    BOOST_TEST(accounts_served("birth") == before);
    BOOST_TEST(!api.find(accounts, ns, "tried").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(when_it_does_not_answer, admission)

BOOST_AUTO_TEST_CASE(accounts_are_made_whether_it_runs_or_not_and_what_is_bad_still_stays_out)
{
    auto const cr = make(spec());
    controller.stop();
    auto const begun = steady_clock::now();
    auto const ns = make_namespace();
    api.create(accounts, ns, account_body("builder"));
    BOOST_TEST((steady_clock::now() - begun < seconds(5)));
    // Nor does a deletion wait for it, which removes a finalizer by an UPDATE.
    control_plane.kubectl({"delete", "ipss", cr.name, "--cascade=foreground", "--timeout=60s"});
    auto const refused = apply(probe());
    BOOST_TEST(refused.status != 0);
    BOOST_TEST(contains(refused.err, "failed calling webhook"), refused.err);
    start();
    BOOST_TEST(apply(probe()).status == 0);
    control_plane.kubectl({"delete", "ipss", "probe"});
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_is_silent_costs_a_second_and_no_account)
{
    auto const cr = make(spec());
    auto const ns = make_namespace();
    BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));
    must_come_to_be_born_with(ns, {cr.secret()});
    listener const silent{""};
    auto const url = silent.url();
    control_plane.run({"webhooks", url.substr(url.rfind(':') + 1)});
    must_come_to_be_born_with(ns, {});
    auto const begun = steady_clock::now();
    auto const born = api.create(accounts, ns, account_body("builder"));
    auto const took = steady_clock::now() - begun;
    BOOST_TEST_MESSAGE("a silent endpoint: " << in_seconds(took) << " s");
    BOOST_TEST((took < seconds(3)));
    // Born without, and served all the same.
    BOOST_TEST(references_of(born).empty());
    auto const comes_after = [&]() -> verdict
    { return references(ns, "builder") == std::vector<std::string>{cr.secret()}; };
    BOOST_TEST(eventually(comes_after));
    control_plane.run({"webhooks", std::to_string(controller.webhook_port())});
}

BOOST_AUTO_TEST_CASE(its_own_namespace_is_left_out)
{
    auto const cr = make(spec());
    must_come_to_be_born_with("default", {cr.secret()});
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

BOOST_FIXTURE_TEST_CASE(everything_can_be_installed_before_anything_runs, fixture)
{
    if (controller.is_running())
        controller.stop();
    // Nothing listens there.
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
