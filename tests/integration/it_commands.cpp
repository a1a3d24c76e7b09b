// SPDX-License-Identifier: Apache-2.0

// The commands that run once and exit. `explain` and `plan` only report. `cleanup` removes all of our objects
// from the cluster, and keeps all other objects.
#include "harness/fixture.hpp"
#include "harness/text.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

std::string const home = "tcr-assistant-system";

struct commands : fixture
{
    command_result run(std::vector<std::string> words, std::string const& input = {})
    {
        words.insert(words.begin(), program_under_test());
        words.insert(words.end(), {"--kubeconfig", control_plane.kubeconfig()});
        return run_command(words, {}, input);
    }

    command_result run_as(std::filesystem::path const& kubeconfig, std::vector<std::string> words)
    {
        words.insert(words.begin(), program_under_test());
        words.insert(words.end(), {"--kubeconfig", kubeconfig});
        return run_command(words);
    }

    /// The kubeconfig of a new account that has this built-in role in the namespace, or no role.
    std::filesystem::path kubeconfig_of(std::string const& role, std::string const& ns)
    {
        auto const name = fresh_name();
        api.create(accounts, "default", account_body(name));
        if (!role.empty())
            control_plane.kubectl(
                {"create",
                 "rolebinding",
                 name,
                 "--clusterrole=" + role,
                 "--serviceaccount=default:" + name,
                 "-n",
                 ns}
            );
        auto const folder = control_plane.folder() / name;
        control_plane.run({"service-account", "default", name, folder});
        auto const file = control_plane.folder() / (name + ".kubeconfig");
        std::ofstream(file) << kubeconfig_text(
            "https://127.0.0.1:" + std::to_string(control_plane.apiserver_port()),
            folder / "ca.crt",
            "tokenFile: " + (folder / "token").string()
        );
        return file;
    }

    /// A pod with its own imagePullSecrets.
    static json::value pod_with(std::string const& name, std::vector<std::string> const& references)
    {
        auto pod = pod_body(name, "default");
        pod.at("spec").as_object()["imagePullSecrets"] = account_body("", references).at("imagePullSecrets");
        return pod;
    }

    /// Creates a pod that gets the references of its account. The API server learns of a changed account by
    /// its own watch, so a pod that is created immediately after the change may lack them.
    void create_served_pod(std::string const& ns, std::string const& name)
    {
        auto const is_served = [&]() -> verdict
        {
            auto const pod = api.create(pods, ns, pod_body(name, "default"));
            if (at(pod, {"spec", "imagePullSecrets"}).is_array())
                return true;
            api.remove(pods, ns, name);
            return wrong("the pod has no references");
        };
        BOOST_TEST_REQUIRE(eventually(is_served));
    }

    /// Writes the status and the Event that kubelet writes when it cannot pull the pod's image.
    void set_pull_failure(std::string const& ns, std::string const& pod)
    {
        control_plane.kubectl(
            {"patch",
             "pod",
             pod,
             "-n",
             ns,
             "--subresource=status",
             "--type=merge",
             "-p",
             R"({"status":{"containerStatuses":[{"name":"main","image":"","imageID":"","ready":false,)"
             R"("restartCount":0,"state":{"waiting":{"reason":"ImagePullBackOff","message":"Back-off"}}}]}})"}
        );
        json::value const event{
            {"metadata", {{"name", pod + ".1"}}},
            {"involvedObject", {{"kind", "Pod"}, {"namespace", ns}, {"name", pod}}},
            {"type", "Warning"},
            {"reason", "Failed"},
            {"message", "Failed to pull image: 401 Unauthorized"},
            {"count", 3},
            {"lastTimestamp", "2026-11-30T08:00:00Z"}};
        api.create(events, ns, event);
    }

    command_result clean(std::vector<std::string> const& more = {})
    {
        std::vector<std::string> words{"cleanup"};
        words.insert(words.end(), more.begin(), more.end());
        return run(words);
    }

