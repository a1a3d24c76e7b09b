// SPDX-License-Identifier: Apache-2.0
#pragma once

// CPU time, memory and file descriptors of this process, as metrics.

#include <tcr/metrics/exposition.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace tcr::metrics
{

/// CPU time and start time of a process from /proc/PID/stat, in clock ticks (proc(5)).
struct process_times
{
    std::uint64_t cpu_ticks = 0;    ///< user and system time (utime + stime)
    std::uint64_t start_ticks = 0;  ///< time from the machine's boot to the start of the process
};

/// Memory sizes of a process from /proc/PID/statm, in pages (proc(5)).
struct process_memory
{
    std::uint64_t virtual_pages = 0;
    std::uint64_t resident_pages = 0;
};

/// Parses the content of /proc/PID/stat. \return nullopt if it is malformed.
std::optional<process_times> parse_stat(std::string_view text);

/// Parses the content of /proc/PID/statm. \return nullopt if it is malformed.
std::optional<process_memory> parse_statm(std::string_view text);

/// Parses the soft limit of open files in the content of /proc/PID/limits. \return the largest 64-bit number
/// for "unlimited"; nullopt if the limit is missing or malformed.
std::optional<std::uint64_t> parse_open_files_limit(std::string_view text);

/// Parses the boot time of the machine, in seconds of Unix time, in the line "btime" of /proc/stat.
/// \return nullopt if the line is missing or malformed.
std::optional<std::uint64_t> parse_boot_time(std::string_view text);

/// Metrics of this process, with the same names and types as in the Prometheus client libraries:
/// process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes, process_open_fds,
/// process_max_fds, process_start_time_seconds. Source:
/// https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics.
class process_metrics
{
public:
    /// Reads the start time, which does not change. `proc` is the mount point of the proc file system.
    explicit process_metrics(std::filesystem::path const& proc = "/proc");

    /// Adds the current values. Omits values that cannot be read.
    void add_to(exposition& page) const;

private:
    std::filesystem::path self_;
    std::optional<double> start_time_;  ///< seconds of Unix time
};

}  // namespace tcr::metrics
