#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tcr::test
{

/// How a traced program ended.
struct traced_end
{
    bool was_killed = false;
    int status = 0;         ///< exit status, where it was not killed
    std::size_t calls = 0;  ///< system calls that were counted
};

/// Runs a program, its output thrown away, and kills it (SIGKILL) as it enters its `which_one`-th system call, from 1, counted
/// from the one that opens a file whose path ends in `from` on. 0: lets it run to its end. Of several threads the first
/// is counted. Throws where it cannot be traced.
traced_end run_and_kill(
    std::vector<std::string> const& words, std::string const& from, std::size_t which_one
);

}  // namespace tcr::test
