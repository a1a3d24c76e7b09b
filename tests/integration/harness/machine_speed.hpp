// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace tcr::test
{

/// How much slower the processors of this machine are than those of the machine on which the time limits of
/// the tests were chosen; at least 1. Measured once in each process: the least CPU time of a fixed piece of
/// work, which took 25 ms there.
double processor_slowness();

/// The same by elapsed time, at this moment. Other programs that run meanwhile count too.
double elapsed_slowness();

/// Returns a time limit, multiplied by `elapsed_slowness`.
std::chrono::milliseconds scaled_limit(std::chrono::milliseconds limit);

}  // namespace tcr::test
