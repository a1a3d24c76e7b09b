#pragma once

// CPU time, memory and file descriptors of this process, as metrics.

#include <tcr/metrics/exposition.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace tcr::metrics
{

/// The content of a /proc/PID/stat, in clock ticks (proc(5)).
struct process_times
{
    std::uint64_t cpu_ticks = 0;    ///< user and system time (utime + stime)
    std::uint64_t start_ticks = 0;  ///< from the machine's boot to the process' start
};

/// The content of a /proc/PID/statm, in pages (proc(5)).
struct process_memory
{
    std::uint64_t virtual_pages = 0;
    std::uint64_t resident_pages = 0;
};

/// Parses a /proc/PID/stat; nothing if it is malformed.
std::optional<process_times> parse_stat(std::string_view text);

/// Parses a /proc/PID/statm; nothing if it is malformed.
std::optional<process_memory> parse_statm(std::string_view text);

/// The soft limit of open files in a /proc/PID/limits; the largest number for "unlimited", nothing if it is
/// missing.
std::optional<std::uint64_t> parse_open_files_limit(std::string_view text);

/// When the machine booted, in seconds of Unix time: the line "btime" of /proc/stat; nothing if it is
/// missing.
std::optional<std::uint64_t> parse_boot_time(std::string_view text);

/// This process' own numbers, by the names and types of the Prometheus client libraries:
/// process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes, process_open_fds,
/// process_max_fds, process_start_time_seconds.
/// Source: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics.
class process_metrics
{
public:
    /// Reads the start time, which does not change. `proc` is where the proc file system is mounted.
    explicit process_metrics(std::filesystem::path const& proc = "/proc");

    /// Adds the current numbers and omits those that cannot be read.
    void add_to(exposition& page) const;

private:
    std::filesystem::path self_;
    std::optional<double> start_time_;  ///< seconds of Unix time
};

}  // namespace tcr::metrics
