// SPDX-License-Identifier: Apache-2.0

// The controller serves all other namespaces, whatever objects a tenant writes into one namespace, or an
// administrator into the metadata of a namespace. The controller has the limits of a container: 30 MiB and a
// tenth of a core.
#include "harness/background.hpp"
#include "harness/fixture.hpp"
#include "harness/hostile_objects.hpp"
#include "harness/listener.hpp"
#include "harness/machine_speed.hpp"
#include "harness/text.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

namespace
{

using namespace tcr::test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using steady_clock = std::chrono::steady_clock;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

constexpr std::size_t healthy_count = 20;
constexpr std::size_t memory_limit = 30 << 20;
constexpr double cpu_limit = 0.1;

/// A measurement fails if a namespace is not served within this time.
constexpr seconds patience{30};

/// Duration of the tenant's loop during the measurements.
constexpr seconds loop_time{6};

char const tenant_namespace[] = "tenant";
char const quarantine_metric[] = "tcr_assistant_objects_quarantined";

/// State that all cases share.
struct shared_setup
{
    std::vector<std::string> healthy;
    spec cr;
    std::size_t edits = 0;
    std::filesystem::path tenant_kubeconfig;
    std::unique_ptr<cluster> tenant;
};

std::unique_ptr<shared_setup> the_setup;

/// Deleted after the sandbox, because the controller must have ended before. Null if control groups are
/// unavailable.
std::unique_ptr<cgroup> the_group;

struct setup_owner
{
    ~setup_owner() { the_setup.reset(); }
};
BOOST_TEST_GLOBAL_FIXTURE(setup_owner);

milliseconds since(steady_clock::time_point started)
{
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - started);
}

/// The times in which the controller serves other namespaces.
struct service_times
{
    milliseconds new_namespace{0};  ///< from the creation of its default account to Secret and reference
    milliseconds edit{0};           ///< from a password edit to the Secret of the last healthy namespace
    double slowness = 1;            ///< of the machine, after the edit

    void take_slower(service_times const& other)
    {
        new_namespace = std::max(new_namespace, other.new_namespace);
        edit = std::max(edit, other.edit);
        slowness = std::max(slowness, other.slowness);
    }
};

std::ostream& operator<<(std::ostream& out, service_times const& times)
{
    return out << "a new namespace " << times.new_namespace.count() << " ms, an edited password "
               << times.edit.count() << " ms";
}

