// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/child_process.hpp"
#include "harness/eventually.hpp"
#include "harness/listener.hpp"
#include "harness/text.hpp"
#include "http_get.hpp"
#include <tcr/hosts/hosts_block.hpp>

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace tcr::test
{

/// A hosts file in the folder of one case, and the program under test that updates the file.
struct hosts_folder
{
    using entries = std::vector<hosts::host_entry>;

    static inline std::string const own = "127.0.0.1 localhost\r\n# the node's own\n::1 localhost";
    static inline entries const one{{"demo.tencentcloudcr.com", "172.16.1.95"}};
    static inline entries const two{
        {"demo.tencentcloudcr.com", "2001:db8::1"}, {"other.example.com", "10.0.0.2"}};

    hosts_folder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "it-hosts-XXXXXX").string();
        BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
        folder = name;
        std::filesystem::create_directories(folder / "etc");
        std::filesystem::create_directories(folder / "state");
        write("etc/hosts", own);
    }
    ~hosts_folder()
    {
        agent.reset();
        std::error_code ec;
        std::filesystem::remove_all(folder, ec);
    }
    hosts_folder(hosts_folder const&) = delete;
    hosts_folder& operator=(hosts_folder const&) = delete;

    std::filesystem::path write(std::string const& name, std::string const& content) const
    {
        std::ofstream(folder / name, std::ios::binary) << content;
        return folder / name;
    }

    /// Replaces the file `name` atomically.
    void replace(std::string const& name, std::string const& content) const
    {
        std::filesystem::rename(write(name + ".fresh", content), folder / name);
    }

    std::string read(std::string const& name) const
    {
        std::ifstream in(folder / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    static std::string config_text(entries const& wanted)
    {
        // The program refuses an empty 'hosts:', because the file may be truncated.
        std::string text = wanted.empty() ? "hosts: []\n" : "hosts:\n";
        for (auto const& entry : wanted)
            text += "- {domain: " + entry.domain + ", ip: '" + entry.address + "'}\n";
        return text;
    }

    void configure(entries const& wanted) const { replace("config.yaml", config_text(wanted)); }

    std::string path() const { return folder / "etc/hosts"; }

    /// The command line without the flag for the source of the configuration.
    std::vector<std::string> command(std::vector<std::string> const& flags) const
    {
        std::vector<std::string> words{
            program_under_test(), "hosts-updater", "--hosts-file", path(), "--check-dns=false"};
        words.insert(words.end(), flags.begin(), flags.end());
        return words;
    }

    std::vector<std::string> once() const { return command({"--once", "--config", folder / "config.yaml"}); }

    /// Starts the agent. Its metrics and health pages are on free ports.
    void start(std::vector<std::string> const& flags)
    {
        metrics_port_ = free_port();
        health_port_ = free_port();
        auto words = command(flags);
        words.push_back("--metrics-bind-address=127.0.0.1:" + metrics_port_);
        words.push_back("--health-probe-bind-address=127.0.0.1:" + health_port_);
        agent = std::make_unique<child_process>(words);
    }

    void start_on_file() { start({"--config", folder / "config.yaml"}); }

    void stop()
    {
        agent->signal(SIGTERM);
        BOOST_TEST(agent->wait(std::chrono::seconds(10)) == 0, agent->err());
        BOOST_TEST(!contains(agent->err(), "Sanitizer"), agent->err());
        agent.reset();
    }

    verdict holds(std::string const& wanted) const
    {
        auto const text = read("etc/hosts");
        return text == wanted ? verdict(true) : wrong("the file is:\n" + text + "\nand the log:\n" + log());
    }
    verdict holds(entries const& wanted) const { return holds(hosts::with_block(own, wanted)); }

    std::string log() const { return agent ? agent->err() : std::string(); }

    verdict logs(std::string const& words) const
    {
        return contains(log(), words) ? verdict(true) : wrong("no '" + words + "' in " + log());
    }

    http_answer metrics() const { return http_get("http://127.0.0.1:" + metrics_port_ + "/metrics"); }
    http_answer probe(std::string const& name) const
    {
        return http_get("http://127.0.0.1:" + health_port_ + "/" + name);
    }

    /// Returns a value of the metrics page; -1 if the value is missing.
    double metric(std::string const& series) const { return value_of(metrics().body, series); }

    /// Returns a value of /proc/PID/status of the running agent, in KiB.
    long memory_kib(std::string const& what) const
    {
        std::ifstream in("/proc/" + std::to_string(agent->pid()) + "/status");
        for (std::string line; std::getline(in, line);)
            if (line.starts_with(what + ":"))
                return std::stol(line.substr(what.size() + 1));
        return -1;
    }

    /// Writes the memory of the agent to the log of the test. The target is 8 MiB.
    void report_memory(std::string const& when) const
    {
        BOOST_TEST_MESSAGE(
            "hosts-updater, " << when << ": RSS " << memory_kib("VmRSS") << " KiB, of it its own "
                              << memory_kib("RssAnon") << " KiB, of files " << memory_kib("RssFile")
                              << " KiB, peak " << memory_kib("VmHWM") << " KiB"
        );
    }

    static std::string free_port()
    {
        auto const url = closed_url();
        return url.substr(url.rfind(':') + 1);
    }

    std::filesystem::path folder;
    std::unique_ptr<child_process> agent;

private:
    std::string metrics_port_;
    std::string health_port_;
};

}  // namespace tcr::test
