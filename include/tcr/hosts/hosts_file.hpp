// SPDX-License-Identifier: Apache-2.0
#pragma once

// Edits the block of a hosts file safely.

#include <tcr/hosts/hosts_block.hpp>
#include <tcr/util/error.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::hosts
{

struct hosts_file_options
{
    std::filesystem::path file = "/etc/hosts";

    /// Folder of the lock, the backup and the journal. Empty: the folder of the hosts file.
    std::filesystem::path state_folder;
};

/// What an update of the file did.
struct file_update
{
    bool is_changed = false;   ///< this update wrote or removed the block
    bool is_in_place = false;  ///< the file was written in place: renaming was not possible
    bool made_backup = false;
    bool is_recovered = false;             ///< an interrupted write was completed
    std::vector<foreign_line> overriding;  ///< see `overriding_lines`
};

/// The hosts file of a machine. No edit loses a line that is not ours, even if this process or the machine
/// stops during the edit.
///
/// An update holds a lock (flock on `<state>/<name>.tcr-assistant.lock`). It writes a new file beside the old
/// file, syncs the new file to disk and renames it over the old file. The new file gets the mode, owner and,
/// where possible, extended attributes of the old file.
///
/// Renaming is not possible in these cases: the file is a separate mount, the file has several hard links,
/// its folder is read-only, or its owner cannot be kept. Then the update writes in place: it first syncs a
/// journal (`….journal`) with the old and the new text to disk, and then writes the new text from the first
/// difference on. If this write is interrupted, the next `apply` of any process completes the write, unless
/// another program has written the file since.
///
/// Before the first change, the update saves the file's text without our block as `….bak`.
///
/// All calls block until the disk has finished.
class hosts_file
{
public:
    explicit hosts_file(hosts_file_options options) : options_(std::move(options)) {}

    /// Writes the block with these entries, or removes the block if there are no entries. Idempotent.
    /// \par Errors those of system calls, with an explanation. EWOULDBLOCK: another process holds the lock;
    /// retry soon. EBUSY: another program changes the file continuously. ESTALE: the file is a mount and was
    /// replaced on the host; only a new container sees the new file.
    result<file_update> apply(std::vector<host_entry> const& entries);

    /// Returns the current text of the file, without locking. \par Errors as `apply`.
    result<std::string> read();

    std::filesystem::path const& path() const { return options_.file; }

private:
    struct place;

    result<place> locate();

    hosts_file_options options_;
    std::optional<std::string> mounted_;  ///< first result of `mounted_file` other than nullopt
};

/// The path, within its file system, of the file that is mounted at `target`; nullopt if `target` is no
/// mount. `mountinfo` is the text of /proc/PID/mountinfo; proc_pid_mountinfo(5) describes its fields. If
/// `target` has several mounts, returns the path for the last mount, because it hides the others. Public for
/// its tests.
std::optional<std::string> mounted_file(std::string_view mountinfo, std::string_view target);

}  // namespace tcr::hosts
