// An API server without what newer versions of Kubernetes have. Flags turn off as much as its version allows.
// The CRD has no CEL rules and the webhook no matchConditions: an older API server drops these fields.
//
// Runs on the version that $TCR_KUBERNETES names; without it, on the newest one.
#include "harness/background.hpp"
#include "harness/text.hpp"
#include "harness/webhook_fixture.hpp"
#include "rule_cases.hpp"
#include <tcr/kube/errc.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <functional>
#include <ostream>

namespace
{

using namespace tcr::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// The minor version of the API server; large for the newest one.
int minor_version()
{
    char const* const chosen = std::getenv("TCR_KUBERNETES");
    std::string const version = chosen == nullptr ? "" : chosen;
    return version.empty() ? 1000 : std::stoi(version.substr(version.find('.') + 1));
}

/// Whether CRD ratcheting can be turned off. Before 1.30, it is off.
bool may_lack_ratcheting(int minor)
{
    return minor >= 30 && minor < 33;
}

/// Turns off the features of newer versions. The API server does not start if a gate is unknown to its
/// version, or locked.
std::vector<std::string> older_flags()
{
    auto const minor = minor_version();
    std::string gates = "WatchList=false";
    if (minor < 30)
        gates += ",CustomResourceValidationExpressions=false,AdmissionWebhookMatchConditions=false";
    else if (may_lack_ratcheting(minor))
        gates += ",CRDValidationRatcheting=false";
    std::vector<std::string> flags{"--feature-gates=" + gates};
    std::string const policies = "admissionregistration.k8s.io/v1/validatingadmissionpolic";
    if (minor >= 30)
        flags.insert(
            flags.end(),
            {"--runtime-config=" + policies + "ies=false," + policies + "ybindings=false",
             "--disable-admission-plugins=ValidatingAdmissionPolicy"}
        );
    return flags;
}

struct older_environment : environment_owner
{
    older_environment() : environment_owner(older_flags()) {}
};
BOOST_TEST_GLOBAL_FIXTURE(older_environment);

char const* const crd_name = "crd/imagepullsecrets.tcr.tencentcloudcr.com";

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

/// The first rule is broken by the status itself, as with a CRD of another version. The second one is broken
/// by a field that a write of the status does not change. Without ratcheting, the API server then refuses the
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

/// Applies `change` to each object in `value`, at all depths.
void for_each_object(json::value& value, std::function<void(json::object&)> const& change)
{
    if (auto* object = value.if_object())
    {
        change(*object);
        for (auto& member : *object)
            for_each_object(member.value(), change);
    }
    if (auto* list = value.if_array())
        for (auto& each : *list)
            for_each_object(each, change);
}

struct older_server : webhook_fixture
{
    older_server()
    {
        static bool const is_first = remove_rules();
        (void)is_first;
    }

    /// Undoes `change_schema`.
    ~older_server()
    {
        if (former_crd_.empty())
            return;
        if (controller.is_running())
            controller.stop();
        control_plane.kubectl({"replace", "-f", "-"}, former_crd_);
    }

    /// Removes the CRD's CEL rules, and waits until the API server no longer applies them.
    bool remove_rules()
    {
        auto crd = json::parse(crd_text());
        for_each_object(crd, [](auto& object) { object.erase("x-kubernetes-validations"); });
        control_plane.kubectl({"replace", "-f", "-"}, json::serialize(crd));
        auto const is_accepted = [&]() -> verdict
        { return api.try_to_create(image_pull_secrets, {}, without_user("tried")).has_value(); };
        BOOST_TEST_REQUIRE(eventually(is_accepted));
        return true;
    }

    /// The CRD, without its version, so that it can be written again.
    std::string crd_text()
    {
        auto crd = json::parse(control_plane.kubectl({"get", crd_name, "-o", "json"}));
        crd.at("metadata").as_object().erase("resourceVersion");
        return json::serialize(crd);
    }

    /// Changes the schema of the CRD until the end of the case. `path` leads from the object to a field:
    /// "spec/docker".
    void change_schema(std::string path, std::function<void(json::object&)> const& change)
    {
        former_crd_ = crd_text();
        auto crd = json::parse(former_crd_);
        auto* schema = &crd.at("spec").at("versions").at(0).at("schema").at("openAPIV3Schema");
        while (!path.empty())
        {
            auto const name = path.substr(0, path.find('/'));
            path.erase(0, name.size() + 1);
            schema = &schema->at("properties").at(name);
        }
        change(schema->as_object());
        control_plane.kubectl({"replace", "-f", "-"}, json::serialize(crd));
    }

