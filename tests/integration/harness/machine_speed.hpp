// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tcr::test
{

/// How much slower this machine is at this moment than the machine on which the time limits of the tests were
/// chosen: a quotient of two times of the same work, at least 1. Each call does this work, about 20 ms of CPU
/// time.
struct slowness
{
    double cpu;   ///< by CPU time: slower processors, or neighbours that use their caches
    double wall;  ///< by elapsed time: also other programs that run meanwhile
};

slowness measure_slowness();

}  // namespace tcr::test