    /// The names of the Secrets of a namespace, except Kubernetes' own Secrets.
    std::vector<std::string> secrets_in(std::string const& ns)
    {
        std::vector<std::string> names;
        for (auto const& each : api.list(secrets, ns))
            names.push_back(name_of(each));
        return names;
    }

    std::int64_t replicas()
    {
        auto const deployment = control_plane.kubectl(
            {"get", "deployment", "tcr-assistant-controller-manager", "-n", home, "-o", "json"}
        );
        return number_at(json::parse(deployment).as_object(), {"spec", "replicas"});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(explain_and_plan, commands)

BOOST_AUTO_TEST_CASE(explain_finds_a_pod_that_was_created_too_early)
{
    auto const ns = make_namespace();
    api.create(pods, ns, pod_body("early", "default"));
    auto const cr = serve({ns});
    create_served_pod(ns, "late");

    auto const early = run({"explain", "-n", ns, "-p", "early"});
    BOOST_TEST(early.status == 1, early.err);
    BOOST_TEST(
        early.out.find("Secret " + ns + "/" + cr.secret() + " exists.") != std::string::npos, early.out
    );
    BOOST_TEST(
        early.out.find("Pod " + ns + "/early has no imagePullSecrets: it was created before") !=
            std::string::npos,
        early.out
    );
    auto const late = run({"explain", "-n", ns, "-p", "late"});
    BOOST_TEST(late.status == 0, late.out + late.err);

    auto const foreign = make_namespace();
    auto const unserved_one = run({"explain", "-n", foreign});
    BOOST_TEST(unserved_one.status == 1);
    BOOST_TEST(
        unserved_one.out.find(
            "ImagePullSecret " + cr.name + " (" + cr.server + ") does not serve account " + foreign
        ) != std::string::npos,
        unserved_one.out
    );
    auto const nowhere = run({"explain", "-n", "no-such-namespace"});
    BOOST_TEST(nowhere.out == "[problem] Namespace no-such-namespace does not exist.\n");
}

BOOST_AUTO_TEST_CASE(explain_names_the_pods_that_cannot_pull)
{
    auto const ns = make_namespace();
    api.create(pods, ns, pod_body("early", "default"));
    auto const cr = serve({ns});
    create_served_pod(ns, "late");

    auto const result = run({"explain", "-n", ns, "-o", "json"});
    BOOST_TEST(result.status == 1, result.err);
    auto const document = json::parse(result.out).as_object();
    BOOST_TEST(document.at("hasProblem").as_bool());
    BOOST_TEST(text_at(document, {"namespace"}) == ns);
    std::vector<std::string> problems;
    for (auto const& each : document.at("findings").as_array())
        if (text_at(each.as_object(), {"level"}) == "problem")
            problems.push_back(text_at(each.as_object(), {"message"}));
    std::vector<std::string> const expected{
        "Pod " + ns + "/early has no login for image " + cr.server + "/team/app:1."};
    BOOST_TEST(problems == expected, boost::test_tools::per_element());
    auto const yaml = run({"explain", "-n", ns, "-o", "yaml"});
    BOOST_TEST(
        yaml.out.starts_with("hasProblem: true\nnamespace: \"" + ns + "\"\nfindings:\n- level: "), yaml.out
    );
}

BOOST_AUTO_TEST_CASE(explain_shows_the_logins_of_each_image_in_kubelets_order)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    auto const secret_of = [](std::string const& name, std::string const& type, std::string const& content)
    {
        auto const key = type == "dockercfg" ? ".dockercfg" : ".dockerconfigjson";
        return json::value{
            {"metadata", {{"name", name}}},
            {"type", "kubernetes.io/" + type},
            {"stringData", {{key, content}}}};
    };
    auto const login = R"({"auth":"dXNlcjpzZWNyZXQ="})";
    api.create(
        secrets,
        ns,
        secret_of("legacy", "dockercfg", R"({"https://)" + cr.server + R"(/team":)" + login + "}")
    );
    api.create(secrets, ns, secret_of("empty", "dockerconfigjson", R"({"auths":{"*.example.org":{}}})"));
    auto pod = pod_with("several", {cr.secret(), "gone", "legacy", "empty"});
    pod.at("spec").as_object()["volumes"] =
        json::parse(R"([{"name":"data","image":{"reference":"r.example.org/data:1"}}])");
    api.create(pods, ns, pod);
    // The feature ImageVolume is off by default before 1.35. The API server then drops the image.
    bool const has_image_volume = contains(json::serialize(api.get(pods, ns, "several")), "r.example.org");

    auto const result = run({"explain", "-n", ns, "-p", "several", "-o", "json"});
    // The only login for the volume's image is empty.
    BOOST_TEST(result.status == (has_image_volume ? 1 : 0), result.err);
    BOOST_TEST(result.out.find("dXNlcjpzZWNyZXQ") == std::string::npos);
    json::array images;
    auto const document = json::parse(result.out);
    for (auto const& each : document.at("findings").as_array())
        if (auto const* image = each.as_object().if_contains("image"))
            images.push_back(*image);
    auto expected = json::parse(
        R"([{"name":"r.example.org/data:1","repository":"r.example.org/data",
             "logins":[{"secret":"empty","key":"*.example.org","isEmpty":true}]},
            {"name":"SERVER/team/app:1","repository":"SERVER/team/app",
             "logins":[{"secret":"legacy","key":"SERVER/team","isEmpty":false},
                       {"secret":"tcr.ipsNAME","key":"SERVER","isEmpty":false}]}])"
    );
    if (!has_image_volume)
        expected.as_array().erase(expected.as_array().begin());
    auto text = json::serialize(expected);
    for (auto const& [from, to] : {std::pair{"SERVER", cr.server}, {"NAME", cr.name}})
        for (auto at = text.find(from); at != std::string::npos; at = text.find(from))
            text.replace(at, std::string(from).size(), to);
    BOOST_TEST(json::serialize(images) == text);
    auto const table = run({"explain", "-n", ns, "-p", "several"}).out;
    BOOST_TEST(
        table.find("Secret " + ns + "/gone does not exist. Kubelet ignores this reference.\n") !=
            std::string::npos,
        table
    );

    // The API server accepts any JSON object.
    api.create(
        secrets, ns, secret_of("broken", "dockerconfigjson", R"({"auths":{"r.example.org":{"auth":"?"}}})")
    );
    api.create(pods, ns, pod_with("blocked", {cr.secret(), "broken"}));
    auto const broken = run({"explain", "-n", ns, "-p", "blocked"});
    BOOST_TEST(broken.status == 1, broken.err);
    BOOST_TEST(
        broken.out.find(
            "[problem] Secret " + ns +
            "/broken is not usable: the login for \"r.example.org\" has a value of auth that is not the "
            "base64 form of USER:PASSWORD. Kubelet pulls no image of a pod that references it.\n"
        ) != std::string::npos,
        broken.out
    );
}

