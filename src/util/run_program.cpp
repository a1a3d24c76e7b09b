// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/run_program.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/file_posix.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>

// This file does not use Boost.Process 1.81, for these reasons:
// - v1 has no option for a new session.
// - v2 does not compile with std::filesystem.
// - If exec fails, the child process of v2 runs the exit handlers of this process.
// - v2 does not kill the processes that the program has started.
namespace tcr
{
namespace
{

namespace system = boost::system;

/// Interval between checks whether a program has ended, if there is no pidfd. The checks begin when the
/// program's output has ended. The program usually ends at the same time, so few checks are needed.
constexpr std::chrono::milliseconds poll_interval{20};

system::error_code last_error()
{
    return {errno, system::system_category()};
}

/// A file descriptor. The destructor closes it.
using descriptor = boost::beast::file_posix;

/// Opens a pipe from a program to this process. Both ends are close-on-exec, so that no other program
/// inherits them.
system::error_code open_pipe(asio::readable_pipe& ours, descriptor& programs)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return last_error();
    programs.native_handle(ends[1]);
    system::error_code ec;
    ours.assign(ends[0], ec);
    return ec;
}

std::string_view name_of(std::string_view variable)
{
    return variable.substr(0, variable.find('='));
}

/// Returns the environment of this process, with the variables of `changes` added or replaced.
std::vector<std::string> merged_environment(std::vector<std::string> const& changes)
{
    auto all = changes;
    for (char** each = environ; *each != nullptr; ++each)
    {
        auto const is_same = [&](auto const& change) { return name_of(change) == name_of(*each); };
        if (std::none_of(changes.begin(), changes.end(), is_same))
            all.emplace_back(*each);
    }
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

/// Files, session and signals that a program starts with.
struct spawn_settings
{
    spawn_settings(int out, int err)
    {
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
        posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        // Asio's sockets are not close-on-exec. Without this action, the child would keep our connections
        // open.
        posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);

        // In a new session, the program has no terminal for prompts and has its own process group, so that a
        // kill also reaches the processes that it has started.
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        );
        sigset_t signals;
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&attributes, &signals);
        sigfillset(&signals);
        posix_spawnattr_setsigdefault(&attributes, &signals);
    }
    ~spawn_settings()
    {
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&files);
    }
    spawn_settings(spawn_settings const&) = delete;
    spawn_settings& operator=(spawn_settings const&) = delete;

    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
};

/// A started program. The destructor kills the program and its process group, unless `collect` was called
/// before.
class running_program
{
public:
    explicit running_program(asio::any_io_executor executor)
        : out(executor), err(executor), ended(executor), deadline(executor)
    {
    }
    ~running_program()
    {
        kill_all();
        if (pid > 0)
            waitpid(pid, nullptr, 0);  // returns soon after SIGKILL
    }
    running_program(running_program const&) = delete;
    running_program& operator=(running_program const&) = delete;

    /// Kills the program and its process group, and ends the reads of its output. `why` is the reason.
    /// `stopped` keeps the reason of the first call.
    void stop(system::error_code why)
    {
        if (!stopped)
            stopped = why;
        kill_all();
        // Cancel the reads: a process that has left the process group may keep the pipes open forever.
        system::error_code ignored;
        out.cancel(ignored);
        err.cancel(ignored);
    }

    /// Whether the program has ended. Does not wait and does not collect the program. Returns true if the
    /// check fails.
    bool has_ended() const
    {
        siginfo_t info{};
        int const failed = waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT);
        return failed != 0 || info.si_pid != 0;
    }

    /// Collects the program: removes its entry from the process table. Call it after the program has ended.
    /// \return the wait status, see waitpid(2).
    int collect()
    {
        int raw = 0;
        waitpid(pid, &raw, 0);
        pid = -1;
        return raw;
    }

    pid_t pid = -1;              ///< -1: not started, or collected
    system::error_code stopped;  ///< reason of the first `stop`; no error: not stopped
    asio::readable_pipe out;
    asio::readable_pipe err;
    asio::posix::stream_descriptor ended;  ///< readable once the program has ended; not open without a pidfd
    asio::steady_timer deadline;

