// SPDX-License-Identifier: Apache-2.0
#include "temporary_folder.hpp"
#include "write_journal.hpp"
#include <tcr/hosts/hosts_file.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <set>

namespace hosts_file_test
{

namespace fs = std::filesystem;
using namespace tcr::hosts;

std::vector<host_entry> const one{{"demo.tencentcloudcr.com", "172.16.1.95"}};
std::vector<host_entry> const two{
    {"demo.tencentcloudcr.com", "2001:db8::1"}, {"other.example.com", "10.0.0.2"}};
std::string const own = "127.0.0.1 localhost\r\n# mine\n::1 localhost";

/// A folder with the hosts file and another folder for the state.
struct files : tcr::test::temporary_folder
{
    files()
    {
        path = write("etc/hosts", own);
        fs::create_directories(folder / "state");
    }

    hosts_file made(bool has_state_folder = false) const
    {
        hosts_file_options options;
        options.file = path;
        if (has_state_folder)
            options.state_folder = folder / "state";
        return hosts_file(options);
    }

    /// Makes a hard link to the hosts file, so that the file is written in place and not replaced.
    void give_second_name() const { fs::create_hard_link(path, folder / "etc" / "other-name"); }

    static file_update must(tcr::result<file_update> const& done)
    {
        BOOST_REQUIRE_MESSAGE(done, (done ? "" : done.error().message()));
        return *done;
    }

    std::string text() const { return read("etc/hosts"); }

    std::set<std::string> names_in(std::string const& sub) const
    {
        std::set<std::string> found;
        for (auto const& each : fs::directory_iterator(folder / sub))
            found.insert(each.path().filename().string());
        return found;
    }

    struct stat status() const
    {
        struct stat seen = {};
        BOOST_TEST(stat(path.c_str(), &seen) == 0);
        return seen;
    }

    std::string journal(std::string const& before, std::string const& after) const
    {
        return "tcr-assistant hosts-updater journal 1\n" + std::to_string(before.size()) + " " +
               std::to_string(after.size()) + "\n" + before + after;
    }