BOOST_AUTO_TEST_CASE(explain_fits_a_screen_with_many_unrelated_image_pull_secrets)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    create_served_pod(ns, "web");
    for (int i = 0; i < 30; ++i)
    {
        spec other;
        other.namespaces = "elsewhere";
        other.server = "r" + std::to_string(i) + ".example.org";
        make(other);
    }
    auto const table = run({"explain", "-n", ns, "-p", "web"});
    BOOST_TEST(table.status == 0, table.err);
    BOOST_TEST(std::ranges::count(table.out, '\n') <= 10, table.out);
    BOOST_TEST(
        table.out.find("[info]    27 other ImagePullSecrets do not serve account " + ns + "/default.") !=
            std::string::npos,
        table.out
    );
    auto const document = json::parse(run({"explain", "-n", ns, "-p", "web", "-o", "json"}).out);
    BOOST_TEST(document.at("findings").as_array().size() >= 30u);
}

BOOST_AUTO_TEST_CASE(explain_answers_a_user_with_the_rights_of_view)
{
    auto const ns = make_namespace();
    api.create(pods, ns, pod_body("early", "default"));
    auto const cr = serve({ns});
    create_served_pod(ns, "late");
    auto const viewer = kubeconfig_of("view", ns);

    auto const late = run_as(viewer, {"explain", "-n", ns, "-p", "late"});
    BOOST_TEST(late.status == 0, late.out + late.err);
    BOOST_TEST(late.err == "");
    for (auto const& text :
         {"[info]    Account " + ns + "/default has imagePullSecrets: " + cr.secret() + ".\n",
          "[ok]      Pod " + ns + "/late has its account's imagePullSecrets.\n",
          "[info]    Image " + cr.server + "/team/app:1: a Secret that is not checked may have a login for " +
              cr.server + "/team/app.\n",
          "[info]    Not checked: which ImagePullSecrets serve account " + ns +
              "/default. Missing right: list imagepullsecrets.tcr.tencentcloudcr.com\n"
              "          Ask an administrator to run: tcr-assistant explain -n " +
              ns + " -p late\n",
          "[info]    Not checked: which pull Secrets the namespace has. Missing right: list secrets -n " +
              ns + "\n",
          "[info]    Not checked: the logins of Secrets " + cr.secret() + ". Missing right: get secrets -n " +
              ns + "\n"})
        BOOST_TEST(late.out.find(text) != std::string::npos, text + late.out);

    set_pull_failure(ns, "late");
    auto const failing = run_as(viewer, {"explain", "-n", ns, "-p", "late"});
    BOOST_TEST(failing.status == 1, failing.err);
    BOOST_TEST(
        failing.out.find("[problem] Pod " + ns + "/late is waiting: ImagePullBackOff: Back-off\n") !=
            std::string::npos,
        failing.out
    );
    BOOST_TEST(
        failing.out.find(
            "[info]    Event of pod " + ns +
            "/late (2026-11-30T08:00:00Z, 3 times): Failed: Failed to pull image: 401 Unauthorized\n"
        ) != std::string::npos,
        failing.out
    );
    auto const all = run_as(viewer, {"explain", "-n", ns});
    BOOST_TEST(all.status == 1, all.err);
    BOOST_TEST(
        all.out.find("[problem] Pod " + ns + "/late cannot pull image " + cr.server + "/team/app:1: ") !=
            std::string::npos,
        all.out
    );

    auto const early = run_as(viewer, {"explain", "-n", ns, "-p", "early", "-o", "json"});
    BOOST_TEST(early.status == 1, early.err);
    BOOST_TEST(early.out.find("it was created before its account had any.") != std::string::npos, early.out);
    BOOST_TEST(
        early.out.find(R"("missingRight": "list imagepullsecrets.tcr.tencentcloudcr.com")") !=
            std::string::npos,
        early.out
    );
}

