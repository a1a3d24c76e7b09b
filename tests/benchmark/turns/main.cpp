// SPDX-License-Identifier: Apache-2.0

// Measures how long computations of the controller occupy the event loop: the CPU time of each piece of work
// between two turns, on a store in memory. Uses no cluster and no network.

#include "status_report.hpp"
#include <tcr/controller/plan.hpp>
#include <tcr/controller/references_for_new_account.hpp>
#include <tcr/controller/scope_walk.hpp>
#include <tcr/controller/served_counts.hpp>
#include <tcr/util/cpu_time.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/program_options.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

namespace
{

using namespace tcr;
using namespace tcr::controller;

struct settings
{
    std::size_t namespaces = 10'000;
    std::size_t accounts = 5;
    std::size_t image_pull_secrets = 100;
};

/// Runs pieces of work, and records the longest CPU time and the total CPU time.
class stopwatch
{
public:
    explicit stopwatch(char const* what) : what_(what) {}
    ~stopwatch()
    {
        auto const pieces = static_cast<double>(std::max<std::size_t>(pieces_, 1));
        std::printf(
            "%-52s %10zu %12.3f %12.3f %12.1f\n",
            what_,
            pieces_,
            longest_ / 1e6,
            sum_ / 1e6 / pieces,
            sum_ / 1e6
        );
    }
    stopwatch(stopwatch const&) = delete;
    stopwatch& operator=(stopwatch const&) = delete;

    template <class Work>
    void run(Work&& work)
    {
        auto const begin = thread_cpu_time();
        work();
        auto const took = static_cast<double>((thread_cpu_time() - begin).count());
        longest_ = std::max(longest_, took);
        sum_ += took;
        ++pieces_;
    }

private:
    char const* what_;
    std::size_t pieces_ = 0;
    double longest_ = 0;  ///< ns
    double sum_ = 0;      ///< ns
};

image_pull_secret sample(std::size_t number, std::string password = "password")
{
    image_pull_secret object;
    object.name = "benchmark-" + std::to_string(number);
    object.uid = "uid-" + object.name;
    object.spec.server = "registry-" + std::to_string(number) + ".example.com";
    object.spec.username = "user";
    object.spec.password = std::move(password);
    return object;
}

std::string namespace_name(std::size_t number)
{
    return "namespace-" + std::to_string(number);
}

void fill(settings const& how, catalog& all, runtime::cluster_store& store)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < how.image_pull_secrets; ++i)
    {
        all.put(sample(i));
        names.push_back(secret_name(sample(i).name));
    }
    runtime::reference_list const list(names);
    for (std::size_t i = 0; i < how.namespaces; ++i)
    {
        auto const ns = namespace_name(i);
        store.put_namespace(ns, "team=a\n", false);
        for (std::size_t k = 0; k < how.accounts; ++k)
            store.put_account(ns, k == 0 ? "default" : "account-" + std::to_string(k), 1, list);
        for (auto const& name : names)
        {
            runtime::secret_state state;
            state.fingerprint = all.find_by_secret(name)->secret.fingerprint;
            store.put_secret(ns, name, 1, state);
        }
    }
}

void measure(settings const& how)
{
    catalog all;
    runtime::cluster_store store;
    fill(how, all, store);
    probe_results const nothing;
    served_counts counts(all, store);
    recent_writes const outcomes;
    auto const now = std::chrono::system_clock::now();

    std::printf("%-52s %10s %12s %12s %12s\n", "work", "pieces", "longest ms", "mean ms", "sum ms");
    auto const count_all = [&](stopwatch& watch)
    {
        watch.run([&] { counts.begin_round(); });
        for (bool is_done = false; !is_done;)
            watch.run([&] { is_done = counts.count_some(served_counts::comparisons_per_turn); });
    };
    {
        stopwatch watch("count everything (a new leader)");
        counts.mark_all();
        count_all(watch);
    }
    {
        stopwatch watch("plan of a namespace with nothing to do");
        store.for_each_namespace([&](auto where) { watch.run([&] { plan(all, store, where, nothing); }); });
    }
    std::vector<runtime::namespace_id> visited;
    asio::io_context context(1);
    scope_walk walk(context.get_executor(), store, [&](auto where) { visited.push_back(where); });
    {
        stopwatch watch("edit of one password: visit its namespaces");
        watch.run(
            [&]
            {
                all.put(sample(0, "another"));
                walk.add(all.find(sample(0).name)->scope);
            }
        );
        while (!walk.is_done())
            watch.run([&] { walk.visit_some(scope_walk::comparisons_per_turn); });
    }
    {
        stopwatch watch("edit of one password: plan of a namespace");
        for (auto const where : visited)
            watch.run([&] { plan(all, store, where, nothing); });
    }
    {
        stopwatch watch("edit of one password: count again");
        for (auto const where : visited)
            counts.mark(where);
        count_all(watch);
    }
    {
        stopwatch watch("one status");
        for (auto const& [name, entry] : all)
            watch.run([&] { report_status(entry, counts.of(name), outcomes.of(name), store, {}, now); });
    }
    {
        stopwatch watch("references of a new account (webhook)");
        for (std::size_t i = 0; i < how.namespaces; ++i)
            watch.run([&] { references_for_new_account(all, store, namespace_name(i), "new", {}); });
    }
    std::size_t const crowd = 20'000;
    for (std::size_t i = 0; i < crowd; ++i)
        store.put_account("crowded", "account-" + std::to_string(i), 1, {});
    store.put_namespace("crowded", "", false);
    auto const crowded = *store.find_namespace("crowded");
    {
        stopwatch watch("plan of a namespace with 20,000 accounts, a call");
        for (runtime::cluster_store::account_cursor from = 0;
             from != runtime::cluster_store::end_of_accounts;)
            watch.run([&] { from = plan(all, store, crowded, nothing, from).next; });
    }
    {
        stopwatch watch("count of a namespace with 20,000 accounts");
        counts.mark(crowded);
        count_all(watch);
    }
}

}  // namespace

int main(int argc, char** argv)
try
{
    namespace po = boost::program_options;
    settings how;
    po::options_description options("benchmark-turns: CPU time of pieces of work that hold the event loop");
    options.add_options()("help", "print this")(
        "namespaces", po::value(&how.namespaces)->default_value(how.namespaces), "namespaces"
    )("accounts", po::value(&how.accounts)->default_value(how.accounts), "accounts of each"
    )("image-pull-secrets",
      po::value(&how.image_pull_secrets)->default_value(how.image_pull_secrets),
      "ImagePullSecrets that match everything");
    po::variables_map given;
    po::store(po::parse_command_line(argc, argv, options), given);
    po::notify(given);
    if (given.contains("help"))
    {
        std::ostringstream text;
        text << options;
        std::printf("%s", text.str().c_str());
        return 0;
    }
    measure(how);
    return 0;
}
catch (std::exception const& e)
{
    std::fprintf(stderr, "benchmark-turns: %s\n", e.what());
    return 1;
}
