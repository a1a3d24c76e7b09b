// SPDX-License-Identifier: Apache-2.0

// Functions for operators: correct probes, metrics that Prometheus accepts, a log level and a configuration
// that can change at run time, and a clean shutdown.
#include "harness/fault_proxy.hpp"
#include "harness/fixture.hpp"
#include "harness/machine_speed.hpp"
#include "harness/short_lease.hpp"
#include "harness/text.hpp"
#include "http_get.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

namespace
{

using namespace tcr::test;
namespace fs = std::filesystem;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

using kind = fault::kind;
using std::chrono::milliseconds;
using std::chrono::seconds;
using steady_clock = std::chrono::steady_clock;

/// A watch lasts 3 s. Without progress for 9.2 s, a watch counts as dead if the server answers.
std::vector<std::string> const short_watches{"--watch-timeout=3s"};
constexpr seconds far_past_the_limit{30};

/// The environment's controller, which connects through a proxy.
struct operations : fixture
{
    operations() : fixture(without_controller), proxy(control_plane)
    {
        controller.use_server_port(proxy.port());
    }
    ~operations()
    {
        proxy.heal();
        try
        {
            if (controller.is_running())
                controller.kill();
        }
        catch (std::exception const& e)
        {
            BOOST_ERROR(e.what());
        }
        controller.use_server_port(0);
    }

    verdict answers(std::string const& path, unsigned status)
    {
        auto const answer = controller.health(path);
        return answer.status == status
                   ? verdict(true)
                   : wrong(path + ": " + std::to_string(answer.status) + " " + answer.body);
    }

    /// Checks repeatedly during `time` that /healthz succeeds.
    void is_well_for(seconds time)
    {
        auto const until = steady_clock::now() + time;
        while (steady_clock::now() < until)
        {
            BOOST_TEST_REQUIRE(answers("/healthz", 200));
            let_pass(milliseconds(250));
        }
    }

    /// Writes a kubeconfig for a server on this port, with the controller's account and its own token.
    fs::path own_kubeconfig(unsigned short port)
    {
        auto const account = control_plane.folder() / "operations-account";
        control_plane.run(
            {"service-account", "tcr-assistant-system", "tcr-assistant-controller-manager", account}
        );
        auto const file = control_plane.folder() / "operations.kubeconfig";
        std::ofstream(file) << kubeconfig_text(
            "https://127.0.0.1:" + std::to_string(port),
            control_plane.folder() / "certs" / "ca.crt",
            "tokenFile: " + (account / "token").string()
        );
        return file;
    }

    /// Starts the program as a child process, which makes its exit status available.
    std::unique_ptr<child_process> start_program(
        unsigned short port, std::vector<std::string> const& flags = {}
    )
    {
        std::vector<std::string> words{
            program_under_test(),
            "controller",
            "--kubeconfig",
            own_kubeconfig(port),
            "--metrics-bind-address=0",
            "--health-probe-bind-address=0",
            "--webhook-bind-address=0"};
        for (auto const& more : {short_lease().flags(), flags})
            words.insert(words.end(), more.begin(), more.end());
        return std::make_unique<child_process>(words);
    }

    static verdict logs(child_process const& program, std::string const& words)
    {
        return contains(program.err(), words) ? verdict(true)
                                              : wrong("no '" + words + "' in:\n" + program.err());
    }

    fault_proxy proxy;
};

/// Returns the names and labels of the series on a metrics page, without values.
std::set<std::string> series_of(std::string const& page)
{
    std::set<std::string> series;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);)
        if (!line.empty() && line[0] != '#')
            series.insert(line.substr(0, line.rfind(' ')));
    return series;
}