BOOST_AUTO_TEST_CASE(explain_answers_a_user_with_the_rights_of_admin)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    spec other;
    other.namespaces = ns;
    other.service_accounts = "builder";
    other.server = "other.example.com";
    other = make(other);
    BOOST_TEST(eventually([&] { return secret(ns, other).has_value(); }));
    create_served_pod(ns, "web");
    auto const admin = kubeconfig_of("admin", ns);

    auto const result = run_as(admin, {"explain", "-n", ns, "-p", "web"});
    BOOST_TEST(result.status == 0, result.out + result.err);
    for (auto const& text :
         {"[ok]      Image " + cr.server + "/team/app:1: kubelet tries the login for " + cr.server +
              " of Secret " + cr.secret() + ".\n",
          "[info]    Account " + ns +
              "/default does not reference these pull Secrets of its namespace: " + other.secret() + ".\n"})
        BOOST_TEST(result.out.find(text) != std::string::npos, text + result.out);
    auto const first = result.out.find("Missing right: ");
    BOOST_TEST(first == result.out.rfind("Missing right: "), result.out);
    BOOST_TEST(
        run_as(admin, {"explain", "-n", ns, "-p", "none"}).out ==
        "[problem] Pod " + ns + "/none does not exist.\n"
    );
}

BOOST_AUTO_TEST_CASE(explain_names_the_rights_that_a_user_without_any_lacks)
{
    auto const ns = make_namespace();
    auto const unprivileged = kubeconfig_of("", ns);
    auto const result = run_as(unprivileged, {"explain", "-n", ns});
    BOOST_TEST(result.status == 1, result.err);
    BOOST_TEST(
        result.out.find(
            "[problem] You may read neither the accounts nor the pods of namespace " + ns +
            ", so nothing is explained.\n"
        ) == 0u,
        result.out
    );
    for (std::string const right :
         {"list imagepullsecrets.tcr.tencentcloudcr.com",
          "get namespaces -n ",
          "list serviceaccounts -n ",
          "list pods -n ",
          "list events -n "})
        BOOST_TEST(result.out.find("Missing right: " + right) != std::string::npos, right + result.out);
    auto const everywhere = run_as(unprivileged, {"explain", "-A"});
    BOOST_TEST(everywhere.status == 1);
    BOOST_TEST(
        everywhere.err.find("cannot list ImagePullSecrets: Forbidden") != std::string::npos, everywhere.err
    );
}

