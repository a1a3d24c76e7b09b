// SPDX-License-Identifier: Apache-2.0

// Tests an API server that lacks features of newer versions of Kubernetes. Flags turn off as many features as
// its version allows. The CRD has no CEL rules and the webhook no matchConditions, because an older API
// server drops these fields.
//
// Runs on the version that $TCR_KUBERNETES names; without it, on the newest one.
#include "harness/background.hpp"
#include "harness/text.hpp"
#include "it_older_servers_helpers.hpp"
#include "rule_cases.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <ostream>

namespace
{

using namespace tcr::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct older_environment : environment_owner
{
    older_environment() : environment_owner(older_flags())
    {
        // A CRD of another version drops fields of the statuses here, so tests/packaging/statuses.py must not
        // check them.
        ::unsetenv("TCR_STATUS_RECORD");
    }
};
BOOST_TEST_GLOBAL_FIXTURE(older_environment);

/// A rule that the CRD gets after its objects were stored.
struct late_rule
{
    char const* path;    ///< below the schema of the object
    char const* member;  ///< the rule as a member of that schema
};

std::ostream& operator<<(std::ostream& out, late_rule const& rule)
{
    return out << rule.path << ' ' << rule.member;
}

/// Two rules. The status itself breaks the first rule, as with a CRD of another version. A field that a write
/// of the status does not change breaks the second rule. Without ratcheting, the API server then refuses the
/// status, but only for CEL rules (apiextensions-apiserver/pkg/registry/customresource/status_strategy.go).
std::vector<late_rule> late_rules()
{
    std::vector<late_rule> rules{{"status/secretsDesired", R"("maximum":1)"}};
    if (may_lack_ratcheting(minor_version()))
        rules.push_back(
            {"spec/docker",
             R"("x-kubernetes-validations":[{"rule":"!has(self.username) || self.username.size()<5"}])"}
        );
    return rules;
}

/// Acts as the controller manager before Kubernetes 1.24: each account without a token gets a Secret with
/// one, and refers to it in `secrets`.
std::function<void(cluster&)> token_controller(std::vector<std::string> const& where)
{
    return [where](cluster& api)
    {
        for (auto const& ns : where)
            for (auto account : api.list(accounts, ns))
            {
                if (!at(account, {"secrets"}).is_null())
                    continue;
                auto const name = name_of(account) + "-token-abcde";
                json::value const token{
                    {"type", "kubernetes.io/service-account-token"},
                    {"metadata",
                     {{"name", name},
                      {"annotations", {{"kubernetes.io/service-account.name", name_of(account)}}}}}};
                if (!api.find(secrets, ns, name))
                    api.create(secrets, ns, token);
                account["secrets"] = json::array{json::object{{"name", name}}};
                // Fails if another client has changed the account. The next step tries again.
                (void)api.replace(accounts, ns, name_of(account), account);
            }
    };
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(older_servers, older_server)

BOOST_AUTO_TEST_CASE(server_lacks_the_features_of_newer_ones)
{
    auto const version = control_plane.kubectl({"get", "--raw", "/version"});
    BOOST_TEST_MESSAGE(version);
    for (auto const& flag : older_flags())
        BOOST_TEST_MESSAGE(flag);
    auto const watch_list = control_plane.try_kubectl(
        {"get",
         "--raw",
         "/api/v1/namespaces?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
         "&allowWatchBookmarks=true&timeoutSeconds=1"}
    );
    BOOST_TEST(watch_list.status != 0);
    BOOST_TEST(contains(watch_list.err, "sendInitialEvents is forbidden"), watch_list.err);
    auto const policies = control_plane.try_kubectl({"get", "validatingadmissionpolicies"});
    BOOST_TEST(policies.status != 0);
    BOOST_TEST(contains(policies.err, "doesn't have a resource type"), policies.err);
}

BOOST_AUTO_TEST_CASE(manifests_have_no_field_that_the_server_does_not_know)
{
    for (auto const* overlay : {"kubernetes-before-1.30", "kubernetes-before-1.28"})
    {
        auto const folder = source_folder() / "deploy" / "overlays" / overlay;
        auto const applied = control_plane.try_kubectl(
            {"apply", "--dry-run=server", "--validate=strict", "-f", "-"},
            control_plane.kubectl({"kustomize", folder.string()})
        );
        BOOST_TEST(applied.status == 0, applied.err);
        BOOST_TEST(applied.err.empty(), applied.err);
    }
    auto const manifest = source_folder() / "deploy" / "allinone" / "tcr-assistant.yaml";
    auto const refused = control_plane.try_kubectl({"apply", "--dry-run=server", "-f", manifest.string()});
    BOOST_TEST(refused.status != 0);
    BOOST_TEST(contains(refused.err, "no matches for kind \"ValidatingAdmissionPolicy\""), refused.err);
}

BOOST_AUTO_TEST_CASE(namespaces_are_served_and_released)
{
    controller.start();
    auto const mark = controller.mark();
    auto const where = make_namespaces(3);
    auto const cr = serve(where);
    BOOST_TEST(eventually([&] { return counts(cr, 3, 3); }));
    edit(cr, R"({"docker":{"password":"second.password"}})");
    auto edited = cr;
    edited.password = "second.password";
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, edited); }));
    drop(cr);
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return unserved(ns, cr); }));
    BOOST_TEST(controller.complaints(mark).empty(), joined(controller.complaints(mark)));
}

