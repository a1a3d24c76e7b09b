#pragma once

// Facts about the build, for `version` and metrics.

#include <string_view>

namespace tcr::app
{

/// Facts about the build. CMake generates the values at its configure step.
struct build_info
{
    std::string_view commit;          ///< short hash, or "unknown" where the source was no git checkout
    std::string_view yaml_cpp;        ///< version
    std::string_view prometheus_cpp;  ///< version; empty in a program without it
};

extern build_info const this_build;

}  // namespace tcr::app
