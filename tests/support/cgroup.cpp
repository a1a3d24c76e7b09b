// SPDX-License-Identifier: Apache-2.0
#include "cgroup.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace tcr::test
{
namespace
{

namespace fs = std::filesystem;

constexpr std::uint64_t period_us = 100'000;

void write(fs::path const& file, std::string const& text)
{
    std::ofstream out(file);
    out << text << std::flush;
    if (!out)
        throw std::runtime_error("cannot write " + text + " to " + file.string());
}

std::string read(fs::path const& file)
{
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::uint64_t number(fs::path const& file)
{
    auto const text = read(file);
    return text.empty() ? 0 : std::stoull(text);
}

/// Finds a key in a file of "key value" lines. \return its value
std::uint64_t value_of(fs::path const& file, std::string const& key)
{
    std::istringstream lines(read(file));
    std::string word;
    std::uint64_t value = 0;
    while (lines >> word >> value)
        if (word == key)
            return value;
    return 0;
}

}  // namespace

cgroup::cgroup(std::string const& name, std::optional<std::uint64_t> memory_bytes, std::optional<double> cpus)
{
    fs::path const root = "/sys/fs/cgroup";
    is_v2_ = fs::exists(root / "cgroup.controllers");
    memory_ = is_v2_ ? root / name : root / "memory" / name;
    cpu_ = is_v2_ ? root / name : root / "cpu" / name;
    cpuacct_ = is_v2_ ? root / name : root / "cpuacct" / name;
    if (is_v2_)
        write(root / "cgroup.subtree_control", "+memory +cpu");
    for (auto const& folder : {memory_, cpu_, cpuacct_})
        fs::create_directories(folder);
    if (memory_bytes)
        write(memory_ / (is_v2_ ? "memory.max" : "memory.limit_in_bytes"), std::to_string(*memory_bytes));
    if (!cpus)
        return;
    auto const quota = std::to_string(static_cast<std::uint64_t>(*cpus * static_cast<double>(period_us)));
    if (is_v2_)
        write(cpu_ / "cpu.max", quota + " " + std::to_string(period_us));
    else
    {
        write(cpu_ / "cpu.cfs_period_us", std::to_string(period_us));
        write(cpu_ / "cpu.cfs_quota_us", quota);
    }
}

cgroup::~cgroup()
{
    for (auto const& folder : {memory_, cpu_, cpuacct_})
        ::rmdir(folder.c_str());
}

void cgroup::enter() const
{
    for (auto const& folder : folders())
        write(folder / "cgroup.procs", std::to_string(::getpid()));
}

std::vector<fs::path> cgroup::folders() const
{
    if (is_v2_)
        return {memory_};
    return {memory_, cpu_, cpuacct_};
}

std::uint64_t cgroup::peak_bytes() const
{
    return number(memory_ / (is_v2_ ? "memory.peak" : "memory.max_usage_in_bytes"));
}

double cgroup::cpu_seconds() const
{
    if (is_v2_)
        return static_cast<double>(value_of(cpu_ / "cpu.stat", "usage_usec")) / 1e6;
    return static_cast<double>(number(cpuacct_ / "cpuacct.usage")) / 1e9;
}

double cgroup::throttled_seconds() const
{
    if (is_v2_)
        return static_cast<double>(value_of(cpu_ / "cpu.stat", "throttled_usec")) / 1e6;
    return static_cast<double>(value_of(cpu_ / "cpu.stat", "throttled_time")) / 1e9;
}

std::uint64_t cgroup::oom_kills() const
{
    return value_of(memory_ / (is_v2_ ? "memory.events" : "memory.oom_control"), "oom_kill");
}

}  // namespace tcr::test
