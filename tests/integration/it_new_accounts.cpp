// SPDX-License-Identifier: Apache-2.0

// New accounts get the same references from the shipped MutatingAdmissionPolicy as from the webhook, also
// while no replica of the controller runs. Without the policy's API, the cases that use it are skipped.
#include "harness/background.hpp"
#include "harness/secret_memory.hpp"
#include "harness/text.hpp"
#include "harness/webhook_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <sstream>

namespace
{

using namespace tcr::test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using steady_clock = std::chrono::steady_clock;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

constexpr std::size_t many = 500;

/// Limits of the CRD for spec.namespaces and spec.serviceAccounts, and of Kubernetes for names.
constexpr std::size_t max_list = 262'144;
constexpr std::size_t max_account_name = 253;
constexpr std::size_t max_namespace_name = 63;

/// An ImagePullSecret, a new account, and the references that the account must get. `@` in texts stands for
/// the row's namespace, and in `expected` for the pull Secret of the row's ImagePullSecret.
struct row
{
    std::string what;
    std::string spec;  ///< members of the spec in JSON; without spec.namespaces, the row's namespace
    std::string account = R"("metadata":{"name":"builder"})";  ///< members of the account
    std::vector<std::string> expected = {"tcr.ips@"};
    std::map<std::string, std::string> labels = {};  ///< of the namespace
    std::string place = "@";                         ///< the account's namespace
};

/// As many names of this length as a list of an ImagePullSecret can contain. The last one is `last`.
std::string longest_list(std::size_t length, std::string const& last)
{
    auto const count = (max_list - last.size()) / (length + 1);
    std::string list;
    for (std::size_t i = 0; i < count; ++i)
    {
        auto name = "n" + std::to_string(i) + "-";
        list += name.append(length - name.size(), 'a') + ",";
    }
    return list + last;
}

std::string with_selector(std::string const& selector)
{
    return R"("namespaceSelector":{)" + selector + "}";
}

std::string with_expression(std::string const& key, std::string const& op, std::string const& values = "")
{
    auto const list = values.empty() ? "" : R"(,"values":[)" + values + "]";
    return with_selector(
        R"("matchExpressions":[{"key":")" + key + R"(","operator":")" + op + "\"" + list + "}]"
    );
}

