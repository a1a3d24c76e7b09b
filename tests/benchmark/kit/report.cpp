#include "report.hpp"

#include <boost/json.hpp>

#include <cmath>
#include <cstdio>
#include <utility>

namespace tcr::benchmark
{
namespace
{

double rounded(double value)
{
    return std::round(value * 1000) / 1000;
}

double mib(std::uint64_t bytes)
{
    return static_cast<double>(bytes) / 1024 / 1024;
}

}  // namespace

meter::meter(cgroup const& group)
    : group_(group),
      begun_(std::chrono::steady_clock::now()),
      cpu_before_(group.cpu_seconds()),
      throttled_before_(group.throttled_seconds())
{
}

double meter::seconds() const
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
}

double meter::cpu_seconds() const
{
    return group_.cpu_seconds() - cpu_before_;
}

double meter::throttled_seconds() const
{
    return group_.throttled_seconds() - throttled_before_;
}

void report::say(std::string const& text) const
{
    std::printf("%s\n", text.c_str());
}

void report::begin_loads(std::string const& key, std::string const& title)
{
    part_ = key;
    figures_[key] = boost::json::object();
    std::printf(
        "\n%s\n%-36s %6s %6s %6s %7s %7s %7s %7s %7s %6s %6s %9s\n",
        title.c_str(),
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

void report::add_load(
    std::string const& key, std::string const& what, load_figures const& load, meter const& used
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
    part()[key] = std::move(row);
}

void report::begin_memory(std::string const& key, std::string const& title)
{
    part_ = key;
    figures_[key] = boost::json::object();
    std::printf("\n%s\n%-48s %14s %14s\n", title.c_str(), "", "resident MiB", "peak MiB");
}

void report::add_memory(
    std::string const& key, std::string const& what, controller_process const& controller, cgroup const& group
)
{
    auto const resident = mib(controller.resident_bytes());
    auto const peak = mib(group.peak_bytes());
    std::printf("%-48s %14.2f %14.2f\n", what.c_str(), resident, peak);
    boost::json::object row;
    row["resident_mib"] = rounded(resident);
    row["peak_mib"] = rounded(peak);
    part()[key] = std::move(row);
}

void report::add(std::string const& key, boost::json::value value)
{
    figures_[key] = std::move(value);
}

}  // namespace tcr::benchmark
