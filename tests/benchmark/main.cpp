// What the controller costs: makes its own load on a sandbox, replays the same writes raw, runs the controller in
// a cgroup, and prints figures. scripts/benchmark starts the sandbox and calls this.

#include "cgroup.hpp"
#include "cluster_load.hpp"
#include "controller_process.hpp"

#include <boost/program_options.hpp>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace
{

namespace po = boost::program_options;
using namespace tcr::benchmark;
using steady_clock = std::chrono::steady_clock;

struct settings
{
    std::string kubeconfig;
    controller_process::place controller;
    std::size_t namespaces = 1000;
    std::size_t accounts = 5;
    std::size_t raw_connections = 32;
    std::string prefix = "bench-";
    double cpus = 0;
    double memory_mib = 0;
    bool skip_raw = false;
};

double since(steady_clock::time_point begun)
{
    return std::chrono::duration<double>(steady_clock::now() - begun).count();
}

double mib(std::uint64_t bytes)
{
    return static_cast<double>(bytes) / 1024 / 1024;
}

void require_converged(cluster_load& cluster, settings const& s, std::string const& cr)
{
    auto const there = cluster.count(s.prefix, cr);
    if (there.secrets != s.namespaces || there.references != s.namespaces * s.accounts)
        throw std::runtime_error(
            "not converged: " + std::to_string(there.secrets) + " secrets, " +
            std::to_string(there.references) + " references"
        );
}

void print_calls(std::string const& log_file)
{
    std::ifstream in(log_file);
    std::string line;
    while (std::getline(in, line))
        if (auto at = line.find("API calls "); at != std::string::npos)
            std::cout << "  " << line.substr(at) << "\n";
}

settings parse(int argc, char** argv)
{
    settings s;
    po::options_description options("benchmark");
    auto add = options.add_options();
    add("kubeconfig", po::value(&s.kubeconfig)->required(), "administrator of the sandbox");
    add("controller", po::value(&s.controller.program)->required(), "program");
    add("api-port", po::value(&s.controller.api_port)->required(), "of the apiserver on 127.0.0.1");
    add("account-folder", po::value(&s.controller.account_folder)->required(), "the controller's token and CA"
    );
    add("log", po::value(&s.controller.log_file)->required(), "the controller's log");
    add("namespaces", po::value(&s.namespaces)->default_value(s.namespaces), "how many");
    add("accounts", po::value(&s.accounts)->default_value(s.accounts), "a namespace, \"default\" included");
    add("raw-connections",
        po::value(&s.raw_connections)->default_value(s.raw_connections),
        "of the raw replay");
    add("cpus", po::value(&s.cpus)->default_value(0), "CPU limit of the controller; 0: none");
    add("memory-mib", po::value(&s.memory_mib)->default_value(0), "memory limit; 0: none");
    add("skip-raw", po::bool_switch(&s.skip_raw), "no raw replay");
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, options), values);
    po::notify(values);
    // Without webhooks, as in the runs before there were any: figures stay comparable.
    s.controller.flags = {"--webhook-bind-address=0"};
    return s;
}

void run(settings const& s)
{
    cluster_load cluster(s.kubeconfig);
    auto const writes = s.namespaces * (s.accounts + 1);
    std::printf("%zu namespaces x %zu accounts: %zu writes\n", s.namespaces, s.accounts, writes);
    cluster.make_namespaces(s.prefix, s.namespaces, s.accounts);

    double raw = 0;
    if (!s.skip_raw)
    {
        raw = cluster.replay_raw(s.prefix, s.namespaces, s.accounts, s.raw_connections);
        std::printf("the same writes replayed raw, %zu connections: %.2f s\n", s.raw_connections, raw);
    }

    std::optional<std::uint64_t> memory;
    if (s.memory_mib > 0)
        memory = static_cast<std::uint64_t>(s.memory_mib * 1024 * 1024);
    std::optional<double> cpus;
    if (s.cpus > 0)
        cpus = s.cpus;
    cgroup const group("tcr-benchmark-" + std::to_string(::getpid()), memory, cpus);
    {
        controller_process controller(s.controller, group);
        auto const started = steady_clock::now();
        controller.wait_for_line(" synced ", std::chrono::seconds(120));
        std::printf(
            "start to synced: %.2f s, %.3f CPU s, %.1f MiB peak\n",
            since(started),
            group.cpu_seconds(),
            mib(group.peak_bytes())
        );
        controller.wait_for_line(" worked off ", std::chrono::seconds(120));

        auto const cpu_before = group.cpu_seconds();
        auto const wakeups_before = controller.wakeups();
        auto const begun = steady_clock::now();
        cluster.create_cr("benchmark", "first-password");
        controller.wait_for_line(" worked off ", std::chrono::seconds(600));
        auto const took = since(begun);
        auto const wakeups = controller.wakeups() - wakeups_before;
        auto const cpu = group.cpu_seconds() - cpu_before;
        require_converged(cluster, s, "benchmark");
        std::printf("converged: %.2f s", took);
        if (raw > 0)
            std::printf(", %.2f x raw", took / raw);
        std::printf(
            ", %.2f CPU s (%.0f us and %.2f wake-ups a write), throttled %.1f s\n",
            cpu,
            cpu * 1e6 / static_cast<double>(writes),
            static_cast<double>(wakeups) / static_cast<double>(writes),
            group.throttled_seconds()
        );
        std::printf(
            "memory: %.1f MiB cgroup peak, %.1f MiB resident\n",
            mib(group.peak_bytes()),
            mib(controller.resident_bytes())
        );

        auto const edit_begun = steady_clock::now();
        cluster.patch_password("benchmark", "second-password");
        controller.wait_for_line(" worked off ", std::chrono::seconds(600));
        std::printf("credential edit over all namespaces: %.2f s\n", since(edit_begun));

        std::this_thread::sleep_for(std::chrono::seconds(5));
        auto const idle_before = group.cpu_seconds();
        std::this_thread::sleep_for(std::chrono::seconds(20));
        std::printf("idle: %.2f ms CPU a second\n", (group.cpu_seconds() - idle_before) / 20 * 1000);

        auto const status = controller.stop();
        if (status != 0)
            throw std::runtime_error("the controller ended with " + std::to_string(status));
        print_calls(s.controller.log_file);
    }
    {
        auto const cpu_before = group.cpu_seconds();
        controller_process controller(s.controller, group);
        auto const started = steady_clock::now();
        controller.wait_for_line(" worked off ", std::chrono::seconds(120));
        std::printf(
            "restart on the converged cluster: %.2f s, %.2f CPU s\n",
            since(started),
            group.cpu_seconds() - cpu_before
        );
        controller.stop();
        print_calls(s.controller.log_file);
    }
    cluster.delete_cr("benchmark");
}

}  // namespace

int main(int argc, char** argv)
{
    try
    {
        std::setvbuf(stdout, nullptr, _IOLBF, 0);
        run(parse(argc, argv));
        return 0;
    }
    catch (std::exception const& e)
    {
        std::cerr << "benchmark: " << e.what() << "\n";
        return 1;
    }
}
