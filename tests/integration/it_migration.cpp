// SPDX-License-Identifier: Apache-2.0

// Users of other tools for pull Secrets move to this one. The commands of docs/use/migration.md run on
// objects as those tools leave them. At every moment, each account and each pod has a login.
#include "harness/background.hpp"
#include "harness/fixture.hpp"
#include "harness/secret_memory.hpp"
#include "harness/text.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

namespace
{

using namespace tcr::test;
namespace fs = std::filesystem;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

using names = std::vector<std::string>;

tcr::kube::resource const deployments{"apps", "v1", "deployments", false};

/// The namespace that the page's examples use.
std::string const shop = "shop";

/// The ImagePullSecret of the page.
spec team()
{
    spec cr;
    cr.name = "team";
    cr.username = "robot";
    cr.password = "password-of-robot";
    return cr;
}

/// Objects of another tool.
struct other_tool
{
    names secrets;                  ///< its Secrets in each namespace; only the first one contains the login
    json::object annotations = {};  ///< of these Secrets
    names accounts = {"default"};   ///< the accounts that refer to them
    std::string own_objects = {};   ///< a manifest of the tool's own objects
    std::string stop_command = {};  ///< part of the command of step 4; empty if nothing must be stopped
    std::string removal_command = {};  ///< part of the commands of step 8; empty without own objects
    bool has_source = false;           ///< copies Secret infra/regcred; deletes the copies if it is missing
};

/// Account, roles and Deployment of a tool, with the names of its own manifests.
std::string workload_manifest(
    std::string const& ns, std::string const& name, std::string const& role, std::string const& binding
)
{
    return "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: " + name + ", namespace: " + ns +
           "}\n---\n"
           "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: " +
           role +
           "}\nrules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]\n---\n"
           "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: " +
           binding + "}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: " + role +
           "}\nsubjects: [{kind: ServiceAccount, name: " + name + ", namespace: " + ns +
           "}]\n---\n"
           "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " +
           name + ", namespace: " + ns + "}\nspec:\n  selector: {matchLabels: {name: " + name +
           "}}\n  template:\n    metadata: {labels: {name: " + name +
           "}}\n    spec: {containers: [{name: main, image: example.com/tool:1}]}\n";
}

/// A tenant's Deployment. Its pods have the list of their account, or the list of the template.
std::string deployment_manifest(std::string const& name, std::string const& own_secret)
{
    auto const list = own_secret.empty() ? "" : "imagePullSecrets: [{name: " + own_secret + "}], ";
    return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name + ", namespace: " + shop +
           "}\nspec:\n  strategy: {type: Recreate}\n  selector: {matchLabels: {app: " + name +
           "}}\n  template:\n    metadata: {labels: {app: " + name + "}}\n    spec: {" + list +
           "containers: [{name: main, image: 'registry.example.com/shop/web:3'}]}\n";
}

/// Returns the fenced blocks in the section of a step of the page.
names blocks_of_step(int step)
{
    std::ifstream page(source_folder() / "docs" / "use" / "migration.md");
    auto const heading = "## " + std::to_string(step) + ". ";
    names blocks;
    bool is_in_section = false;
    bool is_in_block = false;
    for (std::string line; std::getline(page, line);)
    {
        if (line.starts_with("## "))
            is_in_section = line.starts_with(heading);
        auto const indentation = line.find_first_not_of(' ');
        bool const is_fence = indentation != std::string::npos && line.substr(indentation).starts_with("```");
        if (is_in_section && is_fence && !is_in_block)
            blocks.emplace_back();
        else if (is_in_section && is_in_block && !is_fence)
            blocks.back() += line + '\n';
        is_in_block = is_in_block != is_fence;
    }
    return blocks;
}

/// Returns the block of a step that contains this text. Throws if there is none.
std::string block(int step, std::string const& part)
{
    for (auto const& each : blocks_of_step(step))
        if (contains(each, part))
            return each;
    throw std::runtime_error("step " + std::to_string(step) + " of the page has no block with " + part);
}

/// One version of an object, as a watch reports it.
struct version
{
    std::int64_t number;
    std::string kind;
    bool is_deleted;
    json::object object;
};

/// Follows all versions of all objects of a type, from its construction on.
class object_history
{
public:
    object_history(sandbox const& where, std::string const& plural)
        : plural_(plural),
          watch_(
              {where.setting("SANDBOX_KUBECTL"), "get", "--raw", "/api/v1/" + plural + "?watch=true"},
              {"KUBECONFIG=" + where.kubeconfig().string()}
          )
    {
    }

