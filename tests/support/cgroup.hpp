#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tcr::test
{

/// A control group of our own, for the limits a container would have and for what it used. v1 and v2.
class cgroup
{
public:
    /// `memory_bytes` and `cpus` limit it; without them it only measures. Throws where cgroups cannot be written.
    cgroup(std::string const& name, std::optional<std::uint64_t> memory_bytes, std::optional<double> cpus);
    ~cgroup();
    cgroup(cgroup const&) = delete;
    cgroup& operator=(cgroup const&) = delete;

    /// Moves the calling process in; for the child between fork and exec.
    void enter() const;

    /// Its folders, one for each hierarchy: a process that writes its id to their `cgroup.procs` moves in.
    std::vector<std::filesystem::path> folders() const;

    /// The most memory it ever held, in bytes, page cache included; 0 where the kernel does not tell.
    std::uint64_t peak_bytes() const;

    /// CPU time used so far, in seconds.
    double cpu_seconds() const;

    /// Time its processes stood still because of the CPU limit, in seconds.
    double throttled_seconds() const;

    /// How many of its processes were killed for want of memory.
    std::uint64_t oom_kills() const;

private:
    bool is_v2_ = false;
    std::filesystem::path memory_;
    std::filesystem::path cpu_;
    std::filesystem::path cpuacct_;
};

}  // namespace tcr::test