std::vector<row> table()
{
    std::vector<std::string> const none;
    std::string const long_name(max_account_name, 'z');
    auto const named = [](std::string const& name) { return R"("metadata":{"name":")" + name + "\"}"; };
    std::string const generated = R"("metadata":{"generateName":"builder"})";
    return {
        {"names", R"("namespaces":"other,@,third","serviceAccounts":"a,builder,c")"},
        {"a part of a name", R"("serviceAccounts":"build,builder2")", named("builder"), none},
        {"another namespace", R"("namespaces":"other,@-2,x@")", named("builder"), none},
        {"a name with a dot", R"("serviceAccounts":"a.b")", named("a.b")},
        {"a dot is no pattern", R"("serviceAccounts":"a.b")", named("axb"), none},
        {"blanks", R"("namespaces":" other ,\t@\r\n,","serviceAccounts":"\n builder ,, x ")"},
        {"a star",
         R"("namespaces":" * ","serviceAccounts":"*\n",)" + with_selector(R"("matchLabels":{"row":"star"})"),
         named("builder"),
         {"tcr.ips@"},
         {{"row", "star"}}},
        {"empty lists",
         R"("namespaces":"","serviceAccounts":"",)" + with_selector(R"("matchLabels":{"row":"empty"})"),
         named("builder"),
         {"tcr.ips@"},
         {{"row", "empty"}}},
        {"excluded", R"("excludedNamespaces":["other","@"])", named("builder"), none},
        {"another one is excluded", R"("excludedNamespaces":["other"])"},
        {"matchLabels",
         with_selector(R"("matchLabels":{"team":"x","env":""})"),
         named("builder"),
         {"tcr.ips@"},
         {{"team", "x"}, {"env", ""}, {"more", "y"}}},
        {"matchLabels with another value",
         with_selector(R"("matchLabels":{"team":"x"})"),
         named("builder"),
         none,
         {{"team", "y"}}},
        {"matchLabels without the label",
         with_selector(R"("matchLabels":{"team":""})"),
         named("builder"),
         none},
        {"the name as a label", with_selector(R"("matchLabels":{"kubernetes.io/metadata.name":"@"})")},
        {"In", with_expression("team", "In", R"("x","y")"), named("builder"), {"tcr.ips@"}, {{"team", "y"}}},
        {"In without the label", with_expression("team", "In", R"("x","")"), named("builder"), none},
        {"In with another value",
         with_expression("team", "In", R"("x")"),
         named("builder"),
         none,
         {{"team", "y"}}},
        {"NotIn",
         with_expression("team", "NotIn", R"("x")"),
         named("builder"),
         {"tcr.ips@"},
         {{"team", "y"}}},
        {"NotIn without the label", with_expression("team", "NotIn", R"("x")")},
        {"NotIn with that value",
         with_expression("team", "NotIn", R"("x","y")"),
         named("builder"),
         none,
         {{"team", "y"}}},
        {"Exists", with_expression("team", "Exists"), named("builder"), {"tcr.ips@"}, {{"team", ""}}},
        {"Exists without the label", with_expression("team", "Exists"), named("builder"), none},
        {"DoesNotExist", with_expression("team", "DoesNotExist")},
        {"DoesNotExist with the label",
         with_expression("team", "DoesNotExist"),
         named("builder"),
         none,
         {{"team", "x"}}},
        {"secretsOnly", R"("references":"secretsOnly")", named("builder"), none},
        {"a missing credential",
         R"("docker":{"server":"a.example.com","username":"u",
            "passwordSecretRef":{"name":"missing"}})",
         named("builder"),
         none},
        {"a credential in a Secret", R"("docker":{"server":"a.example.com","username":"u",
            "passwordSecretRef":{"name":"present"}})"},
        {"own entries",
         "",
         R"("metadata":{"name":"builder"},"imagePullSecrets":[{"name":"z"},{},{"name":"a"}])",
         {"z", "", "a", "tcr.ips@"}},
        {"already named",
         "",
         R"("metadata":{"name":"builder"},"imagePullSecrets":[{"name":"tcr.ips@"},{"name":"a"}])",
         {"tcr.ips@", "a"}},
        {"an empty list", "", R"("metadata":{"name":"builder"},"imagePullSecrets":[])"},
        {"generateName", "", generated},
        {"generateName and a list", R"("serviceAccounts":"builder")", generated, none},
        {"the namespace of the controller",
         R"("namespaces":"tcr-assistant-system")",
         named("builder"),
         none,
         {},
         "tcr-assistant-system"},
        {"the longest list of long accounts",
         R"("serviceAccounts":")" + longest_list(max_account_name, long_name) + "\"",
         named(long_name)},
        {"the longest list of long namespaces",
         R"("namespaces":")" + longest_list(max_namespace_name, "@") + "\""},
        {"the longest list of short accounts", R"("serviceAccounts":")" + longest_list(8, "builder") + "\""},
        {"a long list without the account",
         R"("serviceAccounts":")" + longest_list(max_account_name, "x") + "\"",
         named(long_name),
         none},
    };
}

std::string replaced(std::string text, std::string const& by)
{
    for (auto at = text.find('@'); at != std::string::npos; at = text.find('@', at + by.size()))
        text.replace(at, 1, by);
    return text;
}

json::object parsed(std::string const& members)
{
    return json::parse("{" + members + "}").as_object();
}

/// The account in the row, and its ImagePullSecret and namespace, which have the same name.
struct placed_row : row
{
    placed_row(row each, std::string const& ns) : row(std::move(each)), name(ns)
    {
        place = replaced(place, ns);
        for (auto& reference : expected)
            reference = replaced(reference, ns);
        body = parsed(replaced(account, ns));
        body["apiVersion"] = "v1";
        body["kind"] = "ServiceAccount";
        image_pull_secret = parsed(replaced(spec, ns));
        image_pull_secret.emplace("namespaces", ns);
        image_pull_secret.emplace(
            "docker",
            json::object({{"server", "a.example.com"}, {"username", "u"}, {"password", "first.password"}})
        );
    }

    std::string name;
    json::object body;
    json::object image_pull_secret;  ///< the spec
};

/// Selects how new accounts get their references.
struct new_accounts : webhook_fixture
{
    new_accounts() { remember_secret("first.password"); }

    ~new_accounts() { control_plane.try_kubectl({"delete", "--ignore-not-found", "-f", policy()}); }

