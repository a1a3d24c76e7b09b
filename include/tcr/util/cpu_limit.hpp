#pragma once

// The CPU limit of this process' control group.

#include <filesystem>
#include <optional>

namespace tcr
{

/// Number of CPUs that the control group of this process may use: 0.1 for Kubernetes' "100m". Nothing if it
/// has no limit or none is found. Supports both versions of cgroups:
/// https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files,
/// https://docs.kernel.org/scheduler/sched-bwc.html. \param membership and \param root differ in tests only.
std::optional<double> cpu_limit(
    std::filesystem::path const& membership = "/proc/self/cgroup",
    std::filesystem::path const& root = "/sys/fs/cgroup"
);

/// Whether the limit restricts a process of a single thread, which uses at most one CPU anyway.
inline bool limits_one_thread(std::optional<double> const& cpus)
{
    return cpus && *cpus < 1;
}

}  // namespace tcr
