#include "posix_file.hpp"
#include "write_journal.hpp"
#include <tcr/hosts/hosts_file.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

namespace tcr::hosts
{
namespace
{

namespace fs = std::filesystem;

/// Block lists can be large; a file above this size is likely the wrong one.
constexpr std::size_t max_file_bytes = 16 * 1024 * 1024;

/// Max tries for a file that changes while we write it.
constexpr int max_tries = 5;

std::size_t common_prefix(std::string_view one, std::string_view other)
{
    auto const size = std::min(one.size(), other.size());
    return static_cast<std::size_t>(
        std::mismatch(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(size), other.begin()).first -
        one.begin()
    );
}

/// Changes the content of an open file from one text to another. The common prefix is not written, so an
/// interruption leaves it intact.
result<void> overwrite(open_file const& file, std::string_view from, std::string_view to)
{
    auto const same = common_prefix(from, to);
    if (auto written = file.write(to.substr(same), same); !written)
        return written;
    if (to.size() < from.size())
        if (auto cut = file.resize(to.size()); !cut)
            return cut;
    return file.sync();
}

bool has_changed(struct stat const& before, struct stat const& now)
{
    return before.st_size != now.st_size || before.st_mtim.tv_sec != now.st_mtim.tv_sec ||
           before.st_mtim.tv_nsec != now.st_mtim.tv_nsec;
}

/// Whether a new file cannot be created or renamed there; the old one may still be writable.
bool forbids_rename(int number)
{
    constexpr std::array<int, 6> such{EBUSY, EXDEV, EROFS, EACCES, EPERM, ETXTBSY};
    return std::find(such.begin(), such.end(), number) != such.end();
}

/// The text once no program is in the middle of writing it: not empty and unchanged between two reads.
/// Programs that rewrite a file often empty it first.
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
    std::string text;
};

}  // namespace

/// The paths of one file and of its companion files, with symbolic links resolved.
struct hosts_file::place
{
    fs::path target;
    fs::path state;  ///< folder
    std::string name;

    fs::path beside(char const* what) const { return state / (name + ".tcr-assistant." + what); }
    fs::path fresh() const
    {
        return target.parent_path() / ("." + target.filename().string() + ".tcr-assistant.new");
    }

    static result<place> of(hosts_file_options const& options)
    {
        std::error_code ec;
        place found;
        found.target = fs::canonical(options.file, ec);
        if (ec)
            return system_failure(options.file.string(), ec.value());
        found.state = options.state_folder.empty() ? found.target.parent_path() : options.state_folder;
        found.name = options.file.filename().string();
        return found;
    }

    error failure(error const& why) const { return error(why.code, target.string() + ": " + why.message()); }

    result<snapshot> read(bool may_be_unfinished = true) const
    {
        // Opening a pipe could block forever.
        auto opened = open_file::open(target, O_RDONLY | O_NONBLOCK);
        if (!opened)
            return opened.error();
        auto const status = opened->status();
        if (!status)
            return failure(status.error());
        if (!S_ISREG(status->st_mode))
            return failure(system_failure("is not a regular file", EINVAL));
        // A mount keeps leading to a replaced file; without one, the path leads to the new file.
        if (status->st_nlink == 0 && is_target(*status))
            return failure(replaced_behind_mount());
        auto text = opened->read(max_file_bytes);
        if (!text)
            return failure(text.error());
        if (!text->empty() || !may_be_unfinished)
            return snapshot{std::move(*opened), *status, std::move(*text)};
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

    /// Handles a write that an earlier process began. \return whether it was interrupted and is complete now.
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
        // Otherwise the write was complete, had not begun, or another program has written the file since: the
        // current content counts.
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

    /// \return whether a backup was made.
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
        too_late,      ///< not written: another program had just changed the file
        overtaken      ///< replaced, but another program wrote into the old file meanwhile
    };