    std::vector<version> versions() const
    {
        std::vector<version> found;
        std::istringstream lines(watch_.out());
        for (std::string line; std::getline(lines, line) && !lines.eof();)
        {
            auto event = json::parse(line).as_object();
            auto& object = event.at("object").as_object();
            found.push_back(
                {std::stoll(version_of(object)), plural_, event.at("type") == "DELETED", std::move(object)}
            );
        }
        return found;
    }

private:
    std::string plural_;
    child_process watch_;
};

/// Checks that each account and each pod that has a login keeps one. Versions of all types are comparable,
/// because all objects are in one etcd.
class login_check
{
public:
    explicit login_check(names const& of_namespaces) : namespaces_(of_namespaces.begin(), of_namespaces.end())
    {
        auto const config = expected_docker_config(team()).as_object();
        auth_ = text_at(config, {"auths", team().server, "auth"});
    }

    void see(version const& each)
    {
        auto const ns = text_at(each.object, {"metadata", "namespace"});
        if (!namespaces_.contains(ns))
            return;
        auto const key = ns + '/' + name_of(each.object);
        if (each.kind == "secrets")
            see_secret(key, each);
        else
            see_user(ns, each.kind + ' ' + key, each);
        for (auto const& [user, wanted] : secrets_of_)
            check(user, wanted, each.number);
    }

    /// The accounts and pods that had no login although they had one before.
    names const& failures() const { return failures_; }

    /// Whether this account or pod had a login at some time.
    bool had_login(std::string const& user) const { return had_login_.contains(user); }

private:
    void see_secret(std::string const& key, version const& each)
    {
        if (!each.is_deleted && has_login(each.object))
            secrets_.insert(key);
        else
            secrets_.erase(key);
    }

    void see_user(std::string const& ns, std::string const& user, version const& each)
    {
        secrets_of_.erase(user);
        if (each.is_deleted)
            return;
        bool const is_pod = each.kind == "pods";
        auto const list = is_pod ? at(each.object, {"spec"}).as_object() : each.object;
        auto& wanted = secrets_of_[user];
        for (auto const& name : references_of(list))
            wanted.push_back(ns + '/' + name);
        if (is_pod)
            had_login_.insert(user);
    }

    void check(std::string const& user, names const& wanted, std::int64_t number)
    {
        bool const has_one = std::any_of(
            wanted.begin(), wanted.end(), [this](auto const& each) { return secrets_.contains(each); }
        );
        if (has_one)
            had_login_.insert(user);
        else if (had_login_.contains(user))
            failures_.push_back(user + " at version " + std::to_string(number) + ": " + joined(wanted));
    }

    bool has_login(json::object const& secret) const
    {
        boost::system::error_code ec;
        auto const config = json::parse(docker_config_of(secret), ec);
        return !ec && config.is_object() &&
               text_at(config.get_object(), {"auths", team().server, "auth"}) == auth_;
    }

    std::set<std::string> namespaces_;
    std::string auth_;
    std::set<std::string> secrets_;  // those with the login
    std::map<std::string, names> secrets_of_;
    std::set<std::string> had_login_;
    names failures_;
};

/// Another tool in ten namespaces, and the user who follows the page.
struct migration : fixture
{
    migration()
    {
        std::string made = fs::temp_directory_path() / "tcr-migration-XXXXXX";
        if (mkdtemp(made.data()) == nullptr)
            throw std::runtime_error("cannot make " + made);
        folder = made;
        fs::create_directory(folder / "bin");
        fs::create_symlink(control_plane.setting("SANDBOX_KUBECTL"), folder / "bin" / "kubectl");
        fs::create_symlink(program_under_test(), folder / "bin" / "kubectl-tcr");
        tenants = make_namespaces(9);
        for (auto const& ns : {shop, std::string("infra")})
            if (!api.find(namespaces, {}, ns))
                make_namespace_called(ns);
        tenants.push_back(shop);
        for (auto const& ns : tenants)
            if (!api.find(accounts, ns, "builder"))
                api.create(accounts, ns, account_body("builder"));
        remember_secret(team().password);
    }