    /// Whether the server has the policy's API (Kubernetes 1.36). Without it, a case has nothing to test.
    bool is_supported() const
    {
        bool const has_api =
            control_plane
                .try_kubectl(
                    {"get", "--raw", "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies"}
                )
                .status == 0;
        BOOST_TEST_MESSAGE((has_api ? "the server has" : "skipped: the server lacks") << " the policy's API");
        return has_api;
    }

    void start()
    {
        controller.start();
        BOOST_TEST_REQUIRE(eventually([&] { return is_ready(); }));
    }

    /// The file with the policy and its binding.
    static std::string policy()
    {
        return source_folder() / "deploy/components/new-accounts-policy/policy.yaml";
    }

    void use_policy() { control_plane.kubectl({"apply", "-f", policy()}); }

    /// Creates an account. \return whether the controller has answered a call of the webhook since its start
    verdict webhook_is_called()
    {
        BOOST_TEST_REQUIRE(api.try_to_create(accounts, "default", account_body("tried")).has_value());
        auto const page = controller.metrics().body;
        return contains(page, R"(_webhook_requests_total{webhook="/mutate-v1-serviceaccount",code="200"})")
                   ? verdict(true)
                   : wrong("no call of the webhook");
    }

    void remove_webhook()
    {
        control_plane.kubectl(
            {"delete", "mutatingwebhookconfiguration", "tcr-assistant-mutating-webhook-configuration"}
        );
    }

    /// Removes the webhook and the controller, and waits until the policy serves this ImagePullSecret.
    void use_policy_alone(spec const& cr)
    {
        use_policy();
        remove_webhook();
        controller.stop();
        wait_for_references_at_creation("default", {cr.secret()});
    }

    controller_process replica{control_plane, "replica"};  ///< without webhooks

    /// An ImagePullSecret for all namespaces and accounts that the controller has served once.
    spec serve_all()
    {
        auto const cr = make(spec());
        BOOST_TEST_REQUIRE(eventually([&] { return served("default", cr); }));
        return cr;
    }
};

/// The table, with its objects in the cluster.
struct table_fixture : new_accounts
{
    void fill()
    {
        start();
        json::object const label{{"tcr.tencentcloudcr.com/credential", "true"}};
        auto credential = opaque_secret_body("present", "first.password").as_object();
        credential["metadata"].as_object()["labels"] = label;
        credential["stringData"] = json::object{{"password", "first.password"}};
        api.create(secrets, "tcr-assistant-system", credential);
        for (auto const& each : table())
        {
            auto const ns = fresh_name();
            api.create(namespaces, {}, namespace_body(ns, each.labels));
            rows.emplace_back(each, ns);
            create(ns, rows.back().image_pull_secret);
        }
        add_several();
        add_deleted();
        add_foreign();
        for (auto const& name : made)
            BOOST_TEST_REQUIRE(eventually([&] { return has_status(name); }));
    }

    ~table_fixture()
    {
        if (!deleted_.empty())
            control_plane.try_kubectl(
                {"patch", "ipss", deleted_, "--type=merge", "-p", R"({"metadata":{"finalizers":null}})"}
            );
        api.remove_all(image_pull_secrets, made);
        api.remove(secrets, "tcr-assistant-system", "present");
    }

    void create(std::string const& name, json::object const& spec, json::array const& finalizers = {})
    {
        api.create(
            image_pull_secrets,
            {},
            {{"apiVersion", "tcr.tencentcloudcr.com/v1"},
             {"kind", "ImagePullSecret"},
             {"metadata", {{"name", name}, {"finalizers", finalizers}}},
             {"spec", spec}}
        );
        made.push_back(name);
    }

    placed_row& add(std::string const& what)
    {
        auto const ns = fresh_name();
        api.create(namespaces, {}, namespace_body(ns));
        return rows.emplace_back(row{what, ""}, ns);
    }

    void add_several()
    {
        auto& several = add("several ImagePullSecrets");
        several.expected.clear();
        for (auto const* suffix : {"-a", "-b", "-c"})
        {
            create(several.name + suffix, several.image_pull_secret);
            several.expected.push_back("tcr.ips" + several.name + suffix);
        }
    }

    void add_deleted()
    {
        auto& deleted = add("an ImagePullSecret that is being deleted");
        deleted.expected.clear();
        create(deleted.name, deleted.image_pull_secret, {"example.com/wait"});
        BOOST_TEST_REQUIRE(eventually([&] { return has_status(deleted.name); }));
        api.remove(image_pull_secrets, {}, deleted.name);
        deleted_ = deleted.name;
    }

