// The commands that run once and exit. `explain` and `plan` only report. `cleanup` removes all of our objects
// from the cluster, and keeps all other objects.
#include "harness/fixture.hpp"

#include <boost/test/unit_test.hpp>

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
    api.create(pods, ns, pod_body("late", "default"));

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
    api.create(pods, ns, pod_body("late", "default"));

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
        "Pod " + ns + "/early has no login for " + cr.server + ", which image " + cr.server +
        "/team/app:1 needs."};
    BOOST_TEST(problems == expected, boost::test_tools::per_element());
    auto const yaml = run({"explain", "-n", ns, "-o", "yaml"});
    BOOST_TEST(
        yaml.out.starts_with("hasProblem: true\nnamespace: \"" + ns + "\"\nfindings:\n- level: "), yaml.out
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
    BOOST_TEST(eventually([&] { return served(where[2], cr); }, std::chrono::seconds(8)));

    controller.stop();
    auto const all = clean({"--delete-imagepullsecrets"});
    BOOST_TEST(all.status == 0, all.err);
    BOOST_TEST(!api.find(image_pull_secrets, "", cr.name).has_value());
    for (auto const& ns : where)
        BOOST_TEST(unserved(ns, cr));
    controller.start();
}

BOOST_AUTO_TEST_CASE(without_its_namespace_cleanup_needs_no_lease)
{
    auto const where = make_namespaces(3);
    auto const cr = serve(where);
    // A namespace that does not exist is an error while the lease is elsewhere.
    auto const wrong_place = clean({"--namespace", "no-such-namespace"});
    BOOST_TEST(wrong_place.status == 1);
    BOOST_TEST(wrong_place.err.find("give --namespace " + home) != std::string::npos, wrong_place.err);
    BOOST_TEST(served(where[0], cr));

    controller.stop();
    // A finalizer delays the end of the namespace.
    api.create(config_maps, home, json::parse(R"({"metadata":{"name":"last","finalizers":["test/last"]}})"));
    control_plane.kubectl({"delete", "namespace", home, "--wait=false"});
    {
        child_process waiting({program_under_test(), "cleanup", "--kubeconfig", control_plane.kubeconfig()});
        auto const* const line = "waiting until the controller's namespace is deleted";
        BOOST_TEST(eventually([&] { return waiting.err().find(line) != std::string::npos; }));
        BOOST_TEST(served(where[0], cr));
        api.patch(config_maps, home, "last", R"({"metadata":{"finalizers":null}})");
        BOOST_TEST(waiting.wait(std::chrono::seconds(60)) == 0, waiting.err());
        BOOST_TEST(waiting.err().find("cleaning up without a lease") != std::string::npos, waiting.err());
        BOOST_TEST(waiting.out().find("No reference and no Secret of tcr-assistant is left.") == 0u);
    }
    for (auto const& ns : where)
        BOOST_TEST(unserved(ns, cr));
    for (auto const& lease : api.list(leases))
        BOOST_TEST(name_of(lease) != "tcr-assistant-leader-election");
    BOOST_TEST(!api.find(namespaces, {}, home).has_value());
    control_plane.run({"install"});
    controller.start();
    BOOST_TEST(eventually([&] { return served(where[2], cr); }));
}

BOOST_AUTO_TEST_CASE(cleanup_leaves_what_an_orphan_deletion_kept)
{
    auto const where = make_namespaces(2);
    auto const kept = serve({where[0]});
    auto const other = serve({where[0], where[1]});
    control_plane.kubectl({"delete", "ipss", kept.name, "--cascade=orphan"});
    controller.stop();
    auto const done = clean();
    BOOST_TEST(done.status == 0, done.err);
    BOOST_TEST(done.out.find("Kept, with the references to them: 1 Secrets") != std::string::npos, done.out);
    BOOST_TEST(secret(where[0], kept).has_value());
    BOOST_TEST(references(where[0]) == std::vector{kept.secret()}, boost::test_tools::per_element());
    for (auto const& ns : where)
        BOOST_TEST(unserved(ns, other));
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
