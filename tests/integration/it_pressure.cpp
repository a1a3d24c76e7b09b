// SPDX-License-Identifier: Apache-2.0

// A proxy injects all kinds of faults between the controller and its API server. Afterwards the state is
// correct, entries of other clients are kept, and memory use is back to normal.
#include "harness/fault_proxy.hpp"
#include "harness/fixture.hpp"
#include "harness/tcp_proxy.hpp"
#include "harness/text.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <stdexcept>
#include <utility>

namespace
{

using namespace tcr::test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using kind = fault::kind;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

/// Number of watches of a controller without webhooks.
constexpr std::size_t watch_count = 5;

constexpr std::size_t usual_size = 30;

/// Permitted growth of the memory of the process, in bytes: buffers of connections, and overhead of the
/// allocator.
constexpr std::size_t memory_margin = 4 << 20;

constexpr seconds retry_after{1};

/// Contention backoff delays the repair of an object by up to 60 s. After consecutive failed runs (including
/// conflicts), the next run of a namespace is delayed by up to five minutes (docs/operate/operations.md).
/// Most repairs take seconds.
constexpr seconds longest_repair{310};

/// The limit of concurrent runs while the server accepts all requests.
constexpr int usual_limit = 16;

/// State that all cases share, so that effects accumulate: one proxy, one controller process behind it
/// (unless a case stops the process), 30 namespaces whose accounts have their own entry, and an
/// ImagePullSecret for these accounts.
struct shared_setup
{
    explicit shared_setup(sandbox const& control_plane) : proxy(control_plane) {}

    fault_proxy proxy;
    std::vector<std::string> where;
    spec cr;
    std::size_t turns = 0;
    std::vector<std::string> flags;
    bool is_started = false;

    /// Memory of the controller at the start of the first case.
    std::size_t memory_at_first = 0;

    /// The current process, and its memory at the start of its first case.
    pid_t pid = 0;
    std::size_t memory_of_process = 0;
};

std::unique_ptr<shared_setup> the_setup;

shared_setup& make_setup(sandbox const& control_plane)
{
    if (!the_setup)
        the_setup = std::make_unique<shared_setup>(control_plane);
    return *the_setup;
}

/// Stops the proxy at the end of the program and reports the injected faults.
struct shared_setup_owner
{
    ~shared_setup_owner()
    {
        if (the_setup)
            BOOST_TEST_MESSAGE("injected in total: " << the_setup->proxy.report());
        the_setup.reset();
    }
};
BOOST_TEST_GLOBAL_FIXTURE(shared_setup_owner);

struct pressure : fixture
{
    pressure() : all(make_setup(control_plane)), proxy(all.proxy), where(all.where), cr(all.cr) {}

    ~pressure()
    {
        std::string text;
        for (auto const& [what, times] : proxy.injected())
            if (times > injected_before[what])
                text += ' ' + std::to_string(times - injected_before[what]) + " x " + what + ';';
        BOOST_TEST_MESSAGE("injected:" << text);
        proxy.heal();
    }

    /// Starts the controller behind the proxy with these flags if necessary. Waits until all namespaces are
    /// served.
    void begin(std::vector<std::string> const& flags = {})
    {
        injected_before = proxy.injected();
        if (!all.is_started)
            populate();
        if (!all.is_started || flags != all.flags || !all_served())
            restart(flags);
        all.is_started = true;
        must_converge();
        record_memory();
        mark = controller.mark();
    }

    /// Records the memory, because a process must not grow from case to case.
    void record_memory()
    {
        auto const now = controller.memory();
        if (all.memory_at_first == 0)
            all.memory_at_first = now;
        auto const pid = controller.pid();
        if (std::exchange(all.pid, pid) != pid)
            all.memory_of_process = now;
        memory_before = all.memory_of_process;
    }

    void restart(std::vector<std::string> const& flags)
    {
        controller.use_server_port(proxy.port());
        if (controller.is_running())
            controller.stop();
        all.flags = flags;
        controller.start(flags);
        must_converge();
        // Makes the process allocate now what it allocates only once, so that later comparisons of its memory
        // do not count this as the cost of a fault.
        churn();
        must_converge();
    }

