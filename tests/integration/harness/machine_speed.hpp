// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace tcr::test
{

/// How much slower this machine is at this moment than the machine on which the time limits of the tests were
/// chosen: the time of a fixed piece of work, divided by its time on that machine; at least 1. The work takes
/// 25 ms of CPU time there.
struct slowness
{
    double cpu;   ///< by CPU time: slower processors, or other programs that use their caches
    double wall;  ///< by elapsed time: also other programs that run meanwhile
};

slowness measure_slowness();

/// Returns a time limit, multiplied by the slowness of this machine at this moment (elapsed time).
std::chrono::milliseconds on_this_machine(std::chrono::milliseconds limit);

}  // namespace tcr::test