    ~migration()
    {
        control_plane.try_kubectl({"delete", "ipss/team", "--ignore-not-found"});
        control_plane.try_kubectl(
            {"delete", "deployment/web", "deployment/cart", "-n", shop, "--ignore-not-found"}
        );
        for (auto const& name : old)
            control_plane.try_kubectl({"delete", "secret", name, "-n", shop, "--ignore-not-found"});
        BOOST_TEST(eventually([this] { return unserved(shop, team()); }));
        std::error_code ignored;
        fs::remove_all(folder, ignored);
    }

    /// Creates the objects of the tool as it leaves them, and a tenant's Deployments.
    void leave(other_tool const& tool)
    {
        old = tool.secrets;
        auto const& own = tool.own_objects;
        if (!own.empty())
            control_plane.kubectl({"apply", "-f", "-"}, own);
        if (tool.has_source)
            api.create(secrets, "infra", docker_secret_body(tool.secrets[0], team()));
        for (auto const& ns : tenants)
            leave_in(ns, tool);
        auto const tenant = deployment_manifest("web", {}) + "---\n" + deployment_manifest("cart", old[0]);
        control_plane.kubectl({"apply", "-f", "-"}, tenant);
        auto const have_pods = [&]() -> verdict
        {
            auto const listed = pods_with_old_secrets();
            return contains(listed, " web-") && contains(listed, " cart-") ? verdict(true) : wrong(listed);
        };
        BOOST_TEST_REQUIRE(eventually(have_pods));
    }

    void leave_in(std::string const& ns, other_tool const& tool)
    {
        for (auto const& name : tool.secrets)
        {
            bool const has_login = name == tool.secrets[0];
            auto body = docker_secret_body(name, team()).as_object();
            if (!has_login)
                body["stringData"] = {{".dockerconfigjson", "{}"}};
            body["metadata"].as_object()["annotations"] = tool.annotations;
            api.create(secrets, ns, body);
        }
        json::array list;
        for (auto const& name : references_before(ns))
            list.push_back(json::object{{"name", name}});
        json::object const change{{"imagePullSecrets", list}};
        for (auto const& account : tool.accounts)
            api.patch(accounts, ns, account, json::serialize(change));
    }

    /// The list of an account before the move. In one namespace another client's entry is the first one.
    names references_before(std::string const& ns) const
    {
        auto list = old;
        if (ns == tenants[0])
            list.insert(list.begin(), "other-registry");
        return list;
    }

    /// Runs commands in bash, with the definitions of step 1.
    command_result shell(std::string const& commands) const
    {
        auto definitions = block(1, "naming() {");
        auto const example = definitions.find("(image-pull-secret)");
        std::string list;
        for (auto const& name : old)
            list += name + ' ';
        definitions.replace(example, std::string("(image-pull-secret)").size(), "( " + list + ")");
        auto const script = "cd '" + folder.string() + "'\n" + definitions + "set -euo pipefail\n" + commands;
        return run_command(
            {"bash", "-c", script},
            {"KUBECONFIG=" + control_plane.kubeconfig().string(),
             "KUBECACHEDIR=" + control_plane.setting("KUBECACHEDIR"),
             "PATH=" + (folder / "bin").string() + ":" + std::getenv("PATH")}
        );
    }

    /// Runs the block of a step that contains this text. It must succeed. \return its standard output
    std::string run(int step, std::string const& part) const
    {
        auto const ended = shell(block(step, part));
        BOOST_TEST_REQUIRE(ended.status == 0, "step " << step << ": " << ended.err << ended.out);
        return ended.out;
    }

    /// Accounts that have an entry of the other tool and none of ours.
    std::string accounts_without_ours() const { return run(3, "not_naming"); }
    std::string pods_with_old_secrets() const { return run(6, "not_naming"); }

    void apply_manifest(std::string const& manifest)
    {
        std::ofstream(folder / "team.yaml") << manifest;
        run(3, "kubectl apply");
    }

    verdict served_everywhere()
    {
        for (auto const& ns : tenants)
            if (auto answer = served(ns, team()); !answer)
                return answer;
        return true;
    }

    verdict has_references(std::string const& ns, std::string const& account, names const& wanted)
    {
        auto const listed = references(ns, account);
        return listed == wanted ? verdict(true) : wrong(ns + '/' + account + " has " + joined(listed));
    }