    /// Creates the shared objects outside of the fixture, because they must outlive the case.
    void populate()
    {
        std::vector<json::value> bodies;
        std::vector<cluster::named_patch> own_entries;
        for (std::size_t i = 0; i < usual_size; ++i)
        {
            where.push_back("pressure-" + std::to_string(i));
            bodies.push_back(namespace_body(where.back()));
            own_entries.push_back({where.back(), "default", own_entry(where.back())});
        }
        api.create_all(namespaces, {}, bodies);
        auto const have_accounts = [&]() -> verdict
        {
            api.patch_all(accounts, own_entries);
            return true;
        };
        BOOST_TEST_REQUIRE(eventually(have_accounts, seconds(60)));
        cr.name = "pressure";
        cr.namespaces = list_of(where);
        cr.service_accounts = "default";
        api.create(image_pull_secrets, {}, body_of(cr));
    }

    static std::string own_entry(std::string const& ns)
    {
        return "{\"imagePullSecrets\":[{\"name\":\"own-of-" + ns + "\"}]}";
    }

    /// Makes work for the controller. Can be called repeatedly.
    void change_password()
    {
        cr.password = "pressure-password-" + std::to_string(++all.turns);
        edit(cr, "{\"docker\":{\"password\":\"" + cr.password + "\"}}");
    }

    /// Makes work like `change_password`, and also damages objects. Repairs of repeated damage are delayed by
    /// up to a minute (`work_queue::options`).
    void churn()
    {
        change_password();
        auto const turn = all.turns;
        std::vector<cluster::named_patch> damage;
        for (std::size_t i = turn % 3; i < where.size(); i += 3)
            damage.push_back({where[i], "default", own_entry(where[i])});
        api.patch_all(accounts, damage);
        for (std::size_t i = turn % 5; i < where.size(); i += 5)
            api.remove(secrets, where[i], cr.secret());
    }

    /// Makes work during `time`, while faults are injected.
    void churn_for(milliseconds time)
    {
        auto const until = std::chrono::steady_clock::now() + time;
        do
        {
            churn();
            let_pass(milliseconds(300));
        } while (std::chrono::steady_clock::now() < until);
    }

    verdict all_served()
    {
        std::map<std::string, std::string> configs;
        for (auto const& each : api.list(secrets))
            if (name_of(each) == cr.secret())
                configs[text_at(each, {"metadata", "namespace"})] = docker_config_of(each);
        std::map<std::string, std::vector<std::string>> references;
        for (auto const& each : api.list(accounts))
            if (name_of(each) == "default")
                references[text_at(each, {"metadata", "namespace"})] = references_of(each);
        for (auto const& ns : where)
        {
            if (!configs.contains(ns) || json::parse(configs[ns]) != expected_docker_config(cr))
                return wrong(ns + " has no correct Secret");
            // The account's own entry must come first, then our entry once.
            if (references[ns] != std::vector<std::string>{"own-of-" + ns, cr.secret()})
                return wrong("account default of " + ns + " has " + joined(references[ns]));
        }
        return true;
    }

    void must_converge(seconds limit = longest_repair)
    {
        auto const size = static_cast<std::int64_t>(where.size());
        BOOST_TEST(eventually([&] { return all_served(); }, limit));
        BOOST_TEST(eventually([&] { return counts(cr, size, size); }, limit));
    }

    void must_have_memory_back()
    {
        auto const is_back = [&]() -> verdict
        {
            auto const now = controller.memory();
            return now <= memory_before + memory_margin
                       ? verdict(true)
                       : wrong(std::to_string(now) + " bytes now, before " + std::to_string(memory_before));
        };
        BOOST_TEST(eventually(is_back));
        BOOST_TEST_MESSAGE(
            "memory: " << memory_before / 1024 << " kB before, " << controller.memory() / 1024
                       << " kB after, at most " << controller.peak_memory() / 1024 << " kB"
        );
    }

    void must_recover(seconds limit = longest_repair)
    {
        proxy.heal();
        churn();
        must_converge(limit);
        must_have_memory_back();
        BOOST_TEST((proxy.injected() != injected_before));
    }

    /// Runs a complete case in which these faults affect some requests.
    void test_faults(std::vector<fault_rule> const& rules)
    {
        begin();
        for (auto const& rule : rules)
            proxy.inject(rule);
        churn_for(seconds(3));
        must_recover();
    }

