// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs the command `controller`.

#include <tcr/app/options.hpp>

#include <string>
#include <vector>

namespace tcr::app
{

/// Runs the controller until SIGTERM or SIGINT. `command` must be the result of parsing `words`.
/// \return the exit status. 0: clean stop. 1: failure. 2: the configuration cannot be used.
int run_controller(std::vector<std::string> words, controller_command const& command);

}  // namespace tcr::app
