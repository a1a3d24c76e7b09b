// SPDX-License-Identifier: Apache-2.0
#pragma once

// The CPU limit of this process' control group.

#include <filesystem>
#include <optional>

namespace tcr
{

/// Returns the number of CPUs that the control group of this process may use, for example 0.1 for "100m" in
/// Kubernetes. Returns nullopt if the group has no limit or the limit cannot be read. Supports both versions
/// of cgroups: https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files,
/// https://docs.kernel.org/scheduler/sched-bwc.html. Only tests pass other paths.
std::optional<double> cpu_limit(
    std::filesystem::path const& membership = "/proc/self/cgroup",
    std::filesystem::path const& root = "/sys/fs/cgroup"
);

/// Whether the limit restricts a process with one thread, which can use at most one CPU.
inline bool limits_one_thread(std::optional<double> const& cpus)
{
    return cpus && *cpus < 1;
}

}  // namespace tcr