    /// Runs a complete case in which the server pushes back: the controller lowers its limit of concurrent
    /// runs, and raises it again afterwards. The faults should be random: with a fault on every second
    /// request, for example, all retries of a list could fail while all lease renewals succeed.
    void test_push_back(std::vector<fault_rule> const& rules)
    {
        begin();
        BOOST_TEST(eventually([&]() -> verdict { return proxy.open_watches() == watch_count; }));
        proxy.forget_requests();
        for (auto const& rule : rules)
            proxy.inject(rule);
        // Forces the controller to open its watches again.
        proxy.break_connections();
        auto const is_lower = [&]() -> verdict
        {
            change_password();
            return concurrency_limit() < usual_limit;
        };
        BOOST_TEST(eventually(is_lower, longest_repair));
        churn_for(seconds(3));
        must_recover();
        auto const lowered = concurrency_limit();
        // After sixteen runs with writes, the controller raises the limit by one.
        auto const is_back_to_normal = [&]() -> verdict
        {
            change_password();
            must_converge();
            auto const now = concurrency_limit();
            return now == usual_limit ? verdict(true) : wrong("the limit is " + std::to_string(now));
        };
        BOOST_TEST(eventually(is_back_to_normal, seconds(60)));
        BOOST_TEST_MESSAGE("the limit was " << lowered << " when the server worked again");
    }

    int concurrency_limit()
    {
        auto const limit = value_of(controller.metrics().body, "tcr_assistant_concurrency_limit");
        if (limit < 0)
            throw std::runtime_error("no limit on the metrics page");
        return static_cast<int>(limit);
    }

    /// Returns the number of requests of this kind with this status (0: no answer) since `forget_requests`.
    std::size_t answered(request_filter const& which, int status) const
    {
        auto const requests = proxy.requests();
        auto const is_one = [&](auto const& each) { return each.status == status && which(each); };
        return static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(), is_one));
    }

    /// Applies a fault to all watches, when all are open at the same time.
    void disturb_watches(fault const& what)
    {
        BOOST_TEST(eventually([&]() -> verdict { return proxy.disturb_watches(what, watch_count); }));
    }

    shared_setup& all;
    fault_proxy& proxy;
    std::vector<std::string>& where;
    spec& cr;
    std::map<std::string, std::size_t> injected_before;
    std::size_t memory_before = 0;
    std::size_t mark = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers, pressure)

BOOST_AUTO_TEST_CASE(too_many_requests)
{
    test_push_back({{.what = fault::answer(429, retry_after), .which = is_no_watch, .chance = 0.3}});
}

BOOST_AUTO_TEST_CASE(refused_watches_respect_retry_after)
{
    begin();
    proxy.forget_requests();
    proxy.inject({.what = fault::answer(429, seconds(2)), .which = is_watch});
    proxy.break_connections();
    std::map<std::string, std::vector<std::chrono::system_clock::time_point>> refused;
    auto const all_came_back = [&]() -> verdict
    {
        refused.clear();
        for (auto const& each : proxy.requests())
            if (each.is_watch && each.status == 429)
                // There are two watches of Secrets: Secrets with our label in all namespaces, and Secrets
                // with credentials in our own namespace.
                refused[each.resource + each.ns].push_back(each.when);
        for (auto const& [resource, times] : refused)
            if (times.size() < 2)
                return wrong(resource + " was not requested again");
        return refused.size() == watch_count ? verdict(true) : wrong("some watches were never refused");
    };
    churn_for(seconds(3));
    BOOST_TEST(eventually(all_came_back, longest_repair));
    // The controller opens no watch again before its Retry-After has passed.
    for (auto const& [resource, times] : refused)
        for (std::size_t i = 1; i < times.size(); ++i)
            BOOST_TEST((times[i] - times[i - 1] >= milliseconds(1900)), resource << " asked too early");
    must_recover();
}

BOOST_AUTO_TEST_CASE(service_unavailable)
{
    test_push_back(
        {{.what = fault::answer(503, retry_after), .which = is_no_watch, .chance = 0.3},
         {.what = fault::answer(503, retry_after), .which = is_watch, .every = 2, .max_count = 8},
         {.what = fault::of(kind::reset_before), .which = is_no_watch, .every = 10}}
    );
    BOOST_TEST(answered(is_no_watch, 503) >= 1u);
    BOOST_TEST(answered(is_watch, 503) >= 1u);
    BOOST_TEST(answered(is_no_watch, 0) >= 1u);
}