BOOST_AUTO_TEST_CASE(explain_checks_all_namespaces)
{
    auto const where = make_namespaces(2);
    auto const cr = serve(where);
    auto const before = run({"explain", "-A"});
    BOOST_TEST(before.out.find("ImagePullSecret " + cr.name + ": ") == std::string::npos, before.out);

    controller.stop();
    api.remove(secrets, where[0], cr.secret());
    auto const result = run({"explain", "--all-namespaces"});
    controller.start();
    BOOST_TEST(result.status == 1, result.err);
    auto const line = "[problem] Namespace " + where[0] + ", ImagePullSecret " + cr.name + ": Secret " +
                      cr.secret() + " does not exist, or is not ours.\n";
    BOOST_TEST(result.out.find(line) != std::string::npos, result.out);
    BOOST_TEST(result.out.find("Namespace " + where[1] + ",") == std::string::npos, result.out);
    BOOST_TEST(eventually([&] { return served(where[0], cr); }));
}

BOOST_AUTO_TEST_CASE(what_does_not_exist_is_a_finding)
{
    auto const ns = make_namespace();
    serve({ns});
    BOOST_TEST(
        run({"explain", "-n", ns, "-p", "none"}).out == "[problem] Pod " + ns + "/none does not exist.\n"
    );
    BOOST_TEST(
        run({"explain", "-n", ns, "-s", "none"}).out ==
        "[problem] Service account " + ns + "/none does not exist.\n"
    );
    auto const nowhere = run({"explain", "-n", "no-such-namespace", "-o", "json"});
    BOOST_TEST(nowhere.status == 1);
    BOOST_TEST(nowhere.err == "");
    auto const finding = json::parse(nowhere.out).at("findings").at(0).as_object();
    BOOST_TEST(text_at(finding, {"message"}) == "Namespace no-such-namespace does not exist.");
}

BOOST_AUTO_TEST_CASE(a_missing_crd_is_a_finding)
{
    controller.stop();
    control_plane.kubectl({"delete", "crd", "imagepullsecrets.tcr.tencentcloudcr.com"});
    auto const explained = run({"explain"});
    auto const planned = run({"plan", "-f", "-"}, json::serialize(body_of(spec{.name = "team"})));
    auto const cleaned = clean();
    control_plane.run({"install"});
    controller.start();
    std::string const text = "The API server does not know ImagePullSecrets: their CRD is not installed.";
    BOOST_TEST(explained.status == 1);
    BOOST_TEST(explained.out.find("[problem] " + text) == 0u, explained.out + explained.err);
    BOOST_TEST(planned.status == 1);
    BOOST_TEST(planned.err.find(text) != std::string::npos, planned.out + planned.err);
    // Without the CRD, no ImagePullSecret exists.
    BOOST_TEST(cleaned.status == 0, cleaned.err);
}

