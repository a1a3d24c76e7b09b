// SPDX-License-Identifier: Apache-2.0
#include "traced_process.hpp"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

namespace tcr::test
{
namespace
{

[[noreturn]] void fail(char const* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

/// Executes the program in the new process.
[[noreturn]] void become(std::vector<char*>& words)
{
    int const nowhere = open("/dev/null", O_RDWR);
    for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        dup2(nowhere, fd);
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
    execv(words.front(), words.data());
    _exit(127);
}

/// The path that a program is about to open.
std::string path_at(pid_t pid, std::uint64_t address)
{
    std::array<char, 256> text{};
    iovec const here{text.data(), text.size() - 1};
    iovec const there{reinterpret_cast<void*>(address), text.size() - 1};
    // If the readable memory ends before the buffer is full, fewer bytes are read.
    if (process_vm_readv(pid, &here, 1, &there, 1, 0) <= 0)
        return {};
    return text.data();
}

}  // namespace

traced_end run_and_kill(std::vector<std::string> const& words, std::string const& from, std::size_t which_one)
{
    auto copies = words;
    std::vector<char*> pointers;
    for (auto& word : copies)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    pid_t const pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0)
        become(pointers);

    int raw = 0;
    if (waitpid(pid, &raw, 0) != pid || !WIFSTOPPED(raw))
        fail("the program does not stop");
    if (ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0)
        fail("cannot trace");
    traced_end end;
    bool is_counting = false;
    int signal = 0;
    for (;;)
    {
        // A process that is being killed cannot be traced any more.
        if (ptrace(PTRACE_SYSCALL, pid, nullptr, signal) != 0 && errno != ESRCH)
            fail("cannot continue the program");
        if (waitpid(pid, &raw, 0) != pid)
            fail("cannot wait");
        if (WIFEXITED(raw) || WIFSIGNALED(raw))
        {
            end.was_killed = WIFSIGNALED(raw);
            end.status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 0;
            return end;
        }
        signal = WSTOPSIG(raw) == (SIGTRAP | 0x80) || WSTOPSIG(raw) == SIGTRAP ? 0 : WSTOPSIG(raw);
        if (WSTOPSIG(raw) != (SIGTRAP | 0x80))
            continue;
        __ptrace_syscall_info call{};
        if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call) <= 0)
        {
            if (errno == ESRCH)
                continue;
            fail("cannot inspect a system call");
        }
        if (call.op != PTRACE_SYSCALL_INFO_ENTRY)
            continue;
        if (!is_counting && call.entry.nr == SYS_openat)
            is_counting = path_at(pid, call.entry.args[1]).ends_with(from);
        if (is_counting && ++end.calls == which_one)
            kill(pid, SIGKILL);
    }
}

}  // namespace tcr::test