BOOST_AUTO_TEST_CASE(refused_events_delay_nothing_else)
{
    begin();
    // A new process, because the backoff of Events may still be long after the faults of other cases.
    restart(all.flags);
    record_memory();
    proxy.forget_requests();
    auto const is_event = [](seen_request const& request) { return request.resource == "events"; };
    proxy.inject({.what = fault::answer(503), .which = is_event, .max_count = 2});
    proxy.inject({.what = fault::of(kind::swallow), .which = is_event});
    // A new ImagePullSecret that matches no account. Its Events are refused or get no answer until `heal`.
    spec unreported;
    unreported.namespaces = cr.namespaces;
    unreported.service_accounts = "none";
    unreported = make(unreported);
    change_password();
    must_converge(seconds(10));
    auto const all_have_it = [&]() -> verdict
    {
        auto const found = api.list(secrets);
        auto const is_its = [&](auto const& each) { return name_of(each) == unreported.secret(); };
        return std::count_if(found.begin(), found.end(), is_its) == static_cast<long>(usual_size);
    };
    BOOST_TEST(eventually(all_have_it, seconds(10)));
    BOOST_TEST(eventually([&]() -> verdict { return answered(is_event, 0) >= 1; }));
    BOOST_TEST(answered(is_event, 503) == 2u);
    change_password();
    must_converge(seconds(10));

    proxy.heal();
    proxy.break_connections();
    auto const uid = uid_of(api.get(image_pull_secrets, {}, unreported.name));
    auto const is_reported = [&]() -> verdict
    {
        for (auto const& event : api.list(events, "default"))
            if (text_at(event, {"involvedObject", "uid"}) == uid &&
                text_at(event, {"reason"}) == "SecretCreated")
                return number_at(event, {"count"}) == usual_size ? verdict(true)
                                                                 : wrong(json::serialize(event));
        return wrong("the Event is missing");
    };
    BOOST_TEST(eventually(is_reported, seconds(30)));
    drop(unreported);
    must_recover();
}