    /// Adds a Secret of another owner. It has the controller's label, so that the watch reports it.
    void add_foreign()
    {
        auto& foreign = add("a Secret of another owner");
        foreign.expected.clear();
        auto body = opaque_secret_body("tcr.ips" + foreign.name, "of another owner").as_object();
        body["metadata"].as_object()["labels"] =
            json::object{{"app.kubernetes.io/managed-by", "tcr-assistant"}};
        api.create(secrets, foreign.name, body);
        create(foreign.name, foreign.image_pull_secret);
        auto const is_reported = [&]() -> verdict
        {
            auto const failed =
                at(api.get(image_pull_secrets, {}, foreign.name), {"status", "secretUpdateFailed"});
            return failed.is_array() && !failed.get_array().empty();
        };
        BOOST_TEST_REQUIRE(eventually(is_reported));
    }

    verdict has_status(std::string const& name)
    {
        auto const conditions = at(api.get(image_pull_secrets, {}, name), {"status", "conditions"});
        return conditions.is_array() ? verdict(true) : wrong(name + " has no status");
    }

    /// Whether an account of the row is created with the expected references. The order of several
    /// ImagePullSecrets is not defined, so the added references are compared sorted.
    verdict is_right(placed_row const& each)
    {
        auto const answer = api.try_to_create(accounts, each.place, each.body);
        if (!answer)
            return wrong(each.what + ": " + answer.error().message());
        auto got = references_of(*answer);
        auto const* sent = each.body.if_contains("imagePullSecrets");
        auto const own = sent == nullptr ? 0 : std::min(sent->as_array().size(), got.size());
        std::sort(got.begin() + static_cast<std::ptrdiff_t>(own), got.end());
        return got == each.expected ? verdict(true)
                                    : wrong(each.what + " (" + each.name + "): created with " + joined(got));
    }

    verdict all_are_right()
    {
        for (auto const& each : rows)
            if (auto const right = is_right(each); !right)
                return right;
        return true;
    }

    /// Checks that each row gets the right answer. The first answers may be wrong, because the API server
    /// receives configurations and ImagePullSecrets by watches, so waits for right answers first.
    void check_rows()
    {
        BOOST_TEST_REQUIRE(eventually([&] { return all_are_right(); }, seconds(60)));
        for (auto const& each : rows)
            BOOST_TEST(is_right(each));
    }

    std::vector<placed_row> rows;
    std::vector<std::string> made;  ///< ImagePullSecrets

private:
    std::string deleted_;  ///< the ImagePullSecret that is being deleted
};

double in_milliseconds(steady_clock::duration length)
{
    return std::chrono::duration<double, std::milli>(length).count();
}

/// Median and 99th percentile of the time in which an account is created, as a text.
std::string creation_time(cluster& api, std::string const& ns, std::string const& prefix)
{
    constexpr int count = 300;
    std::vector<double> times;
    for (int i = 0; i < count; ++i)
    {
        auto const started = steady_clock::now();
        api.create(accounts, ns, account_body(prefix + std::to_string(i)));
        times.push_back(in_milliseconds(steady_clock::now() - started));
    }
    std::sort(times.begin(), times.end());
    std::ostringstream text;
    text << "median " << times[count / 2] << " ms, 99th percentile " << times[count * 99 / 100] << " ms";
    return text.str();
}

/// Creates tenants one after another, over several connections, and tries again while the API server does not
/// answer.
class persistent_clients
{
public:
    persistent_clients(std::filesystem::path const& kubeconfig, std::string prefix)
        : prefix_(std::move(prefix))
    {
        for (int i = 0; i < 4; ++i)
            clients_.push_back(
                std::make_unique<background>(kubeconfig, [this](cluster& api) { create_next(api); })
            );
    }

    std::size_t created() const { return created_; }

    /// Stops the clients. \return the number of tenants
    std::size_t stop()
    {
        is_stopped_ = true;
        for (auto& each : clients_)
            if (auto const failure = each->stop(); !failure.empty())
                BOOST_ERROR(failure);
        return next_;
    }

private:
    void create_next(cluster& api)
    {
        if (is_stopped_)
            return;
        auto const ns = prefix_ + "-" + std::to_string(next_++);
        for (auto const& each : webhook_fixture::tenant(ns))
            create(api, each);
        ++created_;
    }

