// The commands that run once. `explain` and `plan` report and change nothing. `cleanup` removes everything of
// ours from the cluster, and nothing else.
#include "harness/fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
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

    /// The Secrets of a namespace, except Kubernetes' own.
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
    auto const missing = run({"explain", "-n", "no-such-namespace"});
    BOOST_TEST(missing.out == "[problem] Namespace no-such-namespace does not exist.\n");
    BOOST_TEST(run({"explain", "-n", ns, "-p", "none"}).status == 1);
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
    // The plan was not executed yet.
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
    // A Secret without our label is not in the watched list.
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
    // ImagePullSecrets of users are kept unless the flag is given.
    BOOST_TEST(api.find(image_pull_secrets, "", cr.name).has_value());

    // The lease was released: the next leader does not wait for its expiry.
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
    // The next run continues where the stopped one ended.
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
    BOOST_TEST(refused.err.find("cannot stop the controller") != std::string::npos, refused.err);
    BOOST_TEST(refused.err.find("Forbidden") != std::string::npos, refused.err);
    controller.start();
}

BOOST_AUTO_TEST_SUITE_END()