BOOST_AUTO_TEST_CASE(webhook_refuses_what_the_crd_does_not)
{
    start_with_webhooks();
    std::size_t by_webhook = 0;
    for (auto const& each : rule_cases())
    {
        auto const answer = api.try_to_create(image_pull_secrets, {}, object_of(each));
        bool const is_good = each.expected == validity::good;
        BOOST_TEST(answer.has_value() == is_good, shown(each) << (answer ? "" : answer.error().message()));
        by_webhook += !answer && contains(answer.error().message(), "admission webhook") ? 1 : 0;
    }
    // The CRD's patterns refuse most of the other objects.
    BOOST_TEST(by_webhook > 10u);
}

BOOST_AUTO_TEST_CASE(invalid_object_is_reported_and_others_are_served)
{
    // Create the object before the webhook is installed, because the webhook would refuse it.
    spec bad;
    bad.name = fresh_name();
    api.create(image_pull_secrets, {}, without_user(bad.name));
    controller.start();
    auto const ns = make_namespace();
    serve({ns});
    auto const is_reported = [&]() -> verdict
    { return ready_reason(bad) == "InvalidSpec" ? verdict(true) : wrong(ready_reason(bad)); };
    BOOST_TEST(eventually(is_reported));
    BOOST_TEST(unserved(ns, bad));
    drop(bad);
}

BOOST_AUTO_TEST_CASE(finalizers_wait_only_for_a_stopped_controller)
{
    auto const make_with_finalizer = [&](std::string const& where)
    {
        spec cr;
        cr.namespaces = where;
        cr = make(cr);
        api.patch(image_pull_secrets, {}, cr.name, R"({"metadata":{"finalizers":["example.com/a"]}})");
        control_plane.kubectl({"delete", "ipss", cr.name, "--wait=false"});
        return cr;
    };
    auto const remove_finalizer = [&](spec const& cr)
    {
        return control_plane.try_kubectl(
            {"patch", "ipss", cr.name, "--type=merge", "-p", R"({"metadata":{"finalizers":null}})"}
        );
    };
    // The spec of the second object is invalid, but the webhook must accept the removal of its finalizer.
    std::vector<spec> const made{
        make_with_finalizer("nowhere"),
        make_with_finalizer(std::string(64, 'a')),
        make_with_finalizer("nowhere")};
    start_with_webhooks();
    for (auto const& cr : {made[0], made[1]})
    {
        auto const accepted = remove_finalizer(cr);
        BOOST_TEST(accepted.status == 0, accepted.err);
        BOOST_TEST(eventually([&] { return is_deleted(cr); }));
    }

    controller.stop();
    auto const refused = remove_finalizer(made[2]);
    BOOST_TEST(refused.status != 0);
    BOOST_TEST(contains(refused.err, "failed calling webhook"), refused.err);
    start_with_webhooks();
    auto const accepted = remove_finalizer(made[2]);
    BOOST_TEST(accepted.status == 0, accepted.err);
    BOOST_TEST(eventually([&] { return is_deleted(made[2]); }));
}