private:
    void kill_all() const
    {
        if (pid <= 0)
            return;
        kill(-pid, SIGKILL);
        kill(pid, SIGKILL);
    }
};

result<std::shared_ptr<running_program>> start(
    asio::any_io_executor executor, program const& what, pidfd_opener open
)
{
    auto running = std::make_shared<running_program>(executor);
    descriptor out;
    descriptor err;
    auto ec = open_pipe(running->out, out);
    if (!ec)
        ec = open_pipe(running->err, err);
    if (ec)
        return error(ec);

    std::vector<std::string> words{what.path};
    words.insert(words.end(), what.arguments.begin(), what.arguments.end());
    auto variables = merged_environment(what.environment);
    spawn_settings const settings(out.native_handle(), err.native_handle());
    pid_t pid = -1;
    int const failure = posix_spawnp(
        &pid,
        what.path.c_str(),
        &settings.files,
        &settings.attributes,
        pointers(words).data(),
        pointers(variables).data()
    );
    if (failure != 0)
        return error({failure, system::system_category()});

    running->pid = pid;
    if (int const handle = open(pid); handle >= 0)
        running->ended.assign(handle, ec);
    if (ec)
        return error(ec);
    return running;
}

void stop_after(std::shared_ptr<running_program> const& running, std::chrono::milliseconds time)
{
    running->deadline.expires_after(time);
    running->deadline.async_wait(
        [weak = std::weak_ptr(running)](system::error_code ec)
        {
            auto const still = weak.lock();
            if (!ec && still)
                still->stop(make_error_code(system::errc::timed_out));
        }
    );
}

/// Reads `pipe` to its end. Appends at most `max_bytes` bytes to `text` and discards the rest. If bytes are
/// discarded and `limited` is not null, stops `limited`.
task<void> read_all(
    asio::readable_pipe& pipe, std::string& text, std::size_t max_bytes, running_program* limited
)
{
    std::array<char, 4096> chunk;
    for (;;)
    {
        auto [ec, count] = co_await pipe.async_read_some(asio::buffer(chunk), use_tuple);
        if (ec)
            co_return;
        auto const kept = std::min(count, max_bytes - text.size());
        text.append(chunk.data(), kept);
        if (kept < count && limited != nullptr)
        {
            limited->stop(make_error_code(system::errc::value_too_large));
            co_return;
        }
    }
}

/// Returns when the program has ended. \par Cancellation terminal, by exception.
task<void> wait_for_end(running_program& running)
{
    if (running.ended.is_open())
    {
        co_await running.ended.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
        co_return;
    }
    while (!running.has_ended())
        co_await sleep_for(poll_interval);
}

}  // namespace

int open_pidfd(pid_t process)
{
    // glibc 2.36 declares its function pidfd_open for C only.
    return static_cast<int>(syscall(SYS_pidfd_open, process, 0));
}

task<result<program_end>> run_program(program what, program_limits limits, pidfd_opener open)
{
    auto executor = co_await asio::this_coro::executor;
    auto started = start(executor, what, open);
    if (!started)
        co_return started.error();
    auto const& running = *started;
    stop_after(running, limits.time);

    program_end end;
    task_group readers(executor);
    readers.spawn(read_all(running->out, end.output, limits.output, running.get()));
    readers.spawn(read_all(running->err, end.error_output, limits.error_output, nullptr));
    co_await readers.join();
    co_await wait_for_end(*running);
    running->deadline.cancel();

    int const raw = running->collect();
    if (running->stopped)
        co_return error(running->stopped);
    if (WIFEXITED(raw))
        end.status = WEXITSTATUS(raw);
    else
        end.signal = WTERMSIG(raw);
    co_return end;
}

}  // namespace tcr