BOOST_AUTO_TEST_CASE(the_kubectl_plugin_offers_the_commands_of_a_user)
{
    auto const plugin = control_plane.folder() / "kubectl-tcr";
    auto const completer = control_plane.folder() / "kubectl_complete-tcr";
    for (auto const& each : {plugin, completer})
        std::filesystem::create_symlink(program_under_test(), each);
    auto const ns = make_namespace();
    serve({ns});
    auto const kubeconfig = "KUBECONFIG=" + control_plane.kubeconfig().string();
    BOOST_TEST(run_command({plugin, "explain", "-n", ns}, {kubeconfig}).status == 0);
    BOOST_TEST(run_command({plugin, "explain", "--help"}).out.find("usage: kubectl tcr explain ") == 0u);
    auto const refused = run_command({plugin, "cleanup"}, {kubeconfig});
    BOOST_TEST(refused.status == 2);
    BOOST_TEST(refused.err.find("kubectl tcr: unknown command 'cleanup'") == 0u, refused.err);
    BOOST_TEST(run_command({completer, "explain", "-o", "j"}).out == "json\n:0\n");
    auto const path = "PATH=" + control_plane.folder().string() + ":" + std::getenv("PATH");
    auto const script =
        "source <(kubectl-tcr completion bash); COMP_WORDS=(kubectl-tcr explain --na); COMP_CWORD=2; "
        "_kubectl_tcr; echo \"${COMPREPLY[@]}\"";
    BOOST_TEST(run_command({"bash", "-c", script}, {path}).out == "--namespace\n");

    auto const folder = control_plane.folder() / "manifests";
    std::filesystem::create_directories(folder / "below");
    auto const file = folder / "below" / "team.yaml";
    std::ofstream(file) << json::serialize(body_of(spec{.name = "team", .server = "https://x.y"}));
    auto const linted = run_command({plugin, "lint", folder});
    BOOST_TEST(linted.status == 1);
    BOOST_TEST(linted.out.find(file.string() + ":1: error: spec.docker.server: ") == 0u, linted.out);
}

BOOST_AUTO_TEST_CASE(the_namespace_of_the_context_is_the_default)
{
    auto const ns = make_namespace();
    serve({ns});
    auto const file = control_plane.folder() / "other-namespace.kubeconfig";
    std::filesystem::copy_file(control_plane.kubeconfig(), file);
    auto const context = control_plane.kubectl({"config", "current-context"});
    control_plane.kubectl(
        {"config",
         "set-context",
         context.substr(0, context.find('\n')),
         "--namespace=" + ns,
         "--kubeconfig=" + file.string()}
    );
    auto const result = run_command({program_under_test(), "explain", "--kubeconfig", file});
    BOOST_TEST(result.status == 0, result.out + result.err);
    BOOST_TEST(result.out.find("serves account " + ns + "/default.") != std::string::npos, result.out);
}

BOOST_AUTO_TEST_CASE(explain_reports_a_missing_credential)
{
    spec cr;
    cr.name = fresh_name();
    cr.namespaces = make_namespace();
    auto body = body_of(cr);
    auto& docker = body.at("spec").at("docker").as_object();
    docker.erase("password");
    docker["passwordSecretRef"] = json::object({{"name", "no-such-secret"}});
    api.create(image_pull_secrets, {}, body);
    auto const place = " does not serve account " + cr.namespaces + "/default: it is not usable: ";
    auto const reported = [&] {
        return run({"explain", "-n", cr.namespaces}).out.find(cr.name + " (" + cr.server + ")" + place);
    };
    BOOST_TEST(eventually([&] { return reported() != std::string::npos; }));
    drop(cr);
}