    static void create(cluster& api, cluster::named_body const& what)
    {
        auto const name = name_of(what.body.as_object());
        auto const deadline = steady_clock::now() + seconds(180);
        for (bool is_first = true;; is_first = false)
            try
            {
                // The answer to an earlier attempt may be lost.
                if (is_first || !api.find(what.type, what.ns, name))
                    api.create(what.type, what.ns, what.body);
                return;
            }
            catch (std::exception const&)
            {
                if (steady_clock::now() > deadline)
                    throw;
                let_pass(milliseconds(10));
            }
    }

    std::string prefix_;
    std::atomic<std::size_t> next_ = 0;
    std::atomic<std::size_t> created_ = 0;
    std::atomic<bool> is_stopped_ = false;
    std::vector<std::unique_ptr<background>> clients_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(new_account_references)

BOOST_FIXTURE_TEST_CASE(policy_and_webhook_make_the_same_accounts, table_fixture)
{
    if (!is_supported())
        return;
    fill();
    BOOST_TEST_CONTEXT("webhook") check_rows();
    use_policy();
    remove_webhook();
    BOOST_TEST_CONTEXT("policy") check_rows();
    controller.stop();
    BOOST_TEST_CONTEXT("policy without a controller") check_rows();
    start();  // installs the webhook again
    BOOST_TEST_REQUIRE(eventually([&] { return webhook_is_called(); }));
    BOOST_TEST_CONTEXT("webhook and policy") check_rows();
}

BOOST_FIXTURE_TEST_CASE(long_lists_of_an_account_are_left_to_the_controller, new_accounts)
{
    if (!is_supported())
        return;
    start();
    auto const cr = serve_all();
    auto const ns = make_namespace();
    use_policy_alone(cr);
    std::vector<std::string> references;
    for (int i = 0; i < 1'000; ++i)
        references.push_back("own" + std::to_string(i));
    auto const made = api.create(accounts, ns, account_body("long", references));
    BOOST_TEST(references_of(made) == references);
    replica.start();
    references.push_back(cr.secret());
    BOOST_TEST(eventually([&]() -> verdict { return this->references(ns, "long") == references; }));
    replica.stop();
}

/// A policy with a list of typed objects as `value`. The API server of Kubernetes 1.36.3 panics, so the
/// shipped policy has two steps instead.
constexpr char typed_list_policy[] = R"yaml(
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: typed-list}
spec:
  matchConstraints:
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], resources: [serviceaccounts], operations: [CREATE], scope: Namespaced}
  matchConditions:
    - {name: selected, expression: 'object.metadata.?name.orValue("") == "typed"'}
  failurePolicy: Ignore
  reinvocationPolicy: IfNeeded
  mutations:
    - patchType: JSONPatch
      jsonPatch:
        expression: '[JSONPatch{op: "add", path: "/imagePullSecrets", value: [Object.imagePullSecrets{name: "x"}]}]'
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: typed-list}
spec: {policyName: typed-list}
)yaml";

// 1.36.3 panics and ends the connection, 1.37.2 creates the account. Other accounts are not affected.
BOOST_FIXTURE_TEST_CASE(a_typed_list_as_value_affects_only_the_accounts_of_its_policy, new_accounts)
{
    if (!is_supported())
        return;
    struct installed
    {
        explicit installed(sandbox const& where) : where_(where)
        {
            where_.kubectl({"apply", "-f", "-"}, typed_list_policy);
        }
        ~installed() { where_.try_kubectl({"delete", "-f", "-"}, typed_list_policy); }

        sandbox const& where_;
    } const policy(control_plane);
    auto const try_typed = [&] { return api.try_to_create(accounts, "default", account_body("typed")); };
    auto const is_effective = [&]() -> verdict
    {
        auto const answer = try_typed();
        return !answer || !references_of(*answer).empty() ? verdict(true)
                                                          : wrong("created without references");
    };
    BOOST_TEST(eventually(is_effective));
    auto const answer = try_typed();
    BOOST_TEST_MESSAGE(
        "a typed list as value: " << (answer ? joined(references_of(*answer)) : answer.error().message())
    );
    BOOST_TEST(api.try_to_create(accounts, "default", account_body("other")).has_value());
}

