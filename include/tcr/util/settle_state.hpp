#pragma once

// Decides when a file that another program writes may be read.

#include <tcr/util/file_stamp.hpp>

#include <chrono>
#include <optional>

namespace tcr
{

/// Decides when a changed file may be read. A file that another program is still writing holds only part of
/// its content, and YAML cut off at the end of a line is still valid YAML. Pure: the caller passes stamps and
/// times.
class settle_state
{
public:
    using clock = std::chrono::steady_clock;

    explicit settle_state(std::chrono::milliseconds quiet) : quiet_(quiet) {}

    /// Whether the file with this stamp is unchanged for the quiet time. At the first look the file's own
    /// modification time decides, so that a start does not wait for an old file. A missing file is settled. A
    /// file that keeps changing counts as settled once every `max_quiet_times` quiet times: the caller then
    /// reads or refuses it, and logs that. The caller takes the stamp again after reading: if it differs,
    /// what was read does not count.
    bool is_settled(
        file_stamp const& seen, clock::time_point now, std::chrono::system_clock::time_point wall
    );

    /// When to look again at a file that is not settled.
    clock::time_point next_look(clock::time_point now) const { return now + quiet_; }

    static constexpr int max_quiet_times = 15;

private:
    std::chrono::milliseconds quiet_;
    std::optional<file_stamp> last_;
    std::optional<clock::time_point> since_;  ///< none: settled at the first look
    std::optional<clock::time_point> unsettled_since_;
};

}  // namespace tcr
