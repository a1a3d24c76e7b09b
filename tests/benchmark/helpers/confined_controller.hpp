// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cgroup.hpp"
#include "controller_process.hpp"

namespace tcr::benchmark
{

/// A controller process in its own control group.
struct confined_controller
{
    /// Starts the controller. `number` makes the name of its control group unique in this benchmark. `cpus`
    /// and `memory_mib` limit the group; 0 means no limit. Throws on failure.
    confined_controller(
        controller_process::place const& where, unsigned number, double cpus, double memory_mib
    );

    /// Waits until the controller is idle. Throws after four minutes.
    void wait_until_idle() const;

    test::cgroup group;
    controller_process process;
};

}  // namespace tcr::benchmark
