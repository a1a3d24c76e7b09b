#pragma once

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

    /// Where lock, backup and journal are kept; empty: in the hosts file's own folder.
    std::filesystem::path state_folder;
};

/// What an update of the file did.
struct file_update
{
    bool is_changed = false;   ///< the file was written
    bool had_block = false;    ///< there was something of ours in it before
    bool is_in_place = false;  ///< it had to be written in place
    bool made_backup = false;
    bool is_recovered = false;           ///< a write that was cut off was brought to its end
    std::vector<foreign_line> stronger;  ///< lines of the file's own that win over ours
};

/// The hosts file of a machine, edited so that at each moment, whoever reads it and whatever ends us, it has
/// all its own lines.
///
/// Under a lock (flock on `<state>/<name>.tcr-assistant.lock`) a new file is written beside the old one,
/// brought to the disk and renamed over it, with mode, owner and extended attributes kept. Where that cannot
/// be, because the file is a mount of its own, its folder is read-only, it has several names or another
/// owner, it is written in place: a journal (`….journal`) with the old and the new text is brought to the
/// disk first, then only what differs is written, which is our block and what follows it, and a write that
/// was cut off is brought to its end by whoever comes next. Before the first change the file's own text is
/// kept as `….bak`.
///
/// All calls block, for as long as the disk takes.
class hosts_file
{
public:
    explicit hosts_file(hosts_file_options options) : options_(std::move(options)) {}

    /// Has the file's block hold these entries; none: has it go. Idempotent.
    /// \par Errors the system's, with a sentence. EWOULDBLOCK: another process holds the lock, try again
    /// soon. EBUSY: somebody else writes the file all the time. ESTALE: the file was replaced behind its
    /// mount, and only a new mount, that is, a new container, leads to its successor.
    result<file_update> apply(std::vector<host_entry> const& entries);

    /// The file's present text; no lock is taken. \par Errors as above.
    result<std::string> read();

    std::filesystem::path const& path() const { return options_.file; }

private:
    struct place;

    result<void> look_at_mount(place const& where);

    hosts_file_options options_;
    std::optional<std::string> mounted_;  ///< which file of its file system the mount led to at first
};

/// Which file of its file system is mounted at `target`, by a text of /proc/PID/mountinfo
/// (proc_pid_mountinfo(5), root and mount point); nothing where it is no mount. Of several, the last one is
/// seen. Public for its tests.
std::optional<std::string> mounted_file(std::string_view mountinfo, std::string_view target);

/// Whether a file that holds `present` may be what a write from `before` to `after` left when it was cut off:
/// each byte is one of theirs. Public for its tests.
bool is_cut_off_write(std::string_view present, std::string_view before, std::string_view after);

}  // namespace tcr::hosts
