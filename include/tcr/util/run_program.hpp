// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs other programs.

#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace tcr
{

/// A program to run.
struct program
{
    std::string path;                      ///< looked up in PATH if it contains no slash
    std::vector<std::string> arguments;    ///< without the program's own name
    std::vector<std::string> environment;  ///< "NAME=value"; added to ours, or replaces ours of that name
};

struct program_limits
{
    std::chrono::milliseconds time{60'000};  ///< max time until the program has ended and closed its output
    std::size_t output = 1024 * 1024;        ///< max bytes of standard output; more is an error
    std::size_t error_output = 4 * 1024;     ///< max bytes of standard error that are kept
};

/// How a program ended and what it wrote.
struct program_end
{
    int status = 0;  ///< exit status; 0 if a signal ended the program
    int signal = 0;  ///< the signal that ended the program; 0 if none
    std::string output;
    std::string error_output;
};

/// Opens a descriptor that becomes readable when the process ends. \return the descriptor; on failure -1,
/// with `errno` set.
using pidfd_opener = int (*)(pid_t process);

/// Calls pidfd_open(2), which exists since Linux 5.3. gVisor and older seccomp filters reject the call.
int open_pidfd(pid_t process);

/// Runs a program in a new session, without a terminal and without input. Returns when the program has ended
/// and its standard output and standard error are closed. Processes that the program has started may keep
/// these outputs open for longer than the program runs. If `open` fails, checks at short intervals whether
/// the program has ended.
/// \par Errors
/// - a system error if the program cannot be started;
/// - `timed_out` at `program_limits::time`, after killing the program and its process group;
/// - `value_too_large` if its standard output is too long, after killing the program and its process group.
/// \par Cancellation terminal: kills the program and its process group.
task<result<program_end>> run_program(program what, program_limits limits, pidfd_opener open = &open_pidfd);

}  // namespace tcr
