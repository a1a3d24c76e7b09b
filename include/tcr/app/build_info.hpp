// SPDX-License-Identifier: Apache-2.0
#pragma once

// Facts about the build, for `version` and metrics.

#include <string_view>

namespace tcr::app
{

/// Facts about the build. CMake generates the values at its configure step.
struct build_info
{
    std::string_view commit;          ///< CMake's TCR_COMMIT if set, else git's short hash, else "unknown"
    std::string_view yaml_cpp;        ///< version of yaml-cpp
    std::string_view prometheus_cpp;  ///< version; empty if the program lacks prometheus-cpp
};

extern build_info const this_build;

}  // namespace tcr::app
