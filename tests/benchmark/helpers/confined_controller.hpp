#pragma once

#include "cgroup.hpp"
#include "controller_process.hpp"

namespace tcr::benchmark
{

/// The controller as a process in a control group of its own.
struct confined_controller
{
    /// Starts it. `number` tells its group from the others of this benchmark; limits of 0 are none.
    /// Throws where that fails.
    confined_controller(
        controller_process::place const& where, unsigned number, double cpus, double memory_mib
    );

    /// Waits until it has nothing to do. Throws when it has after four minutes.
    void wait_until_quiet() const;

    test::cgroup group;
    controller_process process;
};

}  // namespace tcr::benchmark
