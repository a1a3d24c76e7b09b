// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tcr::test
{

/// The program under test: $TCR_ASSISTANT if it is set, otherwise the program of this build.
std::filesystem::path program_under_test();

/// The command line of a controller that listens on no port, so that several can run at the same time.
std::vector<std::string> controller_without_ports(std::filesystem::path const& kubeconfig);

/// A child process whose output is kept in memory. If it is the program under test, its output is searched
/// for secrets at its end (see `must_be_clean`).
class child_process
{
public:
    /// Starts `words[0]` (looked up in PATH). `environment` changes the inherited environment: "NAME=value"
    /// sets a variable, "NAME" alone removes it. Throws if the program cannot be started.
    explicit child_process(
        std::vector<std::string> const& words,
        std::vector<std::string> const& environment = {},
        std::string const& input = {}
    );

    /// Kills the process if it still runs, and searches its output.
    ~child_process();
    child_process(child_process const&) = delete;
    child_process& operator=(child_process const&) = delete;

    bool is_running();
    pid_t pid() const { return pid_; }
    void signal(int number);

    /// Waits until the process ends. \return the exit status, or 128 + the number of the signal that ended
    /// the process. Throws after `limit`, on a slow machine later.
    int wait(std::chrono::milliseconds limit);

    /// The standard output and the standard error so far.
    std::string out() const;
    std::string err() const;

private:
    bool is_searched_;
    pid_t pid_ = -1;
    int out_ = -1;
    int err_ = -1;
    std::optional<int> status_;
};

/// Exit status and output of a command.
struct command_result
{
    int status = 0;
    std::string out;
    std::string err;
};

/// Runs a program and waits for its end. Throws if the program runs longer than `limit`.
command_result run_command(
    std::vector<std::string> const& words,
    std::vector<std::string> const& environment = {},
    std::string const& input = {},
    std::chrono::seconds limit = std::chrono::seconds(120)
);

}  // namespace tcr::test
