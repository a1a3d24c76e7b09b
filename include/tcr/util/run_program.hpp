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
    std::vector<std::string> environment;  ///< "NAME=value"; added to our environment, replacing equal names
};

struct program_limits
{
    std::chrono::milliseconds time{60'000};  ///< from the program's start to its end
    std::size_t output = 1024 * 1024;        ///< max bytes of standard output; more is an error
    std::size_t error_output = 4 * 1024;     ///< max bytes of standard error that are kept
};

/// How a program ended and what it wrote.
struct program_end
{
    int status = 0;  ///< exit status, or 0 if a signal ended it
    int signal = 0;  ///< the signal that ended it, or 0
    std::string output;
    std::string error_output;
};

/// Opens a descriptor that becomes readable when the process ends. \return -1, with `errno` set, on failure.
using pidfd_opener = int (*)(pid_t process);

/// pidfd_open(2), since Linux 5.3. gVisor and older seccomp filters refuse it.
int open_pidfd(pid_t process);

/// Runs a program without terminal or input, in its own session. Returns when it has ended and all processes
/// that inherited its output have closed it. If `open` fails, checks at short intervals whether the program
/// has ended.
/// \par Errors the system's if the program cannot be started, `timed_out`, `value_too_large` for too much
/// output. The program and its process group are then killed. \par Cancellation terminal: kills them too.
task<result<program_end>> run_program(program what, program_limits limits, pidfd_opener open = &open_pidfd);

}  // namespace tcr
