// SPDX-License-Identifier: Apache-2.0
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

/// Decides when a changed file may be read. While another program writes the file, the file may contain only
/// a part of the new content. The YAML parser cannot detect this, because YAML that is cut off at the end of
/// a line may still be valid. Pure: the caller passes stamps and times.
class settle_state
{
public:
    using clock = std::chrono::steady_clock;

    /// `quiet` is the quiet time: the stamp must not change for this long before the file may be read.
    explicit settle_state(std::chrono::milliseconds quiet) : quiet_(quiet) {}

    /// Whether the file may be read: its stamp `seen` has not changed for the quiet time. Exceptions:
    /// - The first call compares the file's modification time with the wall clock instead, so that the
    ///   program does not wait for an old file when it starts.
    /// - A missing file counts as settled.
    /// - A file that keeps changing counts as settled once after every `max_quiet_times` quiet times, so that
    ///   the caller can try to read it and log the result.
    ///
    /// The caller takes the stamp again after reading, and discards the text if the stamp differs.
    bool is_settled(
        file_stamp const& seen, clock::time_point now, std::chrono::system_clock::time_point wall
    );

    /// Returns when to check an unsettled file again.
    clock::time_point next_look(clock::time_point now) const { return now + quiet_; }

    static constexpr int max_quiet_times = 15;

private:
    std::chrono::milliseconds quiet_;
    std::optional<file_stamp> last_;
    std::optional<clock::time_point> since_;  ///< when the stamp last changed; nullopt: old at the first call
    std::optional<clock::time_point> unsettled_since_;
};

/// Reads a file, and reads it again after each change. Returns the text of a changed file only after the
/// change has settled.
class settled_file
{
public:
    settled_file(std::filesystem::path file, std::chrono::milliseconds quiet)
        : path_(std::move(file)), settling_(quiet)
    {
    }

    /// Returns the text if the file has settled and its stamp is not that of the last returned text. Returns
    /// an error if the file has settled but is missing or unreadable. Tries to read such a file again at each
    /// call, because its access rights may change without a new stamp. In all other cases returns nullopt.
    /// `name` names the file in errors. \par Errors the same as `read_small_file`.
    std::optional<result<std::string>> read_if_changed(std::string const& name);

    /// Whether the text that was returned last is current, as of the last call of `read_if_changed`.
    bool is_current() const { return read_.has_value(); }

    /// Returns when to call `read_if_changed` again if no file event reports a change before.
    settle_state::clock::time_point next_check() const { return next_check_; }

    std::filesystem::path const& path() const { return path_; }

private:
    std::filesystem::path path_;
    settle_state settling_;
    std::optional<file_stamp> read_;  ///< stamp of the last returned text; nullopt: no text is current
    settle_state::clock::time_point next_check_{};
};

}  // namespace tcr
