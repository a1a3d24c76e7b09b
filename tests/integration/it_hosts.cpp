// SPDX-License-Identifier: Apache-2.0

// The node agent and the hosts file: the lines of other programs are kept, however the agent ends and
// whatever other programs write. Needs no cluster. The cases with mounts need root.
#include "harness/traced_process.hpp"
#include "it_hosts_helpers.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

namespace
{

namespace fs = std::filesystem;
using namespace tcr::test;
using tcr::hosts::with_block;

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Adds a hard link, so that the agent writes the file in place instead of replacing it.
void make_unreplaceable(hosts_folder const& where)
{
    fs::create_hard_link(where.path(), where.folder / "etc" / "second-name");
}

/// Reads the file repeatedly in its own thread, and counts reads with incomplete content.
class reader
{
public:
    reader(hosts_folder const& where, bool is_in_place)
        : thread_(
              [this, &where, is_in_place](std::stop_token const& stopped)
              {
                  while (!stopped.stop_requested())
                  {
                      auto const text = where.read("etc/hosts");
                      bool const is_whole = text == hosts_folder::own ||
                                            text == with_block(hosts_folder::own, where.one) ||
                                            text == with_block(hosts_folder::own, where.two);
                      bool const is_torn = is_in_place ? !text.starts_with(hosts_folder::own) : !is_whole;
                      torn_ += is_torn ? 1 : 0;
                      ++reads_;
                  }
              }
          )
    {
    }

