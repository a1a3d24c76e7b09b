// SPDX-License-Identifier: Apache-2.0
#pragma once

// The options of `controller`.

#include "option.hpp"
#include <tcr/app/options.hpp>

#include <vector>

namespace tcr::app
{

/// The options of `command`, bound to its members, in the order of the help. Does not contain `--help`, which
/// sets no member.
std::vector<option> options_of(controller_command& command);

}  // namespace tcr::app
