#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tcr::test
{

/// A control group that limits a process like a container and measures its resources. Supports cgroup v1 and
/// v2.
class cgroup
{
public:
    /// Without `memory_bytes` and `cpus` it only measures. Throws if cgroups are not writable.
    cgroup(std::string const& name, std::optional<std::uint64_t> memory_bytes, std::optional<double> cpus);
    ~cgroup();
    cgroup(cgroup const&) = delete;
    cgroup& operator=(cgroup const&) = delete;

    /// Moves the calling process into the group; for the child between fork and exec.
    void enter() const;

    /// Its folders, one per hierarchy. A process joins by writing its id to their `cgroup.procs`.
    std::vector<std::filesystem::path> folders() const;

    /// Peak memory in bytes, page cache included; 0 if the kernel does not report it.
    std::uint64_t peak_bytes() const;

    /// CPU time used so far, in seconds.
    double cpu_seconds() const;

    /// Time for which the CPU limit throttled its processes, in seconds.
    double throttled_seconds() const;

    /// Number of its processes that were killed because of the memory limit.
    std::uint64_t oom_kills() const;

private:
    bool is_v2_ = false;
    std::filesystem::path memory_;
    std::filesystem::path cpu_;
    std::filesystem::path cpuacct_;
};

}  // namespace tcr::test
