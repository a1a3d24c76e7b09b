#pragma once

#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

// Runs other programs.

namespace tcr
{

/// A program to run.
struct program
{
    std::string path;                      ///< without a slash in it: looked up in PATH
    std::vector<std::string> arguments;    ///< without the program's own name
    std::vector<std::string> environment;  ///< "NAME=value", in addition to ours and before it
};

struct program_limits
{
    std::chrono::milliseconds time{60'000};  ///< from its start to its end
    std::size_t output = 1024 * 1024;        ///< bytes of standard output; more ends it
    std::size_t error_output = 4 * 1024;     ///< bytes of standard error that are kept
};

/// How a program ended and what it wrote.
struct program_end
{
    int status = 0;  ///< exit status, or 0 where a signal ended it
    int signal = 0;  ///< the signal that ended it, or 0
    std::string output;
    std::string error_output;
};

/// Opens a descriptor that becomes readable when the process ends. \return -1 and `errno` where that fails.
using pidfd_opener = int (*)(pid_t process);

/// pidfd_open(2): Linux 5.3; seccomp filters older than it, and gVisor, refuse it.
int open_pidfd(pid_t process);

/// Runs a program without terminal or input, in a session of its own, and returns when it has ended and all
/// processes that inherited its output have closed it. Where `open` fails, it looks for the program's end at
/// short intervals.
/// \par Errors the system's where it cannot be started, `timed_out`, `value_too_large` for too much output.
/// Then it and what it started are killed. \par Cancellation terminal: likewise.
task<result<program_end>> run_program(program what, program_limits limits, pidfd_opener open = &open_pidfd);

}  // namespace tcr