/// Upper limit of a service time, given the time before the case. Other programs may use the machine, and the
/// controller must receive the written objects once: 80 MB take seconds at a tenth of a core.
milliseconds bound_of(milliseconds before, double slowness)
{
    return before * 3 + milliseconds(std::lround(5'000 * slowness));
}

struct tenancy : fixture
{
    tenancy() : all(setup()) { require_service(); }

    ~tenancy()
    {
        try
        {
            // Removes the objects of a case that failed before its own clean-up.
            if (!created.empty())
                remove_hostile_objects();
            api.remove_all(namespaces, made);
        }
        catch (std::exception const& e)
        {
            BOOST_TEST_MESSAGE("cannot remove the hostile objects: " << e.what());
        }
    }

    shared_setup& setup()
    {
        if (!the_setup)
            make_setup();
        return *the_setup;
    }

    void make_setup()
    {
        auto fresh = std::make_unique<shared_setup>();
        controller.stop();
        start_confined();
        for (std::size_t i = 0; i < healthy_count; ++i)
            fresh->healthy.push_back("healthy-" + std::to_string(i));
        auto wanted = fresh->healthy;
        wanted.emplace_back(tenant_namespace);
        std::vector<json::value> bodies;
        for (auto const& name : wanted)
            bodies.push_back(namespace_body(name));
        api.create_all(namespaces, {}, bodies);
        fresh->tenant_kubeconfig = admit_tenant();
        fresh->tenant = std::make_unique<cluster>(fresh->tenant_kubeconfig);
        fresh->cr.name = "everywhere";
        api.create(image_pull_secrets, {}, body_of(fresh->cr));
        the_setup = std::move(fresh);
    }

    /// Starts the controller in its own control group.
    void start_confined()
    {
        static int starts = 0;
        try
        {
            auto const name = "tcr-test-" + std::to_string(getpid()) + "-" + std::to_string(++starts);
            the_group = std::make_unique<cgroup>(name, memory_limit, cpu_limit);
            controller.use_cgroup(*the_group);
        }
        catch (std::exception const& e)
        {
            BOOST_TEST_MESSAGE("the controller has no limits here: " << e.what());
        }
        controller.start();
    }

    /// Creates a user that has the ClusterRole `edit` in one namespace. \return the kubeconfig of the user
    std::filesystem::path admit_tenant()
    {
        auto const certs = control_plane.folder() / "certs";
        auto const made_certificate = run_command(
            {"bash",
             "-euo",
             "pipefail",
             "-c",
             R"(source "$1/common.sh"; source "$1/pki.sh"; issue_certificate "$2" tenant /CN=tenant )"
             R"(clientAuth)",
             "bash",
             source_folder() / "scripts" / "lib",
             certs}
        );
        BOOST_TEST_REQUIRE(made_certificate.status == 0, made_certificate.err);
        control_plane.kubectl(
            {"create", "rolebinding", "tenant", "-n", tenant_namespace, "--clusterrole=edit", "--user=tenant"}
        );
        auto const file = control_plane.folder() / "tenant.kubeconfig";
        std::ofstream(file) << kubeconfig_text(
            "https://127.0.0.1:" + std::to_string(control_plane.apiserver_port()),
            certs / "ca.crt",
            "client-certificate: '" + (certs / "tenant.crt").string() + "', client-key: '" +
                (certs / "tenant.key").string() + "'"
        );
        return file;
    }

    hostile_place place() { return {*all.tenant, api, tenant_namespace, all.cr.secret()}; }

    /// Restarts the controller if an earlier case broke it, because only that case must fail.
    void require_service()
    {
        if (group_peak() >= memory_limit || !eventually([&] { return all_served(); }, seconds(10)))
        {
            BOOST_TEST_MESSAGE("the controller does not serve before the case; restarting it");
            if (controller.is_running())
                controller.kill();
            start_confined();
        }
        BOOST_TEST_REQUIRE(eventually([&] { return all_served(); }, seconds(60)));
        pid = controller.pid();
        mark = controller.mark();
    }

    verdict all_served()
    {
        for (auto const& ns : all.healthy)
            if (auto const answer = served(ns, all.cr); !answer)
                return answer;
        return served(tenant_namespace, all.cr);
    }

    // --- measurements

    service_times measure()
    {
        auto const new_namespace = time_of_new_namespace();
        return {new_namespace, time_of_edit(all.healthy), elapsed_slowness()};
    }

    /// Measures repeatedly during `time`. \return the slowest service times
    service_times measure_for(seconds time)
    {
        auto const until = steady_clock::now() + time;
        service_times slowest;
        do
            slowest.take_slower(measure());
        while (steady_clock::now() < until);
        return slowest;
    }

    milliseconds time_of_new_namespace()
    {
        made.push_back(fresh_name());
        auto const& name = made.back();
        api.create(namespaces, {}, namespace_body(name));
        auto const has_account = [&]() -> verdict { return api.find(accounts, name, "default").has_value(); };
        BOOST_TEST_REQUIRE(eventually(has_account, seconds(60)));
        auto const started = steady_clock::now();
        auto const answer = eventually([&] { return served(name, all.cr); }, patience);
        check("a new namespace", answer);
        return since(started);
    }

    milliseconds time_of_edit(std::vector<std::string> const& where, seconds limit = patience)
    {
        all.cr.password = "password-number-" + std::to_string(++all.edits);
        auto const started = steady_clock::now();
        edit(all.cr, "{\"docker\":{\"password\":\"" + all.cr.password + "\"}}");
        std::size_t done = 0;
        auto const have_it = [&]() -> verdict
        {
            while (done < where.size() && has_password(where[done]))
                ++done;
            return done == where.size() ? verdict(true) : wrong(where[done] + " has the old password");
        };
        auto const answer = eventually(have_it, limit);
        check("an edited password", answer);
        return since(started);
    }

    static void check(std::string const& what, verdict const& answer)
    {
        std::string const reason(answer.message().begin(), answer.message().size());
        BOOST_TEST(answer, what << " is not served: " << reason);
    }

    bool has_password(std::string const& ns)
    {
        auto const found = secret(ns, all.cr);
        return found && contains(docker_config_of(*found), "\"password\":\"" + all.cr.password + '"');
    }

    // --- checks

    void check_times(service_times const& before, service_times const& after)
    {
        auto const slowness = std::max(before.slowness, after.slowness);
        BOOST_TEST_MESSAGE("before: " << before << "; with them: " << after << "; slowness " << slowness);
        BOOST_TEST(after.new_namespace.count() <= bound_of(before.new_namespace, slowness).count());
        BOOST_TEST(after.edit.count() <= bound_of(before.edit, slowness).count());
    }

    /// Checks that the controller process was not restarted during the case, and still serves within its
    /// limits.
    void check_process()
    {
        BOOST_TEST_REQUIRE(controller.is_running(), controller.log(mark));
        BOOST_TEST(controller.pid() == pid);
        for (auto const* const path : {"/healthz", "/readyz"})
            BOOST_TEST(controller.health(path).status == 200u, path);
        auto const peak = controller.peak_memory();
        BOOST_TEST_MESSAGE(
            "memory: " << peak / 1024 << " KiB at most, its control group " << group_peak() / 1024 << " KiB"
        );
        BOOST_TEST(peak < memory_limit);
        BOOST_TEST(group_peak() < memory_limit);
    }

    static std::size_t group_peak() { return the_group ? the_group->peak_bytes() : 0; }

    /// Checks that the controller logs each unreadable object once.
    void check_quarantine_log()
    {
        std::set<std::string> seen;
        std::istringstream lines(controller.log(mark));
        for (std::string line; std::getline(lines, line);)
            if (contains(line, "quarantined an object"))
            {
                auto const words = line.substr(std::min(line.find("quarantined"), line.size()));
                BOOST_TEST(seen.insert(words).second, "logged again: " << line.substr(0, 400));
            }
        BOOST_TEST_MESSAGE(seen.size() << " objects in quarantine logged, " << quarantined() << " counted");
    }

    /// Returns the number of objects in quarantine, according to the metric; -1 if the metric is missing.
    double quarantined()
    {
        double sum = -1;
        std::istringstream lines(controller.metrics().body);
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with(quarantine_metric))
                sum = std::max(sum, 0.0) + std::stod(line.substr(line.rfind(' ')));
        return sum;
    }

    verdict quarantine_is_empty()
    {
        auto const count = quarantined();
        return count == 0 ? verdict(true)
                          : wrong(std::string(quarantine_metric) + " is " + std::to_string(count));
    }

    // --- hostile objects

    void create(hostile_kind const& kind)
    {
        created.push_back(kind);
        auto const refusals = kind.create(place());
        if (!refusals.empty())
            BOOST_TEST_MESSAGE(
                kind.name << ": " << refusals.size() << " refused: " << refusals.front().substr(0, 300)
            );
        BOOST_TEST(refusals.empty());
    }

    void remove_hostile_objects()
    {
        all.tenant->remove_collection(accounts, tenant_namespace);
        all.tenant->remove_collection(secrets, tenant_namespace);
        // The API server deletes an object with finalizers only after the removal of the finalizers.
        if (all.tenant->find(accounts, tenant_namespace, "lists"))
            all.tenant->patch(accounts, tenant_namespace, "lists", R"({"metadata":{"finalizers":null}})");
        for (auto const& kind : created)
            api.remove_all(namespaces, kind.namespaces);
        created.clear();
    }

    shared_setup& all;
    std::vector<std::string> made;
    std::vector<hostile_kind> created;
    pid_t pid = 0;
    std::size_t mark = 0;
};

auto const each_kind = boost::unit_test::data::make(hostile_kinds());

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hostile_objects, tenancy)

