#pragma once

// Decides when a file that another program writes may be read, and reads it.

#include <tcr/util/error.hpp>
#include <tcr/util/file_stamp.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

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

/// Reads a file again after each change, once it has settled.
class settled_file
{
public:
    settled_file(std::filesystem::path file, std::chrono::milliseconds quiet)
        : path_(std::move(file)), settling_(quiet)
    {
    }

    /// Returns the text once a change of the file has settled. An unreadable file is an error at each call,
    /// because it may become readable without a change. \par Errors as `read_small_file`.
    std::optional<result<std::string>> read_if_changed(std::string const& name);

    /// Whether the file was unchanged, at the last call, since its text was returned.
    bool is_current() const { return read_.has_value(); }

    /// When to check the file again if no event reports a change.
    settle_state::clock::time_point next_check() const { return next_check_; }

    std::filesystem::path const& path() const { return path_; }

private:
    std::filesystem::path path_;
    settle_state settling_;
    std::optional<file_stamp> read_;  ///< of the text that was returned
    settle_state::clock::time_point next_check_{};
};

}  // namespace tcr