    /// An ImagePullSecret that only a CEL rule of the CRD would refuse.
    static json::object without_user(std::string const& name)
    {
        spec cr;
        cr.name = name;
        auto body = body_of(cr).as_object();
        body["spec"].as_object()["docker"].as_object().erase("username");
        return body;
    }

    /// Starts the controller with webhooks, whose configuration then has no matchConditions.
    void start_with_webhooks()
    {
        controller.start();
        control_plane.kubectl(
            {"patch",
             "validatingwebhookconfiguration",
             "tcr-assistant-validating-webhook-configuration",
             "-p",
             R"({"webhooks":[{"name":"imagepullsecrets.tcr.tencentcloudcr.com","matchConditions":null}]})"}
        );
        auto const conditions = control_plane.kubectl(
            {"get",
             "validatingwebhookconfiguration",
             "-o",
             "jsonpath={.items[*].webhooks[*].matchConditions}"}
        );
        BOOST_TEST_REQUIRE(conditions == "");
        BOOST_TEST_REQUIRE(eventually([&] { return is_ready(); }));
    }

    /// The writes of the status of `cr` that the API server answered with this status since `mark`.
    std::size_t status_writes(std::size_t mark, spec const& cr, int answer)
    {
        return count_calls(
            audit.since(mark),
            [&](auto const& call)
            { return call.subresource == "status" && call.name == cr.name && call.status == answer; }
        );
    }

    /// The Events of this reason about `cr`.
    std::vector<json::object> events_about(spec const& cr, std::string const& reason)
    {
        std::vector<json::object> found;
        for (auto const& event : api.list(tcr::test::events, "default"))
            if (text_at(event, {"reason"}) == reason && text_at(event, {"involvedObject", "name"}) == cr.name)
                found.push_back(event);
        return found;
    }

    std::string ready_reason(spec const& cr)
    {
        auto const list = at(api.get(image_pull_secrets, {}, cr.name), {"status", "conditions"});
        if (list.is_array())
            for (auto const& each : list.get_array())
                if (text_at(each.as_object(), {"type"}) == "Ready")
                    return text_at(each.as_object(), {"reason"});
        return {};
    }

    verdict is_deleted(spec const& cr)
    {
        return !api.find(image_pull_secrets, {}, cr.name) ? verdict(true) : wrong(cr.name + " exists");
    }

private:
    std::string former_crd_;
};

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
        bool const is_good = each.expected == ruling::good;
        BOOST_TEST(answer.has_value() == is_good, shown(each) << (answer ? "" : answer.error().message()));
        by_webhook += !answer && contains(answer.error().message(), "admission webhook") ? 1 : 0;
    }
    // Most of them are refused by the CRD's patterns.
    BOOST_TEST(by_webhook > 10u);
}

BOOST_AUTO_TEST_CASE(invalid_object_is_reported_and_others_are_served)
{
    // Before the webhook is there, which would refuse it.
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
    spec bad;
    bad.name = fresh_name();
    bad.namespaces = std::string(64, 'a');
    spec good;
    good.namespaces = "nowhere";
    auto const first = make(good);
    auto const second = make(good);
    auto const stored = make(bad);
    api.patch(image_pull_secrets, {}, second.name, R"({"metadata":{"finalizers":["example.com/a"]}})");
    start_with_webhooks();
    // An UPDATE removes the finalizer. The webhook must accept it also for an object that breaks a rule.
    for (auto const* cr : {&first, &stored})
        control_plane.kubectl({"delete", "ipss", cr->name, "--cascade=foreground", "--timeout=60s"});

    controller.stop();
    control_plane.kubectl({"delete", "ipss", second.name, "--wait=false"});
    auto const release = [&]
    {
        return control_plane.try_kubectl(
            {"patch", "ipss", second.name, "--type=merge", "-p", R"({"metadata":{"finalizers":null}})"}
        );
    };
    auto const refused = release();
    BOOST_TEST(refused.status != 0);
    BOOST_TEST(contains(refused.err, "failed calling webhook"), refused.err);
    start_with_webhooks();
    auto const accepted = release();
    BOOST_TEST(accepted.status == 0, accepted.err);
    BOOST_TEST(eventually([&] { return is_deleted(second); }));
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