BOOST_DATA_TEST_CASE(others_are_served, each_kind, kind)
{
    BOOST_TEST_MESSAGE("--- " << kind.name);
    auto const before = measure();
    create(kind);
    if (kind.step)
    {
        background loop(
            all.tenant_kubeconfig, [&, here = place()](cluster& tenant) { kind.step(tenant, here); }
        );
        check_times(before, measure_for(loop_time));
        BOOST_TEST(loop.stop() == "");
    }
    else
        check_times(before, measure());
    check_process();
    check_quarantine_log();
    remove_hostile_objects();
    // A namespace is deleted only after its content.
    BOOST_TEST(eventually([&] { return quarantine_is_empty(); }, seconds(60)));
}

BOOST_AUTO_TEST_CASE(controller_that_starts_among_hostile_objects_serves)
{
    auto const before = measure();
    auto const kinds = hostile_kinds();
    for (auto const& kind : kinds)
        create(kind);
    controller.stop();
    // The restarted controller logs each unreadable object once.
    mark = controller.mark();
    auto const started = steady_clock::now();
    controller.start();
    BOOST_TEST_MESSAGE("synced with all kinds present after " << since(started).count() << " ms");
    pid = controller.pid();
    check_times(before, measure_for(seconds(3)));
    check_process();
    check_quarantine_log();
    remove_hostile_objects();
    BOOST_TEST(eventually([&] { return all_served(); }, seconds(60)));
    // A namespace is deleted only after its content.
    BOOST_TEST(eventually([&] { return quarantine_is_empty(); }, seconds(60)));
}