BOOST_AUTO_TEST_CASE(the_controller_does_what_plan_shows)
{
    auto const where = make_namespaces(3);
    auto cr = serve({where[0], where[1]});
    cr.namespaces = where[1] + "," + where[2];
    auto const file = json::serialize(body_of(cr));
    auto const planned = run({"plan", "-f", "-"}, file);
    BOOST_TEST(planned.status == 0, planned.err);
    BOOST_TEST(
        planned.out ==
        "ImagePullSecret " + cr.name +
            ": secrets: 1 to add, 0 to change, 1 to remove, 1 unchanged; service accounts: 1 to add it "
            "to, 1 to remove it from, 1 unchanged\n"
            "  + secret " +
            where[2] + "/" + cr.secret() + "\n  - secret " + where[0] + "/" + cr.secret() +
            "\n  + service account " + where[2] + "/default\n  - service account " + where[0] + "/default\n"
    );
    // The plan was only reported, not executed.
    BOOST_TEST(served(where[0], cr));
    BOOST_TEST(unserved(where[2], cr));

    control_plane.kubectl({"apply", "-f", "-"}, file);
    BOOST_TEST(eventually([&] { return served(where[2], cr); }));
    BOOST_TEST(eventually([&] { return unserved(where[0], cr); }));
    auto const again = run({"plan", "-f", "-"}, file);
    BOOST_TEST(
        again.out.find("secrets: 0 to add, 0 to change, 0 to remove, 2 unchanged") != std::string::npos,
        again.out
    );

    cr.password = "of another day";
    auto const rotated = run({"plan", "-f", "-"}, json::serialize(body_of(cr)));
    BOOST_TEST(rotated.out.find("0 to add, 2 to change, 0 to remove") != std::string::npos, rotated.out);
    BOOST_TEST(rotated.out.find(cr.password) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(cleanup, commands)

BOOST_AUTO_TEST_CASE(cleanup_does_not_write_while_a_controller_leads)
{
    auto const where = make_namespaces(2);
    auto const cr = serve(where);
    auto const tried = clean({"--timeout", "3s"});
    BOOST_TEST(tried.status == 1);
    BOOST_TEST(
        tried.err.find("cannot acquire the controller's lease in time; the lines above show why") !=
            std::string::npos,
        tried.err
    );
    for (auto const& ns : where)
        BOOST_TEST(served(ns, cr));
}

BOOST_AUTO_TEST_CASE(cleanup_removes_everything_of_ours_and_nothing_of_others)
{
    auto const where = make_namespaces(3);
    auto const foreign = api.create(secrets, where[0], docker_secret_body("tcr.ips-of-the-original", spec()));
    api.create(secrets, where[0], docker_secret_body("their-registry", spec()));
    api.create(accounts, where[0], account_body("app", {"their-registry", "tcr.ips-of-the-original"}));
    // Without our label, a Secret is not in the list that the controller watches.
    auto const cr = serve(where);
    controller.stop();
    api.patch(
        secrets, where[1], cr.secret(), R"({"metadata":{"labels":{"app.kubernetes.io/managed-by":null}}})"
    );

    auto const done = clean();
    BOOST_TEST(done.status == 0, done.err);
    BOOST_TEST(done.out.find("No reference and no Secret of tcr-assistant is left.") == 0u, done.out);
    for (auto const& ns : where)
        BOOST_TEST(unserved(ns, cr));
    BOOST_TEST(
        references(where[0], "app") ==
            (std::vector<std::string>{"their-registry", "tcr.ips-of-the-original"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST((api.get(secrets, where[0], "tcr.ips-of-the-original") == foreign));
    BOOST_TEST(secrets_in(home).empty(), joined(secrets_in(home)));
    // `cleanup` keeps the ImagePullSecrets of users unless the flag is given.
    BOOST_TEST(api.find(image_pull_secrets, "", cr.name).has_value());

    // `cleanup` released the lease, so the next leader need not wait for the expiry of the lease.
    controller.start();
    BOOST_TEST(within(std::chrono::seconds(8), [&] { return served(where[2], cr); }));

    controller.stop();
    auto const all = clean({"--delete-imagepullsecrets"});
    BOOST_TEST(all.status == 0, all.err);
    BOOST_TEST(!api.find(image_pull_secrets, "", cr.name).has_value());
    for (auto const& ns : where)
        BOOST_TEST(unserved(ns, cr));
    controller.start();
}

BOOST_AUTO_TEST_CASE(a_signal_ends_a_cleanup_that_waits_for_the_lease)
{
    child_process waiting({program_under_test(), "cleanup", "--kubeconfig", control_plane.kubeconfig()});
    auto const* const line = "another process holds the lease";
    BOOST_TEST(eventually([&] { return waiting.err().find(line) != std::string::npos; }));
    waiting.signal(SIGTERM);
    BOOST_TEST(waiting.wait(std::chrono::seconds(10)) == 1);
    BOOST_TEST(waiting.err().find("stopped by a signal") != std::string::npos, waiting.err());
}

BOOST_AUTO_TEST_CASE(a_signal_ends_a_running_cleanup_which_releases_the_lease)
{
    auto const where = make_namespaces(60);
    auto const cr = serve(where);
    controller.stop();
    {
        child_process working({program_under_test(), "cleanup", "--kubeconfig", control_plane.kubeconfig()});
        BOOST_TEST(eventually([&] { return working.err().find("cleaning namespaces") != std::string::npos; })
        );
        working.signal(SIGTERM);
        auto const status = working.wait(std::chrono::seconds(10));
        // On a slow machine the cleanup may finish before the signal arrives.
        bool const has_finished = working.out().find("No reference") == 0;
        BOOST_TEST(status == (has_finished ? 0 : 1), working.err());
        BOOST_TEST(working.err().find("released the lease") != std::string::npos, working.err());
    }
    // The next run continues where the stopped run ended.
    auto const done = clean();
    BOOST_TEST(done.status == 0, done.err);
    for (auto const& ns : where)
        BOOST_TEST(unserved(ns, cr));
    controller.start();
}

BOOST_AUTO_TEST_CASE(cleanup_scales_the_deployment_to_0)
{
    controller.stop();
    control_plane.kubectl(
        {"create",
         "deployment",
         "tcr-assistant-controller-manager",
         "-n",
         home,
         "--image",
         "tcr-assistant:none",
         "--replicas",
         "2"}
    );
    auto const done = clean();
    BOOST_TEST(done.status == 0, done.err);
    BOOST_TEST(replicas() == 0);
    control_plane.kubectl({"delete", "deployment", "tcr-assistant-controller-manager", "-n", home});
    controller.start();
}

BOOST_AUTO_TEST_CASE(missing_rights_end_a_cleanup_at_once)
{
    controller.stop();
    control_plane.run({"service-account", "default", "default", control_plane.folder() / "without-rights"});
    auto const file = control_plane.folder() / "without-rights.kubeconfig";
    std::ofstream(file) << kubeconfig_text(
        "https://127.0.0.1:" + std::to_string(control_plane.apiserver_port()),
        control_plane.folder() / "without-rights" / "ca.crt",
        "tokenFile: " + (control_plane.folder() / "without-rights" / "token").string()
    );
    auto const refused = run_command({program_under_test(), "cleanup", "--kubeconfig", file});
    BOOST_TEST(refused.status == 1);
    BOOST_TEST(refused.err.find("cannot read the controller's namespace") != std::string::npos, refused.err);
    BOOST_TEST(refused.err.find("Forbidden") != std::string::npos, refused.err);
    controller.start();
}

BOOST_AUTO_TEST_SUITE_END()
