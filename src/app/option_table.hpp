#pragma once

// The options of `controller`.

#include "option.hpp"
#include <tcr/app/options.hpp>

#include <vector>

namespace tcr::app
{

/// The options, in the order of the help, bound to `command`. `--help` is not among them: it sets nothing.
std::vector<option> options_of(controller_command& command);

}  // namespace tcr::app