    unsigned reads() const { return reads_; }
    unsigned torn() const { return torn_; }

private:
    std::atomic<unsigned> reads_{0};
    std::atomic<unsigned> torn_{0};
    std::jthread thread_;
};

/// Kills the program at each system call after it takes the lock, while it changes the file from one text to
/// another. \return the number of these system calls
std::size_t kill_at_each_call(
    hosts_folder const& where,
    hosts_folder::entries const& from,
    hosts_folder::entries const& to,
    bool is_in_place
)
{
    auto const before = with_block(where.own, from);
    auto const after = with_block(where.own, to);
    auto const write_before = [&]
    {
        // Writes the file in place to keep its hard links.
        std::ofstream(where.path(), std::ios::binary) << before;
    };
    where.configure(to);
    auto const words = to.empty() ? where.command({"--remove"}) : where.once();
    for (std::size_t n = 1;; ++n)
    {
        write_before();
        auto const end = run_and_kill(words, ".tcr-assistant.lock", n);
        auto const left = where.read("etc/hosts");
        if (is_in_place)
            BOOST_TEST_REQUIRE(left.starts_with(where.own), "call " << n << " left:\n" << left);
        else
            BOOST_TEST_REQUIRE((left == before || left == after), "call " << n << " left:\n" << left);
        auto const next = run_command(words);
        BOOST_TEST_REQUIRE(next.status == 0, next.err);
        BOOST_TEST_REQUIRE(where.read("etc/hosts") == after, "call " << n);
        BOOST_TEST_REQUIRE(!fs::exists(where.folder / "etc/.hosts.tcr-assistant.new"));
        BOOST_TEST_REQUIRE(!fs::exists(where.folder / "etc/hosts.tcr-assistant.journal"));
        if (!end.was_killed)
        {
            BOOST_TEST(end.status == 0);
            return n - 1;
        }
    }
}

/// Runs a shell script in its own mount namespace. \return null if the test has no permission to mount
std::unique_ptr<child_process> in_own_mounts(hosts_folder const& where, std::string const& script)
{
    if (run_command({"unshare", "-m", "mount", "--bind", where.folder, where.folder}).status != 0)
    {
        BOOST_TEST_MESSAGE("skipped: mounting is not permitted here");
        return nullptr;
    }
    return std::make_unique<child_process>(std::vector<std::string>{
        "unshare", "-m", "sh", "-ec", "cd " + where.folder.string() + "; " + script});
}

std::string joined(std::vector<std::string> const& words)
{
    std::string line;
    for (auto const& word : words)
        line += word + " ";
    return line;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hosts_updater, hosts_folder)

BOOST_AUTO_TEST_CASE(wrong_usage_and_configuration_exit_with_status_2)
{
    auto const misspelt = run_command(command({"--host-file=x"}));
    BOOST_TEST(misspelt.status == 2);
    BOOST_TEST(contains(misspelt.err, "did you mean --hosts-file?"), misspelt.err);
    BOOST_TEST(run_command(command({"--log-level=loud"})).status == 2);
    BOOST_TEST(run_command(command({"--once", "--config", folder / "none"})).status == 2);
    BOOST_TEST(run_command(command({"--once", "--kubeconfig", folder / "none"})).status == 2);
    BOOST_TEST(read("etc/hosts") == own);
    auto const help = run_command({program_under_test(), "hosts-updater", "--help"});
    BOOST_TEST(help.status == 0);
    BOOST_TEST(contains(help.out, "--hosts-file FILE (=/etc/hosts)"), help.out);
}

BOOST_AUTO_TEST_CASE(once_applies_the_valid_entries_and_remove_restores)
{
    write("config.yaml", config_text(one) + "- {domain: 'b.example.com:80', ip: 10.0.0.1}\n");
    auto const mixed = run_command(once());
    BOOST_TEST(mixed.status == 2);
    BOOST_TEST(
        contains(mixed.err, "config.yaml, line 3, key 'domain': 'b.example.com:80' has a port"), mixed.err
    );
    BOOST_TEST(contains(mixed.err, "prefer PrivateDNS"), mixed.err);
    BOOST_TEST(read("etc/hosts") == with_block(own, one));
    write("config.yaml", "hosts: [");
    BOOST_TEST(run_command(once()).status == 2);
    BOOST_TEST(read("etc/hosts") == with_block(own, one));
    auto const removed = run_command(command({"--remove"}));
    BOOST_TEST(removed.status == 0, removed.err);
    BOOST_TEST(read("etc/hosts") == own);
    BOOST_TEST(run_command(command({"--remove"})).status == 0);
    configure(one);
    BOOST_TEST(run_command(once()).status == 0);
    configure({});
    BOOST_TEST(run_command(once()).status == 0);
    BOOST_TEST(read("etc/hosts") == own);
}

BOOST_AUTO_TEST_CASE(kill_at_any_system_call_leaves_a_complete_file)
{
    std::size_t calls = 0;
    for (bool const is_in_place : {false, true})
    {
        if (is_in_place)
            make_unreplaceable(*this);
        calls += kill_at_each_call(*this, {}, one, is_in_place);
        calls += kill_at_each_call(*this, one, two, is_in_place);
        calls += kill_at_each_call(*this, two, one, is_in_place);
        calls += kill_at_each_call(*this, two, {}, is_in_place);
    }
    BOOST_TEST_MESSAGE("killed at " << calls << " system calls");
    BOOST_TEST(calls > 50u);
}

BOOST_AUTO_TEST_CASE(kill_at_any_time_shows_readers_no_incomplete_file)
{
    for (bool const is_in_place : {false, true})
    {
        if (is_in_place)
            make_unreplaceable(*this);
        unsigned reads = 0;
        {
            reader const always(*this, is_in_place);
            for (int turn = 0; turn < 120; ++turn)
            {
                configure(turn % 2 == 0 ? one : two);
                child_process program(once());
                let_pass(milliseconds(turn % 30));
                program.signal(SIGKILL);
                program.wait(seconds(5));
            }
            reads = always.reads();
            BOOST_TEST(always.torn() == 0u);
        }
        BOOST_TEST(reads > 100u);
        BOOST_TEST(run_command(once()).status == 0);
        BOOST_TEST(holds(two));
    }
}

BOOST_AUTO_TEST_CASE(two_agents_write_one_block)
{
    // Several processes write the same file at the same time, with two different configurations.
    write("other.yaml", config_text(two));
    configure(one);
    reader const always(*this, false);
    for (int turn = 0; turn < 10; ++turn)
    {
        std::vector<std::unique_ptr<child_process>> programs;
        for (int i = 0; i < 4; ++i)
            programs.push_back(std::make_unique<child_process>(
                i % 2 == 0 ? once() : command({"--once", "--config", folder / "other.yaml"})
            ));
        for (auto& each : programs)
            BOOST_TEST(each->wait(seconds(20)) == 0, each->err());
        auto const text = read("etc/hosts");
        BOOST_TEST((text == with_block(own, one) || text == with_block(own, two)), text);
    }
    BOOST_TEST(always.torn() == 0u);
}

BOOST_AUTO_TEST_CASE(configuration_is_followed_and_drift_is_repaired)
{
    configure(one);
    start_on_file();
    BOOST_TEST(eventually([&] { return holds(one); }, seconds(5)));
    configure(two);
    BOOST_TEST(eventually([&] { return holds(two); }, seconds(5)));
    replace("config.yaml", "hosts: [");
    BOOST_TEST(eventually([&] { return logs("cannot use the hosts configuration"); }, seconds(5)));
    fs::remove(folder / "config.yaml");
    BOOST_TEST(eventually([&] { return logs("does not exist"); }, seconds(5)));
    BOOST_TEST(holds(two));

    auto const repaired = [&](int times) -> verdict
    { return metric("tcr_assistant_hosts_repairs_total") == times ? verdict(true) : wrong(metrics().body); };
    // Another program replaces the file, empties and rewrites it, and changes lines in the block.
    replace("etc/hosts", own);
    BOOST_TEST(eventually([&] { return repaired(1); }, seconds(5)));
    BOOST_TEST(holds(two));
    write("etc/hosts", own);
    BOOST_TEST(eventually([&] { return repaired(2); }, seconds(5)));
    BOOST_TEST(holds(two));
    auto drifted = read("etc/hosts");
    drifted.replace(drifted.find("10.0.0.2"), 8, "10.6.6.6");
    replace("etc/hosts", drifted);
    BOOST_TEST(eventually([&] { return repaired(3); }, seconds(5)));
    BOOST_TEST(holds(two));
    // Lines outside the block belong to other programs.
    auto const longer = "10.0.0.8 new\n" + read("etc/hosts") + "10.0.0.9 newer";
    replace("etc/hosts", longer);
    let_pass(milliseconds(500));
    BOOST_TEST(holds(longer));
    BOOST_TEST(repaired(3));
    BOOST_TEST(probe("healthz").status == 200u);
    BOOST_TEST(probe("readyz").status == 200u);
    let_pass(seconds(4));
    report_memory("on a file, quiet");
    stop();
    BOOST_TEST(holds(longer));
}

BOOST_AUTO_TEST_CASE(slow_writer_of_the_whole_file_loses_no_line)
{
    configure(one);
    start_on_file();
    BOOST_TEST(eventually([&] { return holds(one); }, seconds(5)));
    std::string lines;
    // The agent takes a file as complete that has not changed for 100 ms. If this machine made a longer
    // pause, the file is written again.
    int attempts = 0;
    milliseconds longest_pause{};
    do
    {
        lines.clear();
        longest_pause = {};
        std::ofstream out(path(), std::ios::binary | std::ios::trunc);
        auto written = std::chrono::steady_clock::now();
        for (int i = 0; i < 20; ++i)
        {
            auto const line = "10.1.0." + std::to_string(i) + " slow" + std::to_string(i) + "\n";
            out << line << std::flush;
            auto const now = std::chrono::steady_clock::now();
            longest_pause = std::max(longest_pause, std::chrono::ceil<milliseconds>(now - written));
            written = now;
            lines += line;
            let_pass(milliseconds(20));
        }
    } while (longest_pause >= milliseconds(80) && ++attempts < 20);
    BOOST_TEST_REQUIRE((longest_pause < milliseconds(80)));
    BOOST_TEST(eventually([&] { return holds(with_block(lines, one)); }, seconds(5)));
    stop();
}

BOOST_AUTO_TEST_CASE(contention_slows_repairs_down)
{
    configure(one);
    start_on_file();
    BOOST_TEST(eventually([&] { return holds(one); }, seconds(5)));
    auto const until = std::chrono::steady_clock::now() + seconds(6);
    while (std::chrono::steady_clock::now() < until)
    {
        replace("etc/hosts", own);
        let_pass(milliseconds(150));
    }
    BOOST_TEST(metric("tcr_assistant_hosts_repairs_total") >= 2);
    BOOST_TEST(metric("tcr_assistant_hosts_repairs_total") <= 9);
    stop();
}

BOOST_AUTO_TEST_CASE(mounted_file_is_written_in_place)
{
    configure(one);
    write("real", own);
    auto const flags =
        joined(command({"--once", "--config", folder / "config.yaml", "--state-dir", folder / "state"}));
    // First case: only the file is a mount. Second case: its folder is also read-only, so the lock file
    // cannot be written.
    for (std::string const& lock :
         {std::string(), std::string("mount --bind etc etc; mount -o remount,bind,ro etc; ")})
    {
        write("real", own);
        auto const program = in_own_mounts(*this, lock + "mount --bind real etc/hosts; " + flags);
        if (!program)
            return;
        BOOST_TEST(program->wait(seconds(10)) == 0, program->err());
        BOOST_TEST(contains(program->err(), "how=\"in place\""), program->err());
        BOOST_TEST(read("real") == with_block(own, one));
        BOOST_TEST(read("etc/hosts") == own);
        BOOST_TEST(read("state/hosts.tcr-assistant.bak") == own);
    }
}

BOOST_AUTO_TEST_CASE(read_only_file_is_reported_and_not_changed)
{
    configure(one);
    write("real", own);
    auto const flags =
        joined(command({"--once", "--config", folder / "config.yaml", "--state-dir", folder / "state"}));
    auto const program =
        in_own_mounts(*this, "mount --bind real etc/hosts; mount -o remount,bind,ro etc/hosts; " + flags);
    if (!program)
        return;
    BOOST_TEST(program->wait(seconds(10)) == 1, program->err());
    BOOST_TEST(contains(program->err(), "Read-only file system"), program->err());
    BOOST_TEST(read("real") == own);
    // If the folder is not writable, the error names the flag that helps.
    auto const stateless = joined(command({"--once", "--config", folder / "config.yaml"}));
    auto const second =
        in_own_mounts(*this, "mount --bind etc etc; mount -o remount,bind,ro etc; " + stateless);
    BOOST_TEST(second->wait(seconds(10)) == 1, second->err());
    BOOST_TEST(contains(second->err(), "--state-dir"), second->err());
}

BOOST_AUTO_TEST_CASE(file_replaced_behind_its_mount_ends_the_agent)
{
    configure(one);
    write("real", own);
    auto const flags = joined(command(
        {"--config",
         folder / "config.yaml",
         "--state-dir",
         folder / "state",
         "--metrics-bind-address=0",
         "--health-probe-bind-address=0"}
    ));
    agent = in_own_mounts(*this, "mount --bind real etc/hosts; exec " + flags);
    if (!agent)
        return;
    auto const is_written = [&]() -> verdict { return read("real") == with_block(own, one); };
    BOOST_TEST(eventually(is_written, seconds(5)), log());
    // Another program overwrites the file. The agent repairs the file through the mount.
    write("real", own);
    BOOST_TEST(eventually(is_written, seconds(5)), log());
    // After the file is replaced, the mount still refers to the old file, which no other program reads. The
    // agent ends, because only a new container gets the new file.
    replace("real", own);
    BOOST_TEST(agent->wait(seconds(10)) == 1, log());
    BOOST_TEST(logs("was replaced behind its mount"));
    // The agent also ends if the old file is kept under another name.
    agent = in_own_mounts(*this, "mount --bind real etc/hosts; exec " + flags);
    BOOST_TEST(eventually(is_written, seconds(5)), log());
    fs::rename(folder / "real", folder / "real.old");
    write("real", own);
    BOOST_TEST(agent->wait(seconds(10)) == 1, log());
    BOOST_TEST(logs("was replaced behind its mount"));
    agent = in_own_mounts(*this, "mount --bind real etc/hosts; exec " + flags);
    BOOST_TEST(eventually(is_written, seconds(5)), log());
    stop();
}

BOOST_AUTO_TEST_SUITE_END()