BOOST_FIXTURE_TEST_CASE(lists_above_the_limit_are_refused, new_accounts)
{
    spec cr;
    cr.name = fresh_name();
    cr.service_accounts.clear();
    for (int i = 0; i < 10'000; ++i)
        cr.service_accounts += std::string(max_account_name, 'z') + ",";
    auto const answer = api.try_to_create(image_pull_secrets, {}, body_of(cr));
    BOOST_TEST_REQUIRE(!answer);
    auto const message = answer.error().message();
    BOOST_TEST(contains(message, "spec.serviceAccounts: Too long: may not be "), message);
    BOOST_TEST(contains(message, " than 262144"), message);
}

BOOST_FIXTURE_TEST_CASE(first_pods_have_the_reference_while_no_controller_runs, new_accounts)
{
    if (!is_supported())
        return;
    start();
    auto const cr = serve_all();
    auto const ns = make_namespace();
    BOOST_TEST_MESSAGE("account by the webhook: " << creation_time(api, ns, "webhook"));
    use_policy_alone(cr);
    BOOST_TEST_MESSAGE("account by the policy: " << creation_time(api, ns, "policy"));
    control_plane.kubectl({"delete", "-f", policy()});
    wait_for_references_at_creation("default", {});
    BOOST_TEST_MESSAGE("account by neither: " << creation_time(api, ns, "neither"));
    use_policy();
    wait_for_references_at_creation("default", {cr.secret()});
    auto const started = steady_clock::now();
    BOOST_TEST(pods_without(cr.secret(), many) == 0u);
    BOOST_TEST_MESSAGE(
        many << " namespaces with account and pod in " << in_milliseconds(steady_clock::now() - started)
             << " ms, without a controller"
    );
}

BOOST_FIXTURE_TEST_CASE(first_pods_have_the_reference_during_a_rolling_update, new_accounts)
{
    if (!is_supported())
        return;
    start();
    auto const cr = serve_all();
    use_policy_alone(cr);
    replica.start();
    auto const prefix = fresh_name();
    persistent_clients clients(control_plane.kubeconfig(), prefix);
    controller_process next(control_plane, "next");
    for (int i = 0; i < 3 || clients.created() < many; ++i)
    {
        next.start();
        replica.stop();
        replica.start();
        next.stop();
    }
    auto const count = clients.stop();
    replica.stop();
    BOOST_TEST(remove_tenants(prefix, count, cr.secret()) == 0u);
    BOOST_TEST_MESSAGE(count << " namespaces with account and pod during rolling updates");
}

// Load balancers send requests to an API server that is ready. Before that, it may already accept a request
// and not know the ImagePullSecrets yet.
BOOST_FIXTURE_TEST_CASE(first_pods_have_the_reference_after_a_restart_of_the_api_server, new_accounts)
{
    if (!is_supported())
        return;
    start();
    auto const cr = serve_all();
    use_policy_alone(cr);
    auto const prefix = fresh_name();
    persistent_clients clients(control_plane.kubeconfig(), prefix);
    control_plane.run({"restart", "apiserver"});
    auto const count = clients.stop();
    auto const early = remove_tenants(prefix, count, cr.secret());
    BOOST_TEST_MESSAGE(
        early << " of " << count << " pods lack the reference: created until the server was ready"
    );
    control_plane.run({"restart", "apiserver"});
    BOOST_TEST(pods_without(cr.secret(), many) == 0u);
}

BOOST_FIXTURE_TEST_CASE(accounts_of_the_policy_are_counted_as_created_with_references, new_accounts)
{
    if (!is_supported())
        return;
    start();
    auto const cr = serve_all();
    use_policy_alone(cr);
    replica.start();
    auto const ns = make_namespace();
    BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));
    BOOST_TEST_REQUIRE(eventually([&] { return knows_all_accounts(replica); }));
    auto const before = accounts_served(replica, "birth");
    std::vector<json::object> made;
    for (int i = 0; i < 20; ++i)
        made.push_back(api.create(accounts, ns, account_body("made" + std::to_string(i))));
    auto const are_counted = [&]() -> verdict
    { return accounts_served(replica, "birth") - before == static_cast<double>(made.size()); };
    BOOST_TEST(eventually(are_counted));
    // The controller did not write these accounts.
    for (auto const& each : made)
        BOOST_TEST(version_of(api.get(accounts, ns, name_of(each))) == version_of(each));
    replica.stop();
}

BOOST_AUTO_TEST_SUITE_END()
