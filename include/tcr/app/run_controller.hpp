#pragma once

// Runs the command `controller`.

#include <tcr/app/options.hpp>

#include <string>
#include <vector>

namespace tcr::app
{

/// Runs the controller until SIGTERM or SIGINT. `words` are those from which `command` was parsed.
/// \return the exit status: 0 after a clean stop, 1 after a failure, 2 if the configuration cannot be used.
int run_controller(std::vector<std::string> words, controller_command const& command);

}  // namespace tcr::app
