// SPDX-License-Identifier: Apache-2.0
#include "child_process.hpp"

#include "machine_speed.hpp"
#include "secret_memory.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace tcr::test
{
namespace
{

/// Creates an unnamed file in memory. Unlike a pipe, the file never fills up, so the test need not read it
/// while the program runs.
int memory_file(std::string const& content = {})
{
    int const fd = memfd_create("tcr-test", MFD_CLOEXEC);
    if (fd < 0 || write(fd, content.data(), content.size()) != static_cast<ssize_t>(content.size()) ||
        lseek(fd, 0, SEEK_SET) != 0)
        throw std::system_error(errno, std::generic_category(), "memfd_create");
    return fd;
}

/// Reads the whole file from its start. Does not change the position at which the program writes.
std::string content_of(int fd)
{
    std::string text;
    std::array<char, 65536> chunk;
    for (;;)
    {
        auto const count = pread(fd, chunk.data(), chunk.size(), static_cast<off_t>(text.size()));
        if (count <= 0)
            return text;
        text.append(chunk.data(), static_cast<std::size_t>(count));
    }
}

std::string name_of(std::string const& variable)
{
    return variable.substr(0, variable.find('='));
}

std::vector<std::string> merged_environment(std::vector<std::string> const& changes)
{
    std::vector<std::string> all;
    for (char** each = environ; *each != nullptr; ++each)
    {
        bool const is_changed = std::any_of(
            changes.begin(),
            changes.end(),
            [&](auto const& change) { return name_of(change) == name_of(*each); }
        );
        if (!is_changed)
            all.emplace_back(*each);
    }
    for (auto const& change : changes)
        if (change.find('=') != std::string::npos)
            all.push_back(change);
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> list;
    for (auto& text : texts)
        list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

}  // namespace

std::filesystem::path program_under_test()
{
    char const* const chosen = std::getenv("TCR_ASSISTANT");
    return chosen != nullptr ? chosen : TCR_PROGRAM;
}

std::vector<std::string> controller_without_ports(std::filesystem::path const& kubeconfig)
{
    return {
        program_under_test(),
        "controller",
        "--kubeconfig",
        kubeconfig,
        "--metrics-bind-address=0",
        "--health-probe-bind-address=0",
        "--webhook-bind-address=0"};
}

child_process::child_process(
    std::vector<std::string> const& words,
    std::vector<std::string> const& environment,
    std::string const& input
)
    // Searches all words, because `words[0]` may be another program that starts the program under test.
    : is_searched_(std::find(words.begin(), words.end(), program_under_test()) != words.end()),
      out_(memory_file()),
      err_(memory_file())
{
    auto arguments = words;
    auto variables = merged_environment(environment);
    int const in = memory_file(input);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out_, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, err_, STDERR_FILENO);
    // A child that inherited the sockets of a proxy would keep them open.
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    int const failure = posix_spawnp(
        &pid_,
        arguments.front().c_str(),
        &files,
        nullptr,
        pointers(arguments).data(),
        pointers(variables).data()
    );
    posix_spawn_file_actions_destroy(&files);
    close(in);
    if (failure != 0)
        throw std::system_error(failure, std::generic_category(), "cannot start " + words.front());
}

child_process::~child_process()
{
    if (is_running())
    {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    if (is_searched_)
    {
        must_be_clean("the program's output", content_of(out_));
        must_be_clean("the program's error output", content_of(err_));
    }
    close(out_);
    close(err_);
}

bool child_process::is_running()
{
    int raw = 0;
    if (status_ || waitpid(pid_, &raw, WNOHANG) == 0)
        return !status_;
    status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    return false;
}

void child_process::signal(int number)
{
    if (is_running())
        kill(pid_, number);
}

int child_process::wait(std::chrono::milliseconds limit)
{
    auto const started = std::chrono::steady_clock::now();
    for (bool is_extended = false; is_running();)
    {
        if (std::chrono::steady_clock::now() - started >= limit)
        {
            if (std::exchange(is_extended, true))
                throw std::runtime_error("the program still runs; its output: " + out() + err());
            limit = scaled_limit(limit);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return *status_;
}

std::string child_process::out() const
{
    return content_of(out_);
}

std::string child_process::err() const
{
    return content_of(err_);
}

command_result run_command(
    std::vector<std::string> const& words,
    std::vector<std::string> const& environment,
    std::string const& input,
    std::chrono::seconds limit
)
{
    child_process program(words, environment, input);
    int const status = program.wait(limit);
    return {status, program.out(), program.err()};
}

}  // namespace tcr::test
