// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tcr::test
{

/// A control group that limits a process like a container does, and measures the resources that the process
/// uses. Supports cgroup v1 and v2.
class cgroup
{
public:
    /// Creates the group. Without `memory_bytes` and `cpus` the group has no limits and only measures. Throws
    /// if cgroups are not writable.
    cgroup(std::string const& name, std::optional<std::uint64_t> memory_bytes, std::optional<double> cpus);
    ~cgroup();
    cgroup(cgroup const&) = delete;
    cgroup& operator=(cgroup const&) = delete;

    /// Moves the calling process into the group. A child process calls this function between fork and exec.
    void enter() const;

    /// The folders of the group, one per hierarchy. A process joins the group by writing its id to the file
    /// `cgroup.procs` in each folder.
    std::vector<std::filesystem::path> folders() const;

    /// Peak memory in bytes, including the page cache; 0 if the kernel does not report the peak.
    std::uint64_t peak_bytes() const;

    /// CPU time that the group has used so far, in seconds.
    double cpu_seconds() const;

    /// Time for which the CPU limit throttled the processes of the group, in seconds.
    double throttled_seconds() const;

    /// Number of processes of the group that the kernel killed because of the memory limit.
    std::uint64_t oom_kills() const;

private:
    bool is_v2_ = false;
    std::filesystem::path memory_;
    std::filesystem::path cpu_;
    std::filesystem::path cpuacct_;
};

}  // namespace tcr::test
