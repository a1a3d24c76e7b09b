#pragma once

#include "program.hpp"

#include <cstddef>

namespace tcr::benchmark
{

/// The controller's log reports the end of work from this number of namespaces on.
inline constexpr std::size_t least_namespaces_in_log = 100;

struct convergence_settings : common_settings
{
    std::size_t image_pull_secrets = 1;  ///< ImagePullSecrets, each of which matches everything
    std::size_t raw_connections = 16;    ///< the controller's limit of concurrent namespaces
    bool skip_raw = false;
    std::size_t new_namespaces = 200;  ///< new namespaces, and half as many accounts, while idle
    bool skip_fairness = false;
    double idle_seconds = 60;
};

}  // namespace tcr::benchmark
