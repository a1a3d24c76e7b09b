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
/// call. Counting begins at 1, with the call that opens a file whose path ends in `from`. 0 means that it
/// runs to its end. Only the first thread is counted. Throws if the program cannot be traced.
traced_end run_and_kill(
    std::vector<std::string> const& words, std::string const& from, std::size_t which_one
);

}  // namespace tcr::test