    fs::path path;
};

bool is_root()
{
    return geteuid() == 0;
}

BOOST_FIXTURE_TEST_SUITE(hosts_files, files)

BOOST_AUTO_TEST_CASE(a_new_file_replaces_the_old_one)
{
    auto const before = status();
    auto const update = must(made().apply(one));
    BOOST_TEST(update.is_changed);
    BOOST_TEST(!update.is_in_place);
    BOOST_TEST(update.made_backup);
    BOOST_TEST(text() == with_block(own, one));
    BOOST_TEST(status().st_ino != before.st_ino);
    BOOST_TEST(read("etc/hosts.tcr-assistant.bak") == own);
    std::set<std::string> const wanted{"hosts", "hosts.tcr-assistant.bak", "hosts.tcr-assistant.lock"};
    BOOST_TEST((names_in("etc") == wanted));
}

BOOST_AUTO_TEST_CASE(a_correct_file_is_not_written)
{
    must(made().apply(one));
    auto const before = status();
    auto const update = must(made().apply(one));
    BOOST_TEST(!update.is_changed);
    BOOST_TEST(text() == with_block(own, one));
    BOOST_TEST(status().st_ino == before.st_ino);
}

BOOST_AUTO_TEST_CASE(mode_owner_and_attributes_are_kept)
{
    fs::permissions(path, fs::perms(0640));
    if (is_root())
        BOOST_TEST(chown(path.c_str(), 1234, 5678) == 0);
    bool const has_attributes = setxattr(path.c_str(), "user.note", "kept", 4, 0) == 0;
    must(made().apply(one));
    auto const now = status();
    BOOST_TEST((now.st_mode & 07777) == 0640u);
    if (is_root())
    {
        BOOST_TEST(now.st_uid == 1234u);
        BOOST_TEST(now.st_gid == 5678u);
    }
    char value[8] = {};
    if (has_attributes)
        BOOST_TEST(getxattr(path.c_str(), "user.note", value, sizeof value) == 4);
}

BOOST_AUTO_TEST_CASE(removal_restores_the_file_with_both_ways_of_writing)
{
    for (bool const in_place : {false, true})
    {
        if (in_place)
            give_second_name();
        for (auto const& wanted : {one, two, one})
        {
            auto const update = must(made(true).apply(wanted));
            BOOST_TEST(update.is_in_place == in_place);
            BOOST_TEST(text() == with_block(own, wanted));
        }
        must(made(true).apply({}));
        BOOST_TEST(text() == own);
    }
    std::set<std::string> const wanted{"hosts.tcr-assistant.bak", "hosts.tcr-assistant.lock"};
    BOOST_TEST((names_in("state") == wanted));
    BOOST_TEST(read("state/hosts.tcr-assistant.bak") == own);
}

BOOST_AUTO_TEST_CASE(hard_links_still_lead_to_one_file)
{
    give_second_name();
    must(made().apply(one));
    BOOST_TEST(read("etc/other-name") == with_block(own, one));
    BOOST_TEST(status().st_nlink == 2u);
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_is_kept)
{
    fs::rename(path, folder / "state" / "real");
    fs::create_symlink("../state/real", path);
    must(made().apply(one));
    BOOST_TEST(fs::is_symlink(path));
    BOOST_TEST(read("state/real") == with_block(own, one));
}

BOOST_AUTO_TEST_CASE(the_backup_has_the_files_own_text_and_is_made_once)
{
    // The file already has a block. The backup contains the file without the block.
    write("etc/hosts", with_block(own, two));
    must(made().apply(one));
    BOOST_TEST(read("etc/hosts.tcr-assistant.bak") == own);
    write("etc/hosts", "else\n");
    BOOST_TEST(!must(made().apply(one)).made_backup);
    BOOST_TEST(read("etc/hosts.tcr-assistant.bak") == own);
}

BOOST_AUTO_TEST_CASE(a_missing_or_special_file_is_not_created)
{
    fs::remove(path);
    auto const gone = made().apply(one);
    BOOST_TEST_REQUIRE(gone.has_error());
    BOOST_TEST(gone.error().code.value() == ENOENT);
    BOOST_TEST(!fs::exists(path));
    fs::create_directories(path);
    BOOST_TEST(made().apply(one).has_error());
    fs::remove(path);
    BOOST_TEST(mkfifo(path.c_str(), 0600) == 0);
    BOOST_TEST(made().apply(one).has_error());
}

BOOST_AUTO_TEST_CASE(only_one_process_writes_at_a_time)
{
    must(made().apply(one));
    int const other = open((path.string() + ".tcr-assistant.lock").c_str(), O_RDWR);
    BOOST_TEST_REQUIRE(other >= 0);
    BOOST_TEST(flock(other, LOCK_EX) == 0);
    auto const refused = made().apply(two);
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST(refused.error().code.value() == EWOULDBLOCK);
    BOOST_TEST(text() == with_block(own, one));
    close(other);
    must(made().apply(two));
}

BOOST_AUTO_TEST_CASE(a_lock_that_is_a_symbolic_link_is_not_followed)
{
    write("victim", "precious");
    fs::create_symlink(folder / "victim", path.string() + ".tcr-assistant.lock");
    BOOST_TEST(made().apply(one).has_error());
    BOOST_TEST(text() == own);
    BOOST_TEST(read("victim") == "precious");
}

BOOST_AUTO_TEST_CASE(files_of_a_killed_process_are_removed)
{
    write("etc/.hosts.tcr-assistant.new", "half of a fi");
    must(made().apply(one));
    BOOST_TEST(!fs::exists(folder / "etc/.hosts.tcr-assistant.new"));
}

/// Contents that an interrupted write in place can leave. Cuts are 5 bytes apart.
std::vector<std::string> interrupted_writes(std::string const& before, std::string const& after)
{
    std::vector<std::string> states;
    for (std::size_t size = 0; size <= after.size(); size += 5)
        states.push_back(
            after.substr(0, size) + (size < before.size() ? before.substr(size) : std::string())
        );
    // After a power failure, the second half of the text may be on the disk while the first half is not.
    auto late = before;
    late.resize(std::max(before.size(), after.size()), '\0');
    for (std::size_t i = after.size() / 2; i < after.size(); ++i)
        late[i] = after[i];
    states.push_back(late);
    return states;
}

BOOST_AUTO_TEST_CASE(an_interrupted_write_in_place_is_completed)
{
    give_second_name();
    std::vector<std::string> const texts{
        own, with_block(own, one), with_block(own, two), with_block(own, two) + "after\n"};
    for (auto const& before : texts)
        for (auto const& after : texts)
            for (auto const& left : interrupted_writes(before, after))
            {
                write("etc/hosts", left);
                write("etc/hosts.tcr-assistant.journal", journal(before, after));
                BOOST_TEST(is_cut_off_write(left, before, after));
                must(made().apply(one));
                BOOST_TEST_REQUIRE(text().starts_with(own));
                auto const rest = with_block(text(), {});
                bool const is_right = rest == with_block(before, {}) || rest == with_block(after, {});
                BOOST_TEST_REQUIRE(is_right, rest);
                BOOST_TEST(!fs::exists(folder / "etc/hosts.tcr-assistant.journal"));
            }
}

BOOST_AUTO_TEST_CASE(later_changes_take_precedence_over_a_journal)
{
    auto const before = with_block(own, one);
    auto const after = with_block(own, two);
    for (std::string const& since :
         {own + "\n10.0.0.7 new\n", std::string("entirely else\n"), before + "10.0.0.7 new\n"})
    {
        write("etc/hosts", since);
        write("etc/hosts.tcr-assistant.journal", journal(before, after));
        auto const update = must(made().apply(one));
        BOOST_TEST(!update.is_recovered);
        BOOST_TEST(with_block(text(), {}) == with_block(since, {}));
    }
}

BOOST_AUTO_TEST_CASE(a_damaged_journal_is_ignored)
{
    auto const whole = journal(own, with_block(own, one));
    for (std::size_t size = 0; size < whole.size(); size += 3)
    {
        write("etc/hosts", own.substr(0, own.size() - 1));
        write("etc/hosts.tcr-assistant.journal", whole.substr(0, size));
        must(made().apply({}));
        BOOST_TEST_REQUIRE(text() == own.substr(0, own.size() - 1));
    }
}

/// Limits the size in bytes of files that the process writes. A write beyond the limit fails.
class size_limit
{
public:
    explicit size_limit(std::size_t most) : handler_(std::signal(SIGXFSZ, SIG_IGN))
    {
        getrlimit(RLIMIT_FSIZE, &before_);
        rlimit const now{most, before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &now);
    }
    ~size_limit()
    {
        setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    size_limit(size_limit const&) = delete;
    size_limit& operator=(size_limit const&) = delete;

private:
    rlimit before_{};
    void (*handler_)(int);
};

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_file_unchanged)
{
    // Simulates a disk that becomes full while the new file, the backup or the journal is written.
    for (bool const in_place : {false, true})
    {
        if (in_place)
            give_second_name();
        auto const most = 3 * with_block(own, two).size() + 100;
        for (std::size_t room = 0; room < most; room += 7)
        {
            {
                std::ofstream(path, std::ios::binary) << own;
            }
            fs::remove(path.string() + ".tcr-assistant.bak");
            std::string error;
            {
                size_limit const limit(room);
                auto const done = made().apply(two);
                error = done ? "" : done.error().message();
            }
            auto const is_done = text() == with_block(own, two);
            BOOST_TEST_REQUIRE((is_done || text() == own), room << " " << error);
            BOOST_TEST_REQUIRE(is_done == error.empty(), room << " " << error);
            BOOST_TEST_REQUIRE(!fs::exists(folder / "etc/.hosts.tcr-assistant.new"));
            BOOST_TEST_REQUIRE(!fs::exists(folder / "etc/hosts.tcr-assistant.journal"));
        }
    }
}

BOOST_AUTO_TEST_CASE(overriding_lines_are_reported)
{
    write("etc/hosts", "10.0.0.5 demo.tencentcloudcr.com\n");
    auto const update = must(made().apply(one));
    BOOST_TEST_REQUIRE(update.overriding.size() == 1u);
    BOOST_TEST(update.overriding.front().line == 1u);
}

BOOST_AUTO_TEST_CASE(the_mounted_file_is_found_in_mountinfo)
{
    std::string const mounts =
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "36 22 8:2 /etc/hosts /node/hosts rw - ext4 /dev/sdb rw\n"
        "37 22 8:2 /etc/hosts.bak /node/hosts2 rw - ext4 /dev/sdb rw\n";
    BOOST_TEST((mounted_file(mounts, "/node/hosts") == "/etc/hosts"));
    BOOST_TEST((mounted_file(mounts, "/node/hosts2") == "/etc/hosts.bak"));
    BOOST_TEST(!mounted_file(mounts, "/node").has_value());
    BOOST_TEST(!mounted_file("", "/node").has_value());
    BOOST_TEST(
        (mounted_file(mounts + "38 22 8:3 /x//deleted /node/hosts rw - ext4 /dev/sdb rw", "/node/hosts") ==
         "/x//deleted")
    );
}

BOOST_AUTO_TEST_CASE(large_file)
{
    std::string text_of_many;
    while (text_of_many.size() < (1 << 20))
        text_of_many += "0.0.0.0 ads.example.com\r\n";
    write("etc/hosts", text_of_many);
    must(made().apply(two));
    BOOST_TEST((text() == with_block(text_of_many, two)));
    give_second_name();
    must(made().apply(one));
    BOOST_TEST((text() == with_block(text_of_many, one)));
    must(made().apply({}));
    BOOST_TEST((text() == text_of_many));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hosts_file_test