    result<written> replace(snapshot const& present, std::string const& text) const
    {
        // The other names would keep the old file.
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
            unlink(fresh().c_str());
            return failure(done.error());
        }
        if (has_changed_since(present))
        {
            unlink(fresh().c_str());
            return written::too_late;
        }
        if (rename(fresh().c_str(), target.c_str()) != 0)
            return abandon(system_failure("cannot rename the new file over it", errno));
        if (auto synced = sync_folder(target.parent_path()); !synced)
            return synced.error();
        // A program that had the file open has written into the old file.
        auto const last = present.file.status();
        return last && has_changed(present.status, *last) ? written::overtaken : written::yes;
    }

    result<written> abandon(error const& why) const
    {
        unlink(fresh().c_str());
        if (forbids_rename(why.code.value()))
            return written::not_possible;
        return failure(why);
    }

    bool has_changed_since(snapshot const& present) const
    {
        struct stat now = {};
        return !is_target(present.status) || stat(target.c_str(), &now) != 0 ||
               has_changed(present.status, now);
    }

    bool is_target(struct stat const& file) const
    {
        struct stat now = {};
        return stat(target.c_str(), &now) == 0 && now.st_ino == file.st_ino && now.st_dev == file.st_dev;
    }

    result<written> write_in_place(snapshot const& present, std::string const& text) const
    {
        auto const opened = open_file::open(target, O_WRONLY | O_NONBLOCK);
        if (!opened)
            return opened.error();
        if (auto kept = replace_file(beside("journal"), to_text(write_journal{present.text, text}), 0600);
            !kept)
            return kept.error();
        if (has_changed_since(present))
        {
            if (auto removed = remove_journal(); !removed)
                return removed.error();
            return written::too_late;
        }
        if (auto done = overwrite(*opened, present.text, text); !done)
        {
            // There may be no space for the new lines, but there was for the old ones: write them back. If
            // that fails, too, the journal stays.
            auto const so_far = present.file.read(max_file_bytes);
            if (so_far && overwrite(*opened, *so_far, present.text))
                static_cast<void>(remove_journal());
            return failure(done.error());
        }
        if (auto removed = remove_journal(); !removed)
            return removed.error();
        return written::yes;
    }
};

/// Detects that the file was replaced behind its mount. The mount keeps leading to the old file, whose other
/// name then appears in mountinfo.
result<void> hosts_file::check_mount(place const& where)
{
    auto const mounts = read_if_exists("/proc/self/mountinfo", max_file_bytes);
    auto const now = mounts && *mounts ? mounted_file(**mounts, where.target.string()) : std::nullopt;
    if (!now)
        return {};
    if (mounted_ && *mounted_ != *now)
        return where.failure(replaced_behind_mount());
    mounted_ = now;
    return {};
}

result<std::string> hosts_file::read()
{
    auto const where = place::of(options_);
    if (!where)
        return where.error();
    if (auto checked = check_mount(*where); !checked)
        return checked.error();
    auto present = where->read();
    if (!present)
        return present.error();
    return std::move(present->text);
}

result<file_update> hosts_file::apply(std::vector<host_entry> const& entries)
{
    auto const where = place::of(options_);
    if (!where)
        return where.error();
    if (auto checked = check_mount(*where); !checked)
        return checked.error();
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
        update.had_block = has_block(present->text);
        // What another process wrote into the file that we just replaced is the newest text.
        auto const& newest = written_late ? *written_late : present->text;
        auto const wanted = with_block(newest, entries);
        update.overriding = overriding_lines(wanted, entries);
        if (wanted == present->text)
            return update;
        auto const backup = where->make_backup(*present);
        if (!backup)
            return backup.error();
        update.made_backup = update.made_backup || *backup;
        auto done = where->replace(*present, wanted);
        if (done && *done == place::written::not_possible)
        {
            update.is_in_place = true;
            done = where->write_in_place(*present, wanted);
        }
        if (!done)
            return done.error();
        // If nothing was written, the late text must still be applied.
        if (*done != place::written::too_late)
            written_late.reset();
        update.is_changed = update.is_changed || *done != place::written::too_late;
        if (*done == place::written::yes)
            return update;
        if (*done == place::written::overtaken)
            written_late = settled_text(present->file);
        // An empty text is not adopted: the other program stopped before it wrote its lines.
        if (written_late && written_late->empty())
            written_late.reset();
    }
    return where->failure(system_failure("another program keeps changing it", EBUSY));
}

}  // namespace tcr::hosts