BOOST_AUTO_TEST_CASE(answers_that_are_not_http)
{
    test_faults({{.what = fault::of(kind::garbage), .which = is_no_watch, .every = 3}});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(connections, pressure)

BOOST_AUTO_TEST_CASE(reset_before_the_request_is_received)
{
    test_faults({{.what = fault::of(kind::reset_before), .chance = 0.3}});
}

BOOST_AUTO_TEST_CASE(reset_after_the_write_was_executed)
{
    test_faults({{.what = fault::of(kind::reset_after), .which = is_plain_write, .every = 2}});
}

BOOST_AUTO_TEST_CASE(reset_in_the_middle_of_an_answer)
{
    begin();
    disturb_watches(fault::of(kind::reset_midway));
    proxy.inject({.what = fault::of(kind::reset_midway), .chance = 0.3});
    churn_for(seconds(4));
    must_recover();
}

BOOST_AUTO_TEST_CASE(cut_off_and_frozen)
{
    begin();
    proxy.cut();
    churn_for(seconds(2));
    proxy.heal();
    must_converge();
    proxy.freeze();
    churn_for(seconds(3));
    must_recover();
}

// These faults end only by timeouts of the client; a request times out after 30 s. Therefore all faults are
// injected at once.
BOOST_AUTO_TEST_CASE(missing_and_very_slow_answers)
{
    begin();
    proxy.inject({.what = fault::of(kind::swallow), .which = is_plain_write, .every = 5, .max_count = 4});
    proxy.inject({.what = fault::slow(), .which = is_no_watch, .every = 5, .max_count = 4});
    churn_for(seconds(2));
    must_recover();
    BOOST_TEST(proxy.injected().at("half-open") >= 4u);
    BOOST_TEST(proxy.injected().at("slow") >= 4u);
}

BOOST_AUTO_TEST_CASE(killed_before_it_receives_the_answer_to_a_write)
{
    begin();
    for (std::size_t const which_one : {1u, 2u, 17u})
    {
        auto const pid = controller.pid();
        proxy.after_write(which_one, [pid] { ::kill(pid, SIGKILL); });
        churn();
        BOOST_TEST_REQUIRE(eventually([&] { return !controller.is_running(); }));
        controller.start(all.flags);
        must_converge();
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(watches, pressure)

BOOST_AUTO_TEST_CASE(garbage_between_the_events)
{
    begin();
    for (auto const what : {kind::garbage_line, kind::garbage})
    {
        disturb_watches(fault::of(what));
        churn_for(seconds(1));
        must_converge();
    }
    proxy.inject({.what = fault::of(kind::garbage_line), .which = is_watch, .max_count = 8});
    proxy.break_connections();
    churn_for(seconds(2));
    must_recover();
}

BOOST_AUTO_TEST_CASE(endless_line)
{
    begin();
    auto const peak_before = controller.peak_memory();
    disturb_watches(fault::of(kind::oversize_line));
    churn_for(seconds(2));
    must_recover();
    // The controller keeps at most 8 MiB of each line, which is the size limit of an event.
    BOOST_TEST(controller.peak_memory() <= peak_before + 4 * (10 << 20));
}

BOOST_AUTO_TEST_CASE(ten_thousand_events_at_once)
{
    constexpr std::size_t events_wanted = 10'000;
    constexpr std::size_t changes_each = 4;
    constexpr std::size_t more = events_wanted / (1 + changes_each);
    begin();
    // Creates accounts that the ImagePullSecret does not match, and changes the label of each four times.
    std::vector<json::value> bodies;
    std::vector<cluster::named_patch> changes;
    for (std::size_t i = 0; i < more; ++i)
        bodies.push_back(account_body("more-" + std::to_string(i), {"own"}));
    for (std::size_t i = 0; i < more * changes_each; ++i)
        changes.push_back(
            {where[0],
             "more-" + std::to_string(i % more),
             "{\"metadata\":{\"labels\":{\"turn\":\"" + std::to_string(i / more) + "\"}}}"}
        );
    proxy.hold_watches();
    proxy.lose_event(0);
    api.create_all(accounts, where[0], bodies);
    api.patch_all(accounts, changes);
    BOOST_TEST(eventually([&]() -> verdict { return proxy.events() >= events_wanted; }));
    auto const calls_mark = audit.mark();
    auto const started = std::chrono::steady_clock::now();
    proxy.heal();
    churn();
    BOOST_TEST(eventually([&] { return all_served(); }, seconds(60)));
    auto const took = std::chrono::steady_clock::now() - started;
    BOOST_TEST_MESSAGE(
        proxy.events() << " events at once; all was right after "
                       << std::chrono::duration_cast<milliseconds>(took).count() << " ms"
    );
    must_converge();
    // The controller ignores labels of accounts.
    auto const of_more = [](auto const& call) { return call.name.starts_with("more-"); };
    auto const writes = audit.controller_writes(calls_mark);
    BOOST_TEST(count_calls(writes, of_more) == 0u, text_of(writes));
    must_have_memory_back();
}

BOOST_AUTO_TEST_CASE(lost_event)
{
    begin();
    proxy.lose_event(
        1, [](auto const& event) { return event.watch.resource == "secrets" && event.type == "DELETED"; }
    );
    api.remove(secrets, where[0], cr.secret());
    BOOST_TEST(eventually([&]() -> verdict { return !proxy.lost_event().empty(); }));
    BOOST_TEST(contains(proxy.lost_event(), cr.secret()), proxy.lost_event());
    // The next write to the missing object fails, and the controller corrects its store.
    must_recover();
}

BOOST_AUTO_TEST_CASE(silent_watch)
{
    begin({"--watch-timeout=3s"});
    disturb_watches(fault::of(kind::mute));
    churn();
    // The controller closes a silent watch after its timeout of 3 s, plus a tenth, plus 1 s.
    must_converge(seconds(15));
    proxy.inject({.what = fault::of(kind::mute), .which = is_watch, .max_count = 8});
    proxy.break_connections();
    churn_for(seconds(5));
    must_recover();
}

BOOST_AUTO_TEST_CASE(very_slow_watch)
{
    begin({"--watch-timeout=3s"});
    disturb_watches(fault::slow());
    churn_for(seconds(3));
    must_recover();
}

BOOST_AUTO_TEST_CASE(all_connections_half_open)
{
    begin({"--watch-timeout=3s"});
    proxy.swallow_all();
    churn_for(seconds(3));
    // Requests without an answer time out after 30 s.
    must_recover();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(names_and_certificates, pressure)

BOOST_AUTO_TEST_CASE(server_with_a_new_ca)
{
    begin();
    auto const certs = control_plane.folder() / "new-certs";
    auto const scripts = source_folder() / "scripts" / "lib";
    auto const made = run_command(
        {"bash",
         "-euo",
         "pipefail",
         "-c",
         R"(source "$1/common.sh"; source "$1/pki.sh"; make_certificates "$2")",
         "bash",
         scripts,
         certs}
    );
    BOOST_TEST_REQUIRE(made.status == 0, made.err);

    // Changes to the new CA and back. The controller reads its CA file again. The file is replaced
    // atomically, as by the kubelet.
    for (auto const& folder : {certs, control_plane.folder() / "certs"})
    {
        auto const turn_mark = controller.mark();
        proxy.use_certificate(folder / "server.crt", folder / "server.key");
        BOOST_TEST(eventually([&] { return controller.has_logged("cannot be trusted", turn_mark); }));
        churn();
        std::filesystem::copy_file(folder / "ca.crt", controller.account_folder() / ".ca.crt.new");
        std::filesystem::rename(
            controller.account_folder() / ".ca.crt.new", controller.account_folder() / "ca.crt"
        );
        must_recover();
    }
}

BOOST_AUTO_TEST_CASE(server_name_that_cannot_be_resolved)
{
    // Mounts another file over /etc/hosts for this process only. A user other than root needs a user
    // namespace for this.
    std::vector<std::string> words{"unshare", "--mount"};
    if (geteuid() != 0)
        words.insert(words.end(), {"--user", "--map-root-user"});
    auto trial = words;
    trial.insert(trial.end(), {"mount", "--bind", "/etc/hosts", "/etc/hosts"});
    if (run_command(trial).status != 0)
    {
        BOOST_TEST_MESSAGE("skipped: mounting is not permitted here");
        return;
    }
    begin();
    controller.stop();
    auto const folder = control_plane.folder() / "named";
    std::string const home = "tcr-assistant-system";
    control_plane.run({"service-account", home, "tcr-assistant-controller-manager", folder});
    auto const config = folder / "config";
    std::ofstream(config) << kubeconfig_text(
        "https://kubernetes.default.svc:" + std::to_string(proxy.port()), "ca.crt", "tokenFile: token"
    );
    auto const name_is = [&](std::string const& line) {
        std::ofstream(folder / "hosts") << "127.0.0.1 localhost\n" << line;
    };
    std::string const known = "127.0.0.1 kubernetes.default.svc\n";
    name_is(known);
    std::ofstream(folder / "resolv.conf") << "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n";
    words.insert(
        words.end(),
        {"sh",
         "-ec",
         R"(mount --bind "$1/hosts" /etc/hosts; mount --bind "$1/resolv.conf" /etc/resolv.conf
            exec "$2" controller --kubeconfig "$1/config" --metrics-bind-address=0 \
                --health-probe-bind-address=0 --webhook-bind-address=0)",
         "sh",
         folder,
         program_under_test()}
    );
    child_process program(words, {"POD_NAME=named", "POD_UID=named", "POD_NAMESPACE=" + home});
    auto const logs = [&](std::string const& what)
    {
        return eventually(
            [&] { return contains(program.err(), what) ? verdict(true) : wrong(program.err()); }, seconds(30)
        );
    };
    BOOST_TEST_REQUIRE(logs(" caches are synced "));
    churn();
    must_converge();

    name_is("");
    proxy.break_connections();
    churn_for(seconds(3));
    BOOST_TEST(logs("cannot find the address of"));
    BOOST_TEST(program.is_running());
    name_is(known);
    must_converge();
    program.signal(SIGTERM);
    BOOST_TEST(program.wait(seconds(30)) == 0);
    BOOST_TEST(!contains(program.err(), "Sanitizer"), program.err());
    controller.start(all.flags);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(behind_the_server, pressure)

BOOST_AUTO_TEST_CASE(server_that_loses_its_connection_to_etcd)
{
    begin();
    tcp_proxy etcd(control_plane.etcd_port());
    fault_proxy second(control_plane, control_plane.start_apiserver("b", etcd.port()));
    controller.stop();
    controller.use_server_port(second.port());
    controller.start(all.flags);
    must_converge();
    etcd.freeze();
    churn_for(seconds(2));
    etcd.heal();
    must_converge();
    etcd.cut();
    churn_for(seconds(2));
    etcd.heal();
    must_converge();
    controller.stop();
    controller.use_server_port(proxy.port());
    controller.start(all.flags);
    control_plane.stop_apiserver("b");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(after_all_faults, pressure)

BOOST_AUTO_TEST_CASE(memory_is_what_it_was_before_the_first_case)
{
    begin(all.flags);
    memory_before = all.memory_at_first;
    must_have_memory_back();
}

BOOST_AUTO_TEST_SUITE_END()
