// SPDX-License-Identifier: Apache-2.0
#include "measurements.hpp"

#include "fairness.hpp"
#include "lease_watch.hpp"
#include "measured_interval.hpp"
#include "meter.hpp"
#include "new_namespaces.hpp"
#include <tcr/util/cpu_time.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

namespace tcr::benchmark
{
namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;
using steady_clock = std::chrono::steady_clock;

constexpr double creations_a_second = 10;

/// Time limit for a start. Under a low CPU limit, reading ten thousand namespaces takes minutes.
constexpr seconds longest_start{600};

}  // namespace

convergence_measurements::convergence_measurements(convergence_settings const& settings, report& into)
    : settings_(settings), report_(into), fixture_(settings)
{
}

void convergence_measurements::run()
{
    try
    {
        measure_all();
    }
    catch (std::exception const& e)
    {
        if (!fixture_.controller || fixture_.controller->group.oom_kills() == 0)
            throw;
        throw std::runtime_error(
            "the controller was killed because of its memory limit; " + std::string(e.what())
        );
    }
}

void convergence_measurements::measure_all()
{
    make_load();
    if (!settings_.skip_raw)
        measure_raw();
    measure_start();
    measure_convergence();
    if (settings_.new_namespaces > 0)
        measure_new_objects();
    measure_edit();
    if (!settings_.skip_fairness)
        measure_fairness(fixture_, report_);
    measure_idleness();
    measure_restart();
    report_totals();
}

void convergence_measurements::make_load()
{
    report_.begin("load", "Load: namespaces and their accounts");
    auto const started = steady_clock::now();
    fixture_.cluster.make_namespaces(settings_.prefix, settings_.namespaces, settings_.accounts);
    report_.figure("seconds", "to create them", since(started), 1, "s");
}

void convergence_measurements::measure_raw()
{
    auto const writes = settings_.namespaces * (settings_.image_pull_secrets + settings_.accounts);
    report_.begin("raw", "Raw: the controller's writes replayed by a plain client");
    auto const cpu_before = process_cpu_time();
    raw_seconds_ = fixture_.cluster.replay_raw(
        settings_.prefix,
        settings_.namespaces,
        settings_.accounts,
        settings_.image_pull_secrets,
        settings_.raw_connections
    );
    report_.count("connections", "connections", settings_.raw_connections);
    report_.count("writes", "writes", writes);
    report_.figure("seconds", "time", raw_seconds_, 2, "s");
    report_.figure("writes_a_second", "writes a second", static_cast<double>(writes) / raw_seconds_, 0);
    std::chrono::duration<double> const cpu = process_cpu_time() - cpu_before;
    report_.figure("cpu_seconds", "CPU time of the client", cpu.count(), 3, "s");
}

void convergence_measurements::measure_start()
{
    report_.begin("start", "Start: no ImagePullSecret yet");
    auto const started = steady_clock::now();
    fixture_.start_controller();
    fixture_.controller->process.wait_for_line(" synced ", longest_start);
    report_.figure("synced_seconds", "until all is listed", since(started), 2, "s");
    report_.figure("cpu_seconds", "CPU time", fixture_.controller->group.cpu_seconds(), 3, "s");
    report_memory(report_, *fixture_.controller);
    fixture_.wait_until_ready_and_idle();
}

void convergence_measurements::measure_convergence()
{
    report_.begin("converged", "Convergence: ImagePullSecrets created, until all is written");
    measured_interval work(*fixture_.controller);
    fixture_.create_image_pull_secrets();
    fixture_.wait_until_served(work);
    work.write_to(report_, fixture_.namespaces() * settings_.image_pull_secrets + fixture_.accounts());
    if (raw_seconds_ > 0)
        report_.figure("ratio_to_raw", "time, as a multiple of raw", work.seconds() / raw_seconds_, 2);
    report_memory(report_, *fixture_.controller);
    report_.count("oom_kills", "killed because of the memory limit", fixture_.controller->group.oom_kills());
}

