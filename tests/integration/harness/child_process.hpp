#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tcr::test
{

/// The program under test: $TCR_ASSISTANT, else the one of this build.
std::filesystem::path program_under_test();

/// The command line of a controller that listens nowhere, so that several run side by side.
std::vector<std::string> controller_without_ports(std::filesystem::path const& kubeconfig);

/// A program we started, with its output in memory. What the program under test wrote is searched for secrets at the
/// end (see `must_be_clean`).
class child_process
{
public:
    /// Starts `words[0]` (looked up in PATH). `environment` ("NAME=value") is added to ours, and "NAME" alone
    /// takes one away. Throws where the program cannot be started.
    explicit child_process(
        std::vector<std::string> const& words,
        std::vector<std::string> const& environment = {},
        std::string const& input = {}
    );

    /// Kills it if it still runs. Searches.
    ~child_process();
    child_process(child_process const&) = delete;
    child_process& operator=(child_process const&) = delete;

    bool is_running();
    pid_t pid() const { return pid_; }
    void signal(int number);

    /// Waits for its end. \return the exit status, or 128 + the signal that ended it. Throws after `limit`.
    int wait(std::chrono::milliseconds limit);

    /// What it wrote so far.
    std::string out() const;
    std::string err() const;

private:
    bool is_searched_;
    pid_t pid_ = -1;
    int out_ = -1;
    int err_ = -1;
    std::optional<int> status_;
};

/// How a program ended.
struct command_result
{
    int status = 0;
    std::string out;
    std::string err;
};

/// Runs a program to its end. Throws where it takes longer than `limit`.
command_result run_command(
    std::vector<std::string> const& words,
    std::vector<std::string> const& environment = {},
    std::string const& input = {},
    std::chrono::seconds limit = std::chrono::seconds(120)
);

}  // namespace tcr::test
