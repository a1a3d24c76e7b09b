#pragma once

#include <tcr/util/file_stamp.hpp>

#include <chrono>
#include <optional>

// Decides when a file that another program writes may be read.
namespace tcr
{

/// Decides when a changed file may be read: a file that another program is writing at the moment shows a part
/// of its content, and YAML cut off at the end of a line is YAML. Pure; the caller takes the stamps and the
/// times.
class settle_state
{
public:
    using clock = std::chrono::steady_clock;

    explicit settle_state(std::chrono::milliseconds quiet) : quiet_(quiet) {}

    /// Whether a file with this stamp has been left alone for the quiet time. At the first look its own time
    /// stamp decides, so that a start does not wait for an old file. A file that does not exist is settled. A
    /// file that changes all the time counts as settled once every `most_quiet_times` quiet times: the caller
    /// reads or refuses it then, and logs that. The caller takes the stamp again after reading: where it
    /// differs, what was read does not count.
    bool is_settled(
        file_stamp const& seen, clock::time_point now, std::chrono::system_clock::time_point wall
    );

    /// When to look again at a file that is not settled.
    clock::time_point next_look(clock::time_point now) const { return now + quiet_; }

    static constexpr int most_quiet_times = 15;

private:
    std::chrono::milliseconds quiet_;
    std::optional<file_stamp> last_;
    std::optional<clock::time_point> since_;  ///< none: settled at the first look
    std::optional<clock::time_point> unsettled_since_;
};

}  // namespace tcr