void convergence_measurements::measure_new_objects()
{
    report_.begin("new_objects", "New objects while idle: time from the answer to the create request");
    fixture_.controller->wait_until_idle();
    new_namespaces created(
        fixture_.loop, *fixture_.client, fixture_.server, settings_.prefix + "new-", fixture_.first_secret()
    );
    auto const offer_some = [&](std::size_t count, call const& make)
    {
        auto const should_continue = [count](std::size_t made) { return made < count; };
        auto const figures = offer(fixture_.loop, {{creations_a_second, should_continue, make}}).front();
        created.wait_until_served();
        return figures;
    };
    call const create_namespace = [&](std::size_t index) { return created.create_namespace(index); };
    call const create_account = [&](std::size_t index) { return created.create_account(index); };

    auto const namespaces = offer_some(settings_.new_namespaces, create_namespace);
    report_.spread("secret", "a new namespace has its Secret", created.until_secret());
    report_.spread(
        "reference", "and its account \"default\" the reference", created.until_default_reference()
    );
    auto const accounts = offer_some(settings_.new_namespaces / 2, create_account);
    report_.spread("account", "a new account has its reference", created.until_reference());
    report_.count("accounts_lacking", "accounts created without it", accounts.count() - accounts.good);
    report_.spread("account_created", "an account is created: the API server", accounts.latency);
    auto const late =
        std::max(namespaces.lateness.percentile_ms(0.99), accounts.lateness.percentile_ms(0.99));
    report_.figure("generator_late_p99_ms", "this program was late, p99", late, 1, "ms");
    fixture_.expect_more(created.namespaces(), created.accounts());
}

void convergence_measurements::measure_edit()
{
    report_.begin("edit", "Credential edit: from a new password until all Secrets are written again");
    fixture_.controller->wait_until_idle();
    measured_interval work(*fixture_.controller);
    fixture_.edit_password("password-1");
    fixture_.wait_until_served(work);
    work.write_to(report_, fixture_.namespaces());
    report_memory(report_, *fixture_.controller);
}

void convergence_measurements::measure_idleness()
{
    report_.begin("idle", "Idle");
    fixture_.controller->wait_until_idle();
    std::this_thread::sleep_for(seconds(5));
    measured_interval rest(*fixture_.controller);
    std::this_thread::sleep_for(std::chrono::duration<double>(settings_.idle_seconds));
    rest.end();
    auto const minutes = rest.seconds() / 60;
    report_.figure("seconds", "time", rest.seconds(), 1, "s");
    report_.figure(
        "cpu_ms_a_second", "CPU time a second", rest.cpu_seconds() / rest.seconds() * 1e3, 3, "ms"
    );
    auto const wakeups = static_cast<double>(rest.wakeups());
    report_.figure("wakeups_a_second", "wake-ups a second", wakeups / rest.seconds(), 2);
    for (auto const& [verb, count] : rest.calls().by_verb())
        report_.figure(verb + "_a_minute", verb + " calls a minute", static_cast<double>(count) / minutes, 1);
}

void convergence_measurements::measure_restart()
{
    report_.begin("restart", "Restart on the converged cluster");
    fixture_.controller->process.stop();
    // The old process has ended: each further change of the Lease comes from the new process.
    lease_watch lease(fixture_.loop, *fixture_.client);
    auto const started = steady_clock::now();
    first_controller_ = fixture_.start_controller();
    auto& process = fixture_.controller->process;
    process.wait_for_line(" synced ", longest_start);
    report_.figure("synced_seconds", "until all is listed", since(started), 2, "s");
    while (!process.is_ready())
        std::this_thread::sleep_for(milliseconds(5));
    report_.figure("ready_seconds", "until it is ready", since(started), 2, "s");
    report_.figure("ready_cpu_seconds", "CPU time", fixture_.controller->group.cpu_seconds(), 3, "s");
    process.wait_for_line(" acquired the lease ", longest_start);
    report_.figure("elected_seconds", "until it leads", since(started), 2, "s");
    fixture_.controller->wait_until_idle();
    report_.figure(
        "cpu_seconds",
        "CPU time until everything was checked",
        fixture_.controller->group.cpu_seconds(),
        3,
        "s"
    );
    report_memory(report_, *fixture_.controller);
    lease.await_change();
    api_calls const calls(process.metrics());
    report_.row("api_calls", "API calls", calls.text(), calls.json());
    report_.count("lease_writes", "writes of the lease", lease.changes());
    report_.count("other_writes", "other writes", calls.writes() - lease.changes());
    process.stop();
}

void convergence_measurements::report_totals()
{
    auto const& one = first_controller_->group;
    auto const& other = fixture_.controller->group;
    report_.begin("life", "Both processes, from start to end");
    report_.figure(
        "peak_mib",
        "memory, peak of the control group",
        mib(std::max(one.peak_bytes(), other.peak_bytes())),
        2,
        "MiB"
    );
    report_.count("oom_kills", "killed because of the memory limit", one.oom_kills() + other.oom_kills());
}

}  // namespace tcr::benchmark
