// SPDX-License-Identifier: Apache-2.0
#include <tcr/metrics/process_metrics.hpp>
#include <tcr/util/strings.hpp>

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <system_error>

namespace tcr::metrics
{
namespace
{

namespace fs = std::filesystem;

/// Reads a file of /proc to its end, because its size is not known in advance. Returns an empty text if the
/// file cannot be opened.
std::string read(fs::path const& file)
{
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Returns the rest of the first line that begins with `start`; nullopt if there is no such line.
std::optional<std::string_view> line_after(std::string_view start, std::string_view text)
{
    for (auto line : split_names(text, '\n'))
        if (line.starts_with(start))
            return trim(line.substr(start.size()));
    return std::nullopt;
}

/// Returns the number of open descriptors, without the descriptor that reads `folder` itself; nullopt on
/// failure.
std::optional<std::size_t> count_descriptors(fs::path const& folder)
{
    std::error_code ec;
    std::size_t count = 0;
    fs::directory_iterator entry(folder, ec);
    for (; !ec && entry != fs::directory_iterator(); entry.increment(ec))
        ++count;
    if (ec || count == 0)
        return std::nullopt;
    return count - 1;
}

double ticks_per_second()
{
    return static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

std::optional<process_times> parse_stat(std::string_view text)
{
    // The second field is the program's name in parentheses. The name may itself contain blanks and
    // parentheses.
    auto const name_end = text.rfind(')');
    if (name_end == std::string_view::npos)
        return std::nullopt;
    auto const fields = split_names(text.substr(name_end + 1), ' ');
    auto const number = [&fields](std::size_t field)
    {
        auto const index = field - 3;  // proc(5) counts fields from 1; `fields` begins with field 3
        return index < fields.size() ? parse_u64(fields[index]) : std::nullopt;
    };
    auto const user = number(14);
    auto const system = number(15);
    auto const start = number(22);
    if (!user || !system || !start)
        return std::nullopt;
    return process_times{.cpu_ticks = *user + *system, .start_ticks = *start};
}

std::optional<process_memory> parse_statm(std::string_view text)
{
    auto const fields = split_names(text, ' ');
    if (fields.size() < 2)
        return std::nullopt;
    auto const size = parse_u64(fields[0]);
    auto const resident = parse_u64(fields[1]);
    if (!size || !resident)
        return std::nullopt;
    return process_memory{.virtual_pages = *size, .resident_pages = *resident};
}

std::optional<std::uint64_t> parse_open_files_limit(std::string_view text)
{
    auto const line = line_after("Max open files", text);
    if (!line)
        return std::nullopt;
    auto const soft = line->substr(0, line->find(' '));
    if (soft == "unlimited")
        return std::numeric_limits<std::uint64_t>::max();
    return parse_u64(soft);
}

std::optional<std::uint64_t> parse_boot_time(std::string_view text)
{
    auto const line = line_after("btime ", text);
    return line ? parse_u64(*line) : std::nullopt;
}

process_metrics::process_metrics(fs::path const& proc) : self_(proc / "self")
{
    auto const times = parse_stat(read(self_ / "stat"));
    auto const boot = parse_boot_time(read(proc / "stat"));
    if (times && boot)
        start_time_ =
            static_cast<double>(*boot) + static_cast<double>(times->start_ticks) / ticks_per_second();
}

void process_metrics::add_to(exposition& page) const
{
    auto const add = [&page](std::string_view name, std::string_view help, auto value)
    { page.gauge(name, help, static_cast<double>(value)); };
    if (auto const times = parse_stat(read(self_ / "stat")))
        page.counter(
            "process_cpu_seconds_total",
            "Total user and system CPU time spent in seconds.",
            static_cast<double>(times->cpu_ticks) / ticks_per_second()
        );
    if (auto const memory = parse_statm(read(self_ / "statm")))
    {
        auto const page_size = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
        add("process_resident_memory_bytes",
            "Resident memory size in bytes.",
            memory->resident_pages * page_size);
        add("process_virtual_memory_bytes", "Virtual memory size in bytes.", memory->virtual_pages * page_size
        );
    }
    if (auto const count = count_descriptors(self_ / "fd"))
        add("process_open_fds", "Number of open file descriptors.", *count);
    if (auto const limit = parse_open_files_limit(read(self_ / "limits")))
        add("process_max_fds", "Maximum number of open file descriptors.", *limit);
    if (start_time_)
        add("process_start_time_seconds",
            "Start time of the process since unix epoch in seconds.",
            *start_time_);
}

}  // namespace tcr::metrics
