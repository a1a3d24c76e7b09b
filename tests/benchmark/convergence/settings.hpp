#pragma once

#include "program.hpp"

#include <cstddef>

namespace tcr::benchmark
{

/// The controller's log tells the end of no less work than that.
inline constexpr std::size_t least_namespaces_in_log = 100;

struct convergence_settings : common_settings
{
    std::size_t crs = 1;               ///< ImagePullSecrets, each of which matches everything
    std::size_t raw_connections = 16;  ///< as many as the controller has places for namespaces at work
    bool skip_raw = false;
    std::size_t births = 200;  ///< namespaces, and half as many accounts, created while it is quiet
    bool skip_fairness = false;
    double idle_seconds = 60;
};

}  // namespace tcr::benchmark