BOOST_DATA_TEST_CASE(
    refused_status_is_reported_and_delays_no_other, boost::unit_test::data::make(late_rules()), rule
)
{
    controller.start();
    auto const ns = make_namespace();
    auto const later = fresh_name();
    spec refused;
    refused.namespaces = ns + "," + later;
    refused = make(refused);
    spec other;
    other.namespaces = later;
    other.username = "user";
    other = make(other);
    BOOST_TEST_REQUIRE(eventually([&] { return counts(refused, 1, 1); }));
    BOOST_TEST_REQUIRE(eventually([&] { return counts(other, 0, 0); }));
    change_schema(
        rule.path,
        [&](auto& schema)
        {
            auto const members = json::parse("{" + std::string(rule.member) + "}");
            for (auto const& member : members.get_object())
                schema[member.key()] = member.value();
        }
    );
    auto const is_refused = [&]() -> verdict
    {
        auto const tried = control_plane.try_kubectl(
            {"patch",
             "ipss",
             refused.name,
             "--subresource=status",
             "--dry-run=server",
             "--type=merge",
             "-p",
             R"({"status":{"secretsDesired":2}})"}
        );
        return tried.status != 0;
    };
    BOOST_TEST_REQUIRE(eventually(is_refused));

    auto const mark = audit.mark();
    auto const log_mark = controller.mark();
    make_namespace_called(later);
    for (auto const& cr : {refused, other})
        BOOST_TEST(eventually([&] { return served(later, cr); }));
    BOOST_TEST(eventually([&] { return counts(other, 1, 1); }));
    api.create(accounts, later, account_body("app"));
    BOOST_TEST(eventually([&] { return counts(other, 1, 2); }));
    BOOST_TEST(counts(refused, 1, 1), "the status stays as it was");
    // A second refusal, after 5 s, is not logged again.
    auto const refused_writes = [&] { return status_writes(mark, refused, 422); };
    BOOST_TEST(eventually([&] { return refused_writes() >= 2 ? verdict(true) : wrong("too few"); }));
    BOOST_TEST(refused_writes() <= 3u);
    auto const complaints = controller.complaints(log_mark, refused.name);
    BOOST_TEST(complaints.size() == 1u, joined(complaints));
    BOOST_TEST(controller.complaints(log_mark, other.name).empty());
    auto const has_event = [&]() -> verdict
    { return events_about(refused, "Invalid").size() == 1 ? verdict(true) : wrong("no Event"); };
    BOOST_TEST_REQUIRE(eventually(has_event));
    BOOST_TEST_MESSAGE(text_at(events_about(refused, "Invalid").front(), {"message"}));

    // An edit is reported at once.
    edit(refused, "{\"namespaces\":\"" + later + "\",\"docker\":{\"username\":\"user\"}}");
    refused.username = "user";
    BOOST_TEST(eventually([&] { return served(later, refused); }));
    BOOST_TEST(eventually([&] { return counts(refused, 1, 2); }, seconds(8)));
}

BOOST_AUTO_TEST_CASE(status_without_newer_fields_is_not_written_again_and_again)
{
    // The CRD of the original add-on has only these fields.
    std::vector<std::string> const known{
        "secretsDesired",
        "secretsSuccess",
        "sAsDesired",
        "sAsSuccess",
        "secretUpdateSuccessful",
        "serviceAccountsModifySuccessful"};
    change_schema(
        "status",
        [&](auto& schema)
        {
            json::object kept;
            for (auto const& name : known)
                kept[name] = schema["properties"].as_object()[name];
            schema["properties"] = kept;
        }
    );
    controller.start();
    auto const ns = make_namespace();
    auto const mark = audit.mark();
    auto const cr = serve({ns});
    BOOST_TEST(eventually([&] { return counts(cr, 1, 1); }));
    BOOST_TEST(at(api.get(image_pull_secrets, {}, cr.name), {"status", "conditions"}).is_null());
    let_pass(seconds(3));
    // One status before the namespace is served and one after it. Each is written again once, because the
    // watch reports it without conditions.
    BOOST_TEST(status_writes(mark, cr, 200) <= 4u);
    auto const late_mark = audit.mark();
    let_pass(milliseconds(2500));
    BOOST_TEST(status_writes(late_mark, cr, 200) == 0u);
}

BOOST_AUTO_TEST_CASE(secrets_of_accounts_stay_as_the_token_controller_writes_them)
{
    controller.start();
    auto const mark = controller.mark();
    std::vector<std::string> where;
    for (int i = 0; i < 10; ++i)
        where.push_back(fresh_name());
    background tokens(control_plane.kubeconfig(), token_controller(where));
    spec cr;
    cr.namespaces = list_of(where);
    cr = make(cr);
    std::vector<json::value> bodies;
    for (auto const& ns : where)
        bodies.push_back(namespace_body(ns));
    api.create_all(namespaces, {}, bodies);
    auto const has_both = [&](std::string const& ns) -> verdict
    {
        auto const account = api.find(accounts, ns, "default");
        if (!account)
            return wrong(ns + " has no account");
        auto const expected = json::parse(R"([{"name":"default-token-abcde"}])");
        return at(*account, {"secrets"}) == expected ? served(ns, cr) : wrong(json::serialize(*account));
    };
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return has_both(ns); }));
    BOOST_TEST(tokens.stop() == "");
    // The other client's writes are no contention.
    BOOST_TEST(controller.complaints(mark).empty(), joined(controller.complaints(mark)));

    // `cleanup` removes only references to our Secrets.
    controller.stop();
    auto const done =
        run_command({program_under_test(), "cleanup", "--kubeconfig", control_plane.kubeconfig()});
    BOOST_TEST(done.status == 0, done.err);
    for (auto const& ns : where)
    {
        BOOST_TEST(unserved(ns, cr));
        auto const account = api.get(accounts, ns, "default");
        BOOST_TEST(json::serialize(at(account, {"secrets"})) == R"([{"name":"default-token-abcde"}])");
        BOOST_TEST(api.find(secrets, ns, "default-token-abcde").has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
