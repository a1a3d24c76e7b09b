// SPDX-License-Identifier: Apache-2.0
#include "tables.hpp"

#include <boost/json.hpp>

#include <cstdio>
#include <utility>

namespace tcr::benchmark
{

void begin_loads(report& into, std::string const& key, std::string const& title)
{
    into.begin(key, title);
    std::printf(
        "%-36s %6s %6s %6s %7s %7s %7s %7s %7s %6s %6s %9s\n",
        "",
        "calls",
        "good",
        "/s",
        "p50 ms",
        "p90 ms",
        "p99 ms",
        "max ms",
        "late ms",
        "CPU ms",
        "us CPU",
        "throttled"
    );
}

void add_load(
    report& into, std::string const& key, std::string const& what, load_figures const& load, meter const& used
)
{
    auto const seconds = used.seconds();
    auto const cpu = used.cpu_seconds();
    auto const throttled = used.throttled_seconds();
    auto const calls = static_cast<double>(load.count());
    auto const at = [&](double share) { return load.latency.percentile_ms(share); };
    std::printf(
        "%-36s %6zu %6zu %6.0f %7.1f %7.1f %7.1f %7.1f %7.1f %6.0f %6.0f %7.1f %%\n",
        what.c_str(),
        load.count(),
        load.good,
        calls / load.seconds,
        at(0.5),
        at(0.9),
        at(0.99),
        load.latency.longest_ms(),
        load.lateness.percentile_ms(0.99),
        cpu / seconds * 1e3,
        cpu / calls * 1e6,
        throttled / seconds * 100
    );
    boost::json::object row;
    row["calls"] = load.count();
    row["good"] = load.good;
    row["seconds"] = rounded(load.seconds);
    row["calls_a_second"] = rounded(calls / load.seconds);
    row["p50_ms"] = rounded(at(0.5));
    row["p90_ms"] = rounded(at(0.9));
    row["p99_ms"] = rounded(at(0.99));
    row["max_ms"] = rounded(load.latency.longest_ms());
    row["generator_late_p99_ms"] = rounded(load.lateness.percentile_ms(0.99));
    row["cpu_seconds"] = rounded(cpu);
    row["throttled_seconds"] = rounded(throttled);
    into.put(key, std::move(row));
}

void begin_memory(report& into, std::string const& key, std::string const& title)
{
    into.begin(key, title);
    std::printf("%-48s %14s %14s\n", "", "resident MiB", "peak MiB");
}

void add_memory(
    report& into, std::string const& key, std::string const& what, confined_controller const& controller
)
{
    auto const resident = mib(controller.process.resident_bytes());
    auto const peak = mib(controller.group.peak_bytes());
    std::printf("%-48s %14.2f %14.2f\n", what.c_str(), resident, peak);
    boost::json::object row;
    row["resident_mib"] = rounded(resident);
    row["peak_mib"] = rounded(peak);
    into.put(key, std::move(row));
}

}  // namespace tcr::benchmark
