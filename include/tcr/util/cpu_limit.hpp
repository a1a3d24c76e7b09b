#pragma once

#include <filesystem>
#include <optional>

namespace tcr
{

/// The CPUs that this process's own control group may use, 0.1 for Kubernetes' "100m"; nothing where it has
/// no limit or none can be found. Both versions of cgroups:
/// https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files,
/// https://docs.kernel.org/scheduler/sched-bwc.html. \param membership and \param root are elsewhere in
/// tests.
std::optional<double> cpu_limit(
    std::filesystem::path const& membership = "/proc/self/cgroup",
    std::filesystem::path const& root = "/sys/fs/cgroup"
);

/// Whether such a limit is one for a process of a single thread, which uses no more than one CPU anyway.
inline bool limits_one_thread(std::optional<double> const& cpus)
{
    return cpus && *cpus < 1;
}

}  // namespace tcr
