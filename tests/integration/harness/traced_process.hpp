// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tcr::test
{

/// Result of a traced program.
struct traced_end
{
    bool was_killed = false;
    int status = 0;         ///< exit status, if the program was not killed
    std::size_t calls = 0;  ///< number of counted system calls
};

/// Runs a program, discards its output, and kills it (SIGKILL) at the entry of its `which_one`-th system
/// call. Call 1 is the one that opens a file whose path ends in `from`. If `which_one` is 0, the program runs
/// to its end. Counts only the first thread. Throws if the program cannot be traced.
traced_end run_and_kill(
    std::vector<std::string> const& words, std::string const& from, std::size_t which_one
);

}  // namespace tcr::test
