#pragma once

#include <tcr/app/options.hpp>

namespace tcr::app
{

/// Runs the controller until SIGTERM or SIGINT. \return the exit status: 0 after a clean stop, 1 after a failure,
/// 2 where the cluster's configuration cannot be used.
int run_controller(controller_command const& command);

}  // namespace tcr::app