    /// Deletes the source, and half of its copies as the tool does. According to the page, some copies may be
    /// left.
    void delete_source()
    {
        run(7, "-n infra delete secret");
        for (std::size_t i = 0; i < tenants.size() / 2; ++i)
            api.remove(secrets, tenants[i], old[0]);
    }

    /// Creates an object of each type, which marks the end of its history.
    std::int64_t mark_the_end()
    {
        std::string const name = "end-of-history";
        auto const last = std::max(
            {std::stoll(version_of(api.create(secrets, "infra", opaque_secret_body(name, "nothing")))),
             std::stoll(version_of(api.create(accounts, "infra", account_body(name)))),
             std::stoll(version_of(api.create(pods, "infra", pod_body(name, name))))}
        );
        for (auto const& type : {secrets, accounts, pods})
            api.remove(type, "infra", name);
        return last;
    }

    /// Moves from the tool as the page describes. Calls `while_both_run` while both tools run.
    void move_from(
        other_tool const& tool, std::function<void()> const& while_both_run = [] {}
    )
    {
        std::vector<std::unique_ptr<object_history>> histories;
        for (auto const* type : {"secrets", "serviceaccounts", "pods"})
            histories.push_back(std::make_unique<object_history>(control_plane, type));
        leave(tool);
        list_and_apply();
        while_both_run();
        if (!tool.stop_command.empty())
            run(4, tool.stop_command);
        remove_entries(tool);
        replace_pods();
        BOOST_TEST(run(7, "pods | naming") == "");
        if (tool.has_source)
            delete_source();
        run(7, "delete secrets -A");
        if (!tool.removal_command.empty())
            run(8, tool.removal_command);
        check_the_end(tool);
        check_histories(histories, tool, mark_the_end());
    }

    void list_and_apply()
    {
        auto const listed = run(1, "accounts | naming");
        for (auto const& ns : tenants)
        {
            BOOST_TEST(contains(listed, ns + ' '), listed);
            BOOST_TEST(contains(listed, old[0]), listed);
        }
        apply_manifest(block(2, "kind: ImagePullSecret"));
        BOOST_TEST(accounts_without_ours() == "");
        run(3, "pull-test");
        BOOST_TEST(served_everywhere());
    }

    void remove_entries(other_tool const& tool)
    {
        run(5, "kubectl patch");
        for (auto const& ns : tenants)
            for (auto const& account : tool.accounts)
            {
                names wanted{team().secret()};
                if (ns == tenants[0])
                    wanted.insert(wanted.begin(), "other-registry");
                BOOST_TEST(has_references(ns, account, wanted));
            }
    }

    void replace_pods()
    {
        BOOST_TEST(contains(pods_with_old_secrets(), " web-"));
        run(6, "rollout restart");
        auto const is_cart_left = [&]() -> verdict
        {
            auto const listed = pods_with_old_secrets();
            return !contains(listed, " web-") && contains(listed, " cart-") ? verdict(true) : wrong(listed);
        };
        BOOST_TEST(eventually(is_cart_left));
        run(6, "patch deployment/cart");
        auto const is_empty = [&]() -> verdict
        {
            auto const listed = pods_with_old_secrets();
            return listed.empty() ? verdict(true) : wrong(listed);
        };
        BOOST_TEST(eventually(is_empty));
    }

    verdict pods_name_only_ours()
    {
        std::set<std::string> apps;
        for (auto const& pod : api.list(pods, shop))
        {
            auto const listed = references_of(at(pod, {"spec"}).as_object());
            if (listed != names{team().secret()})
                return wrong(name_of(pod) + " has " + joined(listed));
            apps.insert(text_at(pod, {"metadata", "labels", "app"}));
        }
        return apps == std::set<std::string>{"cart", "web"};
    }

    /// Nothing of the other tool is left, and nothing of ours is lost.
    void check_the_end(other_tool const& tool)
    {
        run(8, "kubectl get ipss team");
        BOOST_TEST(run(1, "secrets | naming") == "");
        for (auto const& secret : api.list(secrets))
            BOOST_TEST(std::count(old.begin(), old.end(), name_of(secret)) == 0, name_of(secret));
        BOOST_TEST(served_everywhere());
        BOOST_TEST(eventually([&] { return pods_name_only_ours(); }));
        if (!tool.own_objects.empty())
            BOOST_TEST(
                control_plane.kubectl(
                    {"get", "-f", "-", "--ignore-not-found", "-o", "name"}, tool.own_objects
                ) == ""
            );
    }