BOOST_AUTO_TEST_SUITE_END()

namespace
{

constexpr std::size_t served_count = 120;
constexpr int edits_measured = 5;

/// Time limit for an edit of many namespaces. On a busy machine, a tenth of a core writes about 25 Secrets
/// per second.
constexpr seconds many_namespaces_patience{40};

/// Some namespaces have a policy webhook that never answers.
struct dead_webhook : tenancy
{
    ~dead_webhook() { api.remove(validating_webhooks, {}, "dead"); }

    /// Installs the webhook for these namespaces. The API server waits for the webhook, and then refuses the
    /// write.
    void install_webhook(std::vector<std::string> const& dead)
    {
        for (auto const& ns : dead)
            api.patch(namespaces, {}, ns, R"({"metadata":{"labels":{"policy":"dead"}}})");
        auto const text =
            R"({"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration",
            "metadata":{"name":"dead"},
            "webhooks":[{"name":"dead.example.com","admissionReviewVersions":["v1"],
            "sideEffects":"None","failurePolicy":"Fail","timeoutSeconds":15,
            "namespaceSelector":{"matchLabels":{"policy":"dead"}},
            "rules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE","UPDATE"],
            "resources":["secrets"]}],
            "clientConfig":{"url":")" +
            silence.url() + R"("}}]})";
        api.create(validating_webhooks, {}, json::parse(text));
        BOOST_TEST_REQUIRE(eventually([&]() -> verdict { return !accepts_writes(dead.front()); }));
    }

    void remove_webhook(std::vector<std::string> const& dead)
    {
        api.remove(validating_webhooks, {}, "dead");
        BOOST_TEST_REQUIRE(eventually([&]() -> verdict { return accepts_writes(dead.front()); }));
    }

    /// Whether the API server accepts a dry run that creates a Secret within a second.
    bool accepts_writes(std::string const& ns)
    {
        std::vector<std::string> const words{
            "create", "secret", "generic", "probe", "--dry-run=server", "-n", ns, "--request-timeout=1s"};
        return control_plane.try_kubectl(words).status == 0;
    }

    listener silence{""};
};

/// Numbers of namespaces: fewer than the concurrent writes of the controller, and more.
auto const dead_counts = boost::unit_test::data::make({6u, 30u});

}  // namespace

BOOST_FIXTURE_TEST_SUITE(policy_webhooks, dead_webhook)

BOOST_DATA_TEST_CASE(silent_webhook_slows_only_its_own_namespaces, dead_counts, dead_count)
{
    auto healthy = make_namespaces(served_count + dead_count);
    std::vector<std::string> const dead(healthy.end() - dead_count, healthy.end());
    for (auto const& ns : healthy)
        BOOST_TEST_REQUIRE(eventually([&] { return served(ns, all.cr); }, seconds(60)));
    auto const before_all = time_of_edit(healthy, many_namespaces_patience);
    healthy.resize(served_count);
    auto const before = std::max(before_all, time_of_edit(healthy, many_namespaces_patience));
    install_webhook(dead);
    // The writes of one edit are still in flight during the next edit. If a dead webhook blocks these writes,
    // every edit is slow. The median shows this, and ignores a single edit that the machine slowed.
    std::vector<milliseconds> edits;
    while (edits.size() < edits_measured && (edits.empty() || edits.back() < many_namespaces_patience))
        edits.push_back(time_of_edit(healthy, many_namespaces_patience));
    std::sort(edits.begin(), edits.end());
    auto const median = edits[edits.size() / 2];
    remove_webhook(dead);
    // The machine may be slower than before, so the edit is measured again.
    auto const after = time_of_edit(healthy, many_namespaces_patience);
    BOOST_TEST_MESSAGE(
        dead_count << " namespaces with a dead webhook: an edit of " << served_count << " others took "
                   << before.count() << " ms before, " << median.count() << " ms with them, " << after.count()
                   << " ms after"
    );
    BOOST_TEST(median.count() <= (std::max(before, after) * 12 / 10 + scaled_limit(seconds(1))).count());
    check_process();
}

BOOST_AUTO_TEST_SUITE_END()
