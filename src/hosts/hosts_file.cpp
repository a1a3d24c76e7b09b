// SPDX-License-Identifier: Apache-2.0
#include "posix_file.hpp"
#include "write_journal.hpp"
#include <tcr/hosts/hosts_file.hpp>
#include <tcr/util/file_stamp.hpp>
#include <tcr/util/strings.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace tcr::hosts
{
namespace
{

namespace fs = std::filesystem;

/// Max size of a hosts file in bytes. A hosts file that blocks many domains can be large, but a file above
/// this limit is probably not a hosts file.
constexpr std::size_t max_file_bytes = 16 * 1024 * 1024;

/// Max tries if another program changes the file while we write it.
constexpr int max_tries = 5;

/// Changes the content of an open file from `from` to `to`. Does not write the common prefix, so an
/// interruption cannot damage it.
result<void> overwrite(open_file const& file, std::string_view from, std::string_view to)
{
    auto const differs = std::mismatch(from.begin(), from.end(), to.begin(), to.end()).first;
    auto const same = static_cast<std::size_t>(differs - from.begin());
    if (auto written = file.write(to.substr(same), same); !written)
        return written;
    if (to.size() < from.size())
        if (auto cut = file.resize(to.size()); !cut)
            return cut;
    return file.sync();
}

/// Whether the error means that a new file cannot replace the old file: the new file cannot be created,
/// cannot get the old file's owner and mode, or cannot be renamed. The old file may still be writable.
bool forbids_rename(int number)
{
    auto const numbers = {EBUSY, EXDEV, EROFS, EACCES, EPERM, ETXTBSY};
    return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

/// Reads the file until two reads in a row return the same text and this text is not empty, but at most 10
/// times. Programs that rewrite a file often empty it first.
std::string settled_text(open_file const& file)
{
    std::string text;
    for (int reads = 0; reads < 10; ++reads)
    {
        auto now = file.read(max_file_bytes);
        if (now && !now->empty() && *now == text)
            break;
        text = now ? std::move(*now) : std::string();
        usleep(20'000);
    }
    return text;
}

error replaced_behind_mount()
{
    return system_failure("was replaced behind its mount", ESTALE);
}

/// The hosts file as it was read.
struct snapshot
{
    open_file file;
    struct stat status;
    file_stamp stamp;  ///< taken before the text was read
    std::string text;
};

}  // namespace

std::optional<std::string> mounted_file(std::string_view mountinfo, std::string_view target)
{
    // Each line has the form: 36 35 98:0 /root/of/the/mount /mount/point rw,noatime …
    std::optional<std::string> found;
    for (auto const line : split_names(mountinfo, '\n'))
        if (auto const fields = split_names(line, ' '); fields.size() > 4 && fields[4] == target)
            found = fields[3];
    return found;
}

/// The paths of the hosts file and its lock, backup and journal.
struct hosts_file::place
{
    fs::path target;  ///< the hosts file, with symbolic links resolved
    fs::path state;   ///< folder of the lock, the backup and the journal
    std::string name;

    fs::path beside(char const* what) const { return state / (name + ".tcr-assistant." + what); }
    fs::path fresh() const
    {
        return target.parent_path() / ("." + target.filename().string() + ".tcr-assistant.new");
    }

    error failure(error const& why) const { return why.with_prefix(target.string()); }

    result<snapshot> read(bool may_be_unfinished = true) const
    {
        // Without O_NONBLOCK, opening a named pipe could block forever.
        auto opened = open_file::open(target, O_RDONLY | O_NONBLOCK);
        if (!opened)
            return opened.error();
        struct stat status = {};
        if (fstat(opened->fd(), &status) != 0)
            return failure(system_failure("cannot read its status", errno));
        if (!S_ISREG(status.st_mode))
            return failure(system_failure("is not a regular file", EINVAL));
        // If st_nlink is 0, another program has replaced or deleted the opened file. If `target` still leads
        // to the opened file, `target` is a mount of it, and this container cannot reach the new file.
        auto const stamp = stamp_of(opened->fd());
        auto const now = stamp_of(target);
        if (status.st_nlink == 0 && now.inode == stamp.inode && now.device == stamp.device)
            return failure(replaced_behind_mount());
        auto text = opened->read(max_file_bytes);
        if (!text)
            return failure(text.error());
        if (!text->empty() || !may_be_unfinished)
            return snapshot{std::move(*opened), status, stamp, std::move(*text)};
        static_cast<void>(settled_text(*opened));
        return read(false);
    }

    result<open_file> lock() const
    {
        auto const file = beside("lock");
        auto opened = open_file::open(file, O_RDWR | O_CREAT, 0600);
        if (!opened)
            return error(
                opened.error().code, opened.error().message() + "; set --state-dir to a writable folder"
            );
        if (flock(opened->fd(), LOCK_EX | LOCK_NB) != 0)
            return system_failure("cannot lock " + file.string(), errno);
        return opened;
    }

    /// If an earlier in-place write was interrupted, in this process or another one, completes this write.
    /// Removes the files that an interrupted update left. \return whether a write was completed.
    result<bool> recover() const
    {
        if (unlink(fresh().c_str()) == 0)
            static_cast<void>(sync_folder(target.parent_path()));
        auto const file = beside("journal");
        auto const text = read_if_exists(file, 2 * max_file_bytes + 1024);
        if (!text)
            return text.error();
        if (!*text)
            return false;
        auto const begun = parse_journal(**text);
        auto const present = read();
        if (!present)
            return present.error();
        bool const is_cut = begun && present->text != begun->before && present->text != begun->after &&
                            is_cut_off_write(present->text, begun->before, begun->after);
        if (is_cut)
        {
            auto const opened = open_file::open(target, O_WRONLY | O_NONBLOCK);
            if (!opened)
                return opened.error();
            if (auto ended = overwrite(*opened, present->text, begun->after); !ended)
                return failure(ended.error());
        }
        // In all other cases keep the current content: the write was complete or had not begun, or another
        // program has written the file since.
        if (auto removed = remove_journal(); !removed)
            return removed.error();
        return is_cut;
    }

    result<void> remove_journal() const
    {
        if (unlink(beside("journal").c_str()) != 0 && errno != ENOENT)
            return system_failure("cannot remove " + beside("journal").string(), errno);
        return sync_folder(state);
    }

    /// Saves the text without our block, unless a backup exists. \return whether a backup was made.
    result<bool> make_backup(snapshot const& present) const
    {
        auto const file = beside("bak");
        std::error_code ec;
        if (fs::exists(file, ec))
            return false;
        if (auto put = replace_file(file, with_block(present.text, {}), present.status.st_mode); !put)
            return put.error();
        return true;
    }

    enum class written
    {
        yes,
        not_possible,  ///< renaming is not possible
        too_late,      ///< not written: another program has just changed the file
        overtaken      ///< replaced, but another program has written into the old file
    };

    result<written> replace(snapshot const& present, std::string const& text) const
    {
        // If the file has other hard links, these would still lead to the old file.
        if (present.status.st_nlink > 1)
            return written::not_possible;
        auto const made = open_file::open(fresh(), O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (!made)
            return abandon(made.error());
        auto done = copy_attributes(present.file, present.status, *made);
        if (!done)
            return abandon(done.error());
        done = made->write(text, 0);
        if (done)
            done = made->sync();
        if (!done)
        {
            // Do not write in place instead: a write on the same disk would probably fail, too.
            unlink(fresh().c_str());
            return failure(done.error());
        }
        if (stamp_of(target) != present.stamp)
        {
            unlink(fresh().c_str());
            return written::too_late;
        }
        if (rename(fresh().c_str(), target.c_str()) != 0)
            return abandon(system_failure("cannot rename the new file over it", errno));
        if (auto synced = sync_folder(target.parent_path()); !synced)
            return synced.error();
        // If the old file has changed, a program that had it open has written into it.
        return stamp_of(present.file.fd()) != present.stamp ? written::overtaken : written::yes;
    }

    result<written> abandon(error const& why) const
    {
        unlink(fresh().c_str());
        if (forbids_rename(why.code.value()))
            return written::not_possible;
        return failure(why);
    }

    result<written> write_in_place(snapshot const& present, std::string const& text) const
    {
        auto const opened = open_file::open(target, O_WRONLY | O_NONBLOCK);
        if (!opened)
            return opened.error();
        if (auto kept = replace_file(beside("journal"), to_text(write_journal{present.text, text}), 0600);
            !kept)
            return kept.error();
        auto const end = stamp_of(target) != present.stamp ? written::too_late : written::yes;
        if (end == written::yes)
            if (auto done = overwrite(*opened, present.text, text); !done)
            {
                // Restore the old text: the disk may have space for it, but not for the new text. If the
                // restore fails, too, keep the journal.
                auto const so_far = present.file.read(max_file_bytes);
                if (so_far && overwrite(*opened, *so_far, present.text))
                    static_cast<void>(remove_journal());
                return failure(done.error());
            }
        if (auto removed = remove_journal(); !removed)
            return removed.error();
        return end;
    }
};

/// Finds the paths. Fails if the file is a mount and was replaced on the host: the mount still leads to the
/// old file, whose path in mountinfo has changed.
result<hosts_file::place> hosts_file::locate()
{
    std::error_code ec;
    place where;
    where.target = fs::canonical(options_.file, ec);
    if (ec)
        return system_failure(options_.file.string(), ec.value());
    where.state = options_.state_folder.empty() ? where.target.parent_path() : options_.state_folder;
    where.name = options_.file.filename().string();
    auto const mounts = read_if_exists("/proc/self/mountinfo", max_file_bytes);
    auto const now = mounts && *mounts ? mounted_file(**mounts, where.target.string()) : std::nullopt;
    if (now && mounted_ && *mounted_ != *now)
        return where.failure(replaced_behind_mount());
    if (now)
        mounted_ = now;
    return where;
}

result<std::string> hosts_file::read()
{
    auto const where = locate();
    if (!where)
        return where.error();
    auto present = where->read();
    if (!present)
        return present.error();
    return std::move(present->text);
}

result<file_update> hosts_file::apply(std::vector<host_entry> const& entries)
{
    auto const where = locate();
    if (!where)
        return where.error();
    auto const lock = where->lock();
    if (!lock)
        return lock.error();
    auto const recovered = where->recover();
    if (!recovered)
        return recovered.error();
    file_update update;
    update.is_recovered = *recovered;
    std::optional<std::string> written_late;
    for (int tries = 0; tries < max_tries; ++tries)
    {
        auto const present = where->read();
        if (!present)
            return present.error();
        // If another program wrote into the old file while we replaced it, that program's text is the newest.
        auto const& newest = written_late ? *written_late : present->text;
        auto const desired = with_block(newest, entries);
        update.overriding = overriding_lines(desired, entries);
        if (desired == present->text)
            return update;
        auto const backup = where->make_backup(*present);
        if (!backup)
            return backup.error();
        update.made_backup = update.made_backup || *backup;
        auto done = where->replace(*present, desired);
        if (done && *done == place::written::not_possible)
        {
            update.is_in_place = true;
            done = where->write_in_place(*present, desired);
        }
        if (!done)
            return done.error();
        // After `too_late` keep `written_late`, because this text is not in the file yet.
        if (*done != place::written::too_late)
            written_late.reset();
        update.is_changed = update.is_changed || *done != place::written::too_late;
        if (*done == place::written::yes)
            return update;
        if (*done == place::written::overtaken)
            written_late = settled_text(present->file);
        // Ignore an empty text: the other program stopped before it wrote its lines.
        if (written_late && written_late->empty())
            written_late.reset();
    }
    return where->failure(system_failure("another program keeps changing it", EBUSY));
}

}  // namespace tcr::hosts