    void check_histories(
        std::vector<std::unique_ptr<object_history>> const& histories,
        other_tool const& tool,
        std::int64_t last
    )
    {
        std::vector<version> versions;
        auto const is_complete = [&]() -> verdict
        {
            versions.clear();
            std::size_t ends = 0;
            for (auto const& history : histories)
                for (auto& each : history->versions())
                {
                    ends += name_of(each.object) == "end-of-history" && each.is_deleted ? 1 : 0;
                    versions.push_back(std::move(each));
                }
            return ends == histories.size();
        };
        BOOST_TEST_REQUIRE(eventually(is_complete));
        std::stable_sort(
            versions.begin(),
            versions.end(),
            [](auto const& left, auto const& right) { return left.number < right.number; }
        );
        login_check check(tenants);
        for (auto const& each : versions)
            if (each.number <= last)
                check.see(each);
        BOOST_TEST(check.failures().empty(), joined(check.failures()));
        for (auto const& ns : tenants)
            for (auto const& account : tool.accounts)
                BOOST_TEST(check.had_login("serviceaccounts " + ns + '/' + account), ns + '/' + account);
        BOOST_TEST_MESSAGE("checked " << versions.size() << " versions of Secrets, accounts and pods");
    }

    fs::path folder;
    names tenants;
    names old;
};

other_tool patcher()
{
    other_tool tool;
    tool.secrets = {"image-pull-secret"};
    tool.annotations = {{"app.kubernetes.io/managed-by", "imagepullsecret-patcher"}};
    tool.accounts = {"default", "builder"};
    std::string const name = "imagepullsecret-patcher";
    tool.own_objects = "apiVersion: v1\nkind: Namespace\nmetadata: {name: " + name + "}\n---\n" +
                       workload_manifest(name, name, name, name);
    tool.stop_command = "scale deployment/imagepullsecret-patcher";
    tool.removal_command = "delete namespace imagepullsecret-patcher";
    return tool;
}

other_tool registry_creds()
{
    other_tool tool;
    tool.secrets = {"dpr-secret", "awsecr-cred", "gcr-secret", "acr-secret"};
    tool.own_objects =
        workload_manifest(
            "kube-system", "registry-creds", "list-namespaces-registry-creds", "list-namespaces-global"
        ) +
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: registry-creds-dpr, "
        "namespace: kube-system, labels: {app: registry-creds}}\n";
    tool.stop_command = "scale deployment/registry-creds";
    tool.removal_command = "list-namespaces-registry-creds";
    return tool;
}

/// A tool that copies Secret infra/regcred. The accounts were changed by hand.
other_tool copier(json::object annotations, std::string const& name)
{
    other_tool tool;
    tool.secrets = {"regcred"};
    tool.annotations = std::move(annotations);
    tool.accounts = {"default", "builder"};
    tool.own_objects = workload_manifest("kube-system", name, name, name);
    tool.removal_command = "serviceaccount " + name;
    tool.has_source = true;
    return tool;
}

/// Acts as imagepullsecret-patcher: adds its entry to each account that lacks it, and writes the whole list
/// without a version. Does nothing when its Deployment has no replicas.
void patch_accounts(cluster& api, std::set<std::string> const& tenants)
{
    std::string const name = "imagepullsecret-patcher";
    for (auto const& account : api.list(accounts))
    {
        auto const ns = text_at(account, {"metadata", "namespace"});
        auto list = references_of(account);
        if (!tenants.contains(ns) || std::count(list.begin(), list.end(), "image-pull-secret") > 0)
            continue;
        auto const deployment = api.find(deployments, name, name);
        if (!deployment || number_at(*deployment, {"spec", "replicas"}) == 0)
            return;
        list.emplace_back("image-pull-secret");
        json::array entries;
        for (auto const& each : list)
            entries.push_back(json::object{{"name", each}});
        json::object const change{{"imagePullSecrets", entries}};
        api.patch(accounts, ns, name_of(account), json::serialize(change));
    }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(other_tools, migration)

BOOST_AUTO_TEST_CASE(imagepullsecret_patcher_runs_until_it_is_stopped)
{
    std::set<std::string> const where(tenants.begin(), tenants.end());
    std::unique_ptr<background> running;
    move_from(
        patcher(),
        [&]
        {
            running = std::make_unique<background>(
                control_plane.kubeconfig(), [where](cluster& other) { patch_accounts(other, where); }
            );
            for (auto const& ns : tenants)
                api.create(accounts, ns, account_body("late"));
            auto const has_both = [&]() -> verdict
            {
                for (auto const& ns : tenants)
                    if (references(ns, "late").size() != 2)
                        return wrong(ns + "/late has " + joined(references(ns, "late")));
                return true;
            };
            BOOST_TEST(eventually(has_both));
            // The login is also in the Secret of the other tool.
            auto const login = run(2, "base64 -d");
            BOOST_TEST(contains(login, "password-of-robot"));
        }
    );
    BOOST_TEST(running->stop() == "");
    for (auto const& ns : tenants)
        BOOST_TEST(has_references(ns, "late", {team().secret()}));
    api.remove(accounts, shop, "late");
}

BOOST_AUTO_TEST_CASE(registry_creds_refers_to_four_secrets)
{
    move_from(registry_creds());
}

BOOST_AUTO_TEST_CASE(reflector_deletes_its_copies_with_the_source)
{
    json::object const annotations{
        {"reflector.v1.k8s.emberstack.com/auto-reflects", "True"},
        {"reflector.v1.k8s.emberstack.com/reflects", "infra/regcred"},
        {"reflector.v1.k8s.emberstack.com/reflected-version", "1234"}};
    move_from(copier(annotations, "reflector"));
}

BOOST_AUTO_TEST_CASE(replicator_leaves_copies_behind)
{
    json::object const annotations{
        {"replicator.v1.mittwald.de/replicated-at", "2026-07-17T12:45:13Z"},
        {"replicator.v1.mittwald.de/replicated-from-version", "1234"},
        {"replicator.v1.mittwald.de/replicated-keys", ".dockerconfigjson"}};
    move_from(copier(annotations, "replicator-kubernetes-replicator"));
}

BOOST_AUTO_TEST_CASE(script_that_drops_our_entry_is_repaired)
{
    other_tool by_hand;
    by_hand.secrets = {"regcred"};
    by_hand.accounts = {"default", "builder"};
    move_from(
        by_hand,
        [&]
        {
            control_plane.kubectl(
                {"-n",
                 shop,
                 "patch",
                 "serviceaccount",
                 "default",
                 "-p",
                 R"({"imagePullSecrets": [{"name": "regcred"}]})"}
            );
            BOOST_TEST(eventually(
                [&] {
                    return has_references(shop, "default", {"regcred", team().secret()});
                }
            ));
        }
    );
}

BOOST_AUTO_TEST_CASE(secret_of_the_other_tool_becomes_the_source)
{
    auto tool = patcher();
    tool.own_objects.clear();
    leave(tool);
    run(2, "create secret docker-registry");
    auto manifest = block(2, "kind: ImagePullSecret");
    manifest.replace(
        manifest.find("    server:"), std::string::npos, "    configSecretRef: {name: team-login}\n"
    );
    apply_manifest(manifest);
    BOOST_TEST(served_everywhere());
}

BOOST_AUTO_TEST_CASE(account_that_we_do_not_serve_keeps_its_entry)
{
    other_tool by_hand;
    by_hand.secrets = {"regcred"};
    by_hand.accounts = {"default", "builder"};
    leave(by_hand);
    auto const manifest = block(2, "kind: ImagePullSecret");
    auto narrow = manifest;
    std::string const all = "serviceAccounts: \"*\"";
    narrow.replace(narrow.find(all), all.size(), "serviceAccounts: default");
    apply_manifest(narrow);
    BOOST_TEST(contains(accounts_without_ours(), "builder"));
    run(5, "kubectl patch");
    BOOST_TEST(has_references(shop, "default", {team().secret()}));
    BOOST_TEST(has_references(shop, "builder", {"regcred"}));

    apply_manifest(manifest);
    auto const is_extended = [&]() -> verdict
    {
        auto const listed = accounts_without_ours();
        return listed.empty() ? verdict(true) : wrong(listed);
    };
    BOOST_TEST(eventually(is_extended));
    run(5, "kubectl patch");
    BOOST_TEST(has_references(shop, "builder", {team().secret()}));
}

BOOST_AUTO_TEST_SUITE_END()
