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

    /// Folder of lock, backup and journal; empty: the hosts file's own folder.
    std::filesystem::path state_folder;
};

/// What an update of the file did.
struct file_update
{
    bool is_changed = false;   ///< the file was written
    bool is_in_place = false;  ///< written in place: renaming was not possible
    bool made_backup = false;
    bool is_recovered = false;             ///< an interrupted write was completed
    std::vector<foreign_line> overriding;  ///< the file's own lines that override ours
};

/// The hosts file of a machine. Each edit keeps all of the file's own lines at every moment, for every reader
/// and even if this process or the machine stops.
///
/// Under a lock (flock on `<state>/<name>.tcr-assistant.lock`) a new file is written beside the old one,
/// synced to disk and renamed over it, with mode, owner and extended attributes kept. That is not possible if
/// the file is a separate mount or has several names, its folder is read-only, or its owner cannot be kept.
/// Then the file is written in place: a journal (`….journal`) with both texts is synced to disk first, then
/// only the part that differs is written: our block and what follows it. The next `apply` of any process
/// completes an interrupted write. Before the first change the file's own text is kept as `….bak`.
///
/// All calls block for as long as the disk takes.
class hosts_file
{
public:
    explicit hosts_file(hosts_file_options options) : options_(std::move(options)) {}

    /// Makes the file's block hold these entries; without entries, removes it. Idempotent.
    /// \par Errors the system's, with a sentence. EWOULDBLOCK: another process holds the lock, try again
    /// soon. EBUSY: another program changes the file continuously. ESTALE: the file was replaced behind its
    /// mount; only a new mount, that is, a new container, leads to its successor.
    result<file_update> apply(std::vector<host_entry> const& entries);

    /// Returns the current text of the file, without locking. \par Errors as `apply`.
    result<std::string> read();

    std::filesystem::path const& path() const { return options_.file; }

private:
    struct place;

    result<place> locate();

    hosts_file_options options_;
    std::optional<std::string> mounted_;  ///< the file that the mount led to at first
};

/// The file, as a path in its file system, that is mounted at `target` according to a text of
/// /proc/PID/mountinfo (proc_pid_mountinfo(5), root and mount point); nullopt if nothing is mounted there. Of
/// several mounts the last one is visible. Public for its tests.
std::optional<std::string> mounted_file(std::string_view mountinfo, std::string_view target);

}  // namespace tcr::hosts