/// Whether no run of a namespace waits or is in flight, according to the metrics page.
verdict is_quiet(std::string const& page)
{
    return value_of(page, "workqueue_depth{name=\"namespace\"}") == 0 &&
           value_of(page, "controller_runtime_active_workers{controller=\"namespace\"}") == 0;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(probes, operations)

BOOST_AUTO_TEST_CASE(outage_fails_no_probe)
{
    controller.start(short_watches);
    is_well_for(seconds(1));
    {
        paused const away(control_plane, "apiserver");
        is_well_for(seconds(15));
        BOOST_TEST(answers("/readyz", 200));
    }
    // The probe also succeeds after the server is back, while the watches are not open yet.
    is_well_for(seconds(12));
    auto const ns = make_namespace();
    serve({ns});
}

BOOST_AUTO_TEST_CASE(silent_watch_fails_the_liveness_probe)
{
    controller.start(short_watches);
    auto const watch_of_secrets = [](seen_request const& request)
    { return request.is_watch && request.resource == "secrets" && request.ns.empty(); };
    proxy.inject({.what = fault::of(kind::mute), .which = watch_of_secrets});
    BOOST_TEST(eventually([&] { return answers("/healthz", 500); }, far_past_the_limit));
    auto const body = controller.health("/healthz").body;
    BOOST_TEST(contains(body, "[-]watch-secrets failed: no progress for "), body);
    BOOST_TEST(contains(body, "[+]watch-namespaces ok"), body);
    BOOST_TEST(contains(body, "healthz check failed"), body);
    // In a pod, the kubelet would restart the container now. Here the probe succeeds again when the
    // connection works.
    proxy.heal();
    BOOST_TEST(eventually([&] { return answers("/healthz", 200); }, far_past_the_limit));
}

BOOST_AUTO_TEST_CASE(stalled_event_loop_answers_no_probe)
{
    controller.start();
    BOOST_TEST(answers("/healthz", 200));
    {
        paused const stalled(control_plane, "controller");
        BOOST_TEST(answers("/healthz", 0));
    }
    BOOST_TEST(eventually([&] { return answers("/healthz", 200); }));
}

BOOST_AUTO_TEST_CASE(controller_is_ready_after_all_lists)
{
    auto const accounts_alone = [](seen_request const& request)
    { return request.resource == "serviceaccounts"; };
    proxy.inject({.what = fault::answer(503), .which = accounts_alone});
    controller.start_unsynced();
    BOOST_TEST(eventually([&] { return answers("/readyz", 500); }));
    auto const synced_else = [&]() -> verdict
    {
        auto const body = controller.health("/readyz").body;
        return contains(body, "[-]synced-serviceaccounts failed: not yet listed") &&
                       contains(body, "[+]synced-secrets ok")
                   ? verdict(true)
                   : wrong(body);
    };
    BOOST_TEST(eventually(synced_else));
    BOOST_TEST(answers("/healthz", 200));
    proxy.heal();
    BOOST_TEST(eventually([&] { return answers("/readyz", 200); }, seconds(30)));
    BOOST_TEST(controller.health("/readyz").body == "ok");
    auto const verbose = controller.health("/readyz?verbose").body;
    BOOST_TEST(contains(verbose, "[+]ping ok\n"), verbose);
    BOOST_TEST(contains(verbose, "readyz check passed"), verbose);
    BOOST_TEST(answers("/no-such-page", 404));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(numbers, operations)

BOOST_AUTO_TEST_CASE(prometheus_accepts_the_page)
{
    char const* const promtool = std::getenv("TCR_PROMTOOL");
    BOOST_TEST_REQUIRE(promtool != nullptr, "scripts/test sets TCR_PROMTOOL to the path of promtool");
    controller.start();
    serve({make_namespace()});
    auto const page = controller.metrics();
    BOOST_TEST(page.status == 200u);
    BOOST_TEST(page.content_type.starts_with("text/plain; version=0.0.4"));
    auto const checked = run_command({promtool, "check", "metrics"}, {}, page.body);
    BOOST_TEST(checked.status == 0, checked.out << checked.err);
    // The page follows promtool's advice on names. Exceptions are names that existing dashboards use.
    std::istringstream warnings(checked.err + checked.out);
    for (std::string line; std::getline(warnings, line);)
        BOOST_TEST(!line.starts_with("tcr_assistant_"), line);
}

BOOST_AUTO_TEST_CASE(page_reports_what_was_done)
{
    controller.start();
    auto const where = make_namespaces(5);
    auto const cr = serve(where);
    BOOST_TEST(eventually([&] { return counts(cr, 5, 5); }));
    auto const is_reported = [&]() -> verdict
    {
        auto const series =
            "tcr_assistant_imagepullsecret_secrets{imagepullsecret=\"" + cr.name + "\",state=\"ready\"}";
        return value_of(controller.metrics().body, series) == 5;
    };
    BOOST_TEST(eventually(is_reported));
    auto const page = controller.metrics().body;
    auto const of_cr = [&](std::string const& family, std::string const& state)
    { return value_of(page, family + "{imagepullsecret=\"" + cr.name + "\",state=\"" + state + "\"}"); };
    BOOST_TEST(of_cr("tcr_assistant_imagepullsecret_secrets", "desired") == 5);
    BOOST_TEST(of_cr("tcr_assistant_imagepullsecret_secrets", "ready") == 5);
    BOOST_TEST(of_cr("tcr_assistant_imagepullsecret_serviceaccounts", "ready") == 5);
    BOOST_TEST(of_cr("tcr_assistant_imagepullsecret_serviceaccounts", "failed") == 0);
    BOOST_TEST(value_of(page, "leader_election_master_status{name=\"tcr-assistant-leader-election\"}") == 1);
    BOOST_TEST(value_of(page, "tcr_assistant_synced") == 1);
    BOOST_TEST(value_of(page, "workqueue_depth{name=\"namespace\"}") == 0);
    BOOST_TEST(value_of(page, "workqueue_adds_total{name=\"namespace\"}") >= 5);
    BOOST_TEST(value_of(page, "tcr_assistant_objects{kind=\"imagepullsecrets\"}") >= 1);
    BOOST_TEST(value_of(page, "process_resident_memory_bytes") > 1e6);
    // For the metric, the time to ready of a namespace starts at the arrival of its event.
    auto const before = value_of(page, "tcr_assistant_time_to_ready_seconds_count");
    auto const fresh = make_namespace();
    edit(cr, "{\"namespaces\":\"*\"}");
    BOOST_TEST(eventually([&] { return served(fresh, cr); }));
    auto const later = make_namespace();
    BOOST_TEST(eventually([&] { return served(later, cr); }));
    auto const is_counted = [&]() -> verdict
    { return value_of(controller.metrics().body, "tcr_assistant_time_to_ready_seconds_count") > before; };
    BOOST_TEST(eventually(is_counted));
}

BOOST_AUTO_TEST_CASE(thousand_namespaces_add_no_series_and_scraping_needs_no_memory)
{
    controller.start();
    spec cr;
    cr = make(cr);
    serve({make_namespace()});
    auto const few = series_of(controller.metrics().body);
    auto const where = make_namespaces(1000);
    for (auto const& ns : {where.front(), where[500], where.back()})
        BOOST_TEST(eventually([&] { return served(ns, cr); }, seconds(60)));
    BOOST_TEST(eventually([&] { return is_quiet(controller.metrics().body); }, seconds(60)));
    let_pass(seconds(3));
    auto const page = controller.metrics().body;
    auto grown = series_of(page);
    for (auto const& known : few)
        grown.erase(known);
    // The only permitted new series count new kinds of API answers, such as conflicts.
    for (auto const& series : grown)
        BOOST_TEST(series.starts_with("rest_client_requests_total{"), series);
    for (auto const& ns : {where.front(), where[500], where.back()})
        BOOST_TEST(!contains(page, ns));
    BOOST_TEST_MESSAGE(
        "1,000 namespaces: " << series_of(page).size() << " series, " << page.size() << " bytes"
    );
    controller.metrics();
    auto const memory = controller.memory();
    for (int i = 0; i < 500; ++i)
        controller.metrics();
    auto const after = controller.memory();
    BOOST_TEST_MESSAGE("500 scrapes: " << memory << " bytes of memory before, " << after << " after");
    BOOST_TEST(after < memory + (1u << 20));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(at_run_time, operations)

BOOST_AUTO_TEST_CASE(signal_turns_debug_lines_on_and_off)
{
    auto const started = controller.mark();
    controller.start();
    // The controller may still remove what the last case left in a thousand namespaces.
    BOOST_TEST(eventually([&] { return is_quiet(controller.metrics().body); }, seconds(60)));
    serve({make_namespace()});
    auto const quiet = controller.log(started);
    BOOST_TEST(!contains(quiet, " debug "));
    control_plane.kill("controller", "USR1");
    auto const mark = controller.mark();
    serve({make_namespace()});
    BOOST_TEST(controller.has_logged(" debug create Secret namespace=", mark));
    BOOST_TEST(controller.has_logged(" run=", mark));
    control_plane.kill("controller", "USR1");
    BOOST_TEST(eventually([&] { return controller.has_logged("log level debug is off", mark); }));
    auto const quiet_again = controller.mark();
    serve({make_namespace()});
    BOOST_TEST(!contains(controller.log(quiet_again), " debug "));
}

BOOST_AUTO_TEST_CASE(changed_file_is_reloaded_and_an_invalid_one_is_ignored)
{
    auto const file = control_plane.folder() / "controller.yaml";
    std::ofstream(file) << "log-level: info\nmax-in-flight: 4\n";
    controller.start({"--config=" + file.string()});
    auto mark = controller.mark();
    std::ofstream(file) << "log-level: debug\nmax-in-flight: 8\nwatch-timeout: 10s\n";
    control_plane.kill("controller", "HUP");
    BOOST_TEST(eventually([&] { return controller.has_logged("option=max-in-flight before=4 after=8", mark); }
    ));
    BOOST_TEST(controller.has_logged("a changed option needs a restart option=watch-timeout", mark));
    serve({make_namespace()});
    BOOST_TEST(controller.has_logged(" debug ", mark));
    BOOST_TEST(contains(
        controller.metrics().body, "controller_runtime_max_concurrent_reconciles{controller=\"namespace\"} 8"
    ));

    mark = controller.mark();
    std::ofstream(file) << "log-levle: info\n";
    control_plane.kill("controller", "HUP");
    BOOST_TEST(eventually([&] { return controller.has_logged("cannot reload the configuration", mark); }));
    BOOST_TEST(controller.has_logged("line 1, key 'log-levle'", mark));
    BOOST_TEST(contains(
        controller.metrics().body, "controller_runtime_max_concurrent_reconciles{controller=\"namespace\"} 8"
    ));

    // The controller also reloads the file without a signal, because the volume of a ConfigMap changes
    // without a signal.
    mark = controller.mark();
    std::ofstream(file) << "log-level: info\nmax-in-flight: 2\n";
    BOOST_TEST(eventually([&] { return controller.has_logged("option=max-in-flight before=8 after=2", mark); }
    ));
}

BOOST_AUTO_TEST_CASE(json_lines_are_json)
{
    auto const mark = controller.mark();
    controller.start({"--log-format=json", "--log-level=debug"});
    serve({make_namespace()});
    controller.kill();
    std::istringstream lines(controller.log(mark));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count)
    {
        boost::system::error_code ec;
        auto const parsed = json::parse(line, ec);
        BOOST_TEST_REQUIRE(!ec, line);
        for (auto const* key : {"time", "level", "message"})
            BOOST_TEST(parsed.as_object().contains(key), line);
    }
    BOOST_TEST(count > 10u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(ends, operations)

BOOST_AUTO_TEST_CASE(clean_shutdown_while_working)
{
    auto const where = make_namespaces(200);
    auto const program = start_program(control_plane.apiserver_port());
    BOOST_TEST_REQUIRE(eventually([&] { return logs(*program, " info acquired the lease "); }));
    spec cr;
    cr.namespaces = list_of(where);
    cr = make(cr);
    BOOST_TEST_REQUIRE(eventually([&] { return secret(where[50], cr).has_value(); }));
    program->signal(SIGTERM);
    BOOST_TEST(program->wait(seconds(10)) == 0, program->err());
    BOOST_TEST(logs(*program, "released the lease"));
    BOOST_TEST(logs(*program, " info stopped"));
    auto const lease = api.get(leases, "tcr-assistant-system", "tcr-assistant-leader-election");
    BOOST_TEST(text_at(lease, {"spec", "holderIdentity"}) == "");
}

BOOST_AUTO_TEST_CASE(shutdown_within_the_grace_period_while_the_server_hangs)
{
    auto const program = start_program(proxy.port(), {"--shutdown-grace=4s"});
    BOOST_TEST_REQUIRE(eventually([&] { return logs(*program, " info acquired the lease "); }));
    auto const where = make_namespaces(30);
    proxy.freeze();
    spec cr;
    cr.namespaces = list_of(where);
    make(cr);
    let_pass(milliseconds(500));
    auto const started = steady_clock::now();
    program->signal(SIGTERM);
    BOOST_TEST(program->wait(seconds(6)) == 0, program->err());
    auto const took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - started);
    BOOST_TEST_MESSAGE("ended " << took.count() << " ms after SIGTERM");
    BOOST_TEST((took < seconds(4) + scaled_limit(milliseconds(500))));
}

BOOST_AUTO_TEST_CASE(second_signal_exits_at_once)
{
    auto const program = start_program(proxy.port());
    BOOST_TEST_REQUIRE(eventually([&] { return logs(*program, " info acquired the lease "); }));
    // These writes get no answer. A clean shutdown waits for them.
    proxy.inject({.what = fault::of(kind::swallow), .which = is_plain_write});
    make({.name = fresh_name(), .namespaces = "default"});
    BOOST_TEST_REQUIRE(eventually([&]() -> verdict { return proxy.injected()["half-open"] > 0; }));
    program->signal(SIGTERM);
    BOOST_TEST_REQUIRE(eventually([&] { return logs(*program, " info stopping "); }));
    let_pass(milliseconds(200));
    BOOST_TEST(program->is_running());
    program->signal(SIGTERM);
    BOOST_TEST(program->wait(seconds(2)) == 1, program->err());
    BOOST_TEST(logs(*program, "second signal; exiting at once"));
}

BOOST_AUTO_TEST_SUITE_END()
