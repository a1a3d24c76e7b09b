// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "program.hpp"

#include <cstddef>

namespace tcr::benchmark
{

/// The lowest number of namespaces for which the controller logs the end of its work.
inline constexpr std::size_t least_namespaces_in_log = 100;

struct convergence_settings : common_settings
{
    std::size_t image_pull_secrets = 1;  ///< number of ImagePullSecrets; each matches all accounts
    std::size_t raw_connections = 16;    ///< of the raw replay; the controller's limit of concurrent runs
    bool skip_raw = false;
    std::size_t new_namespaces = 200;  ///< created while idle, with half as many accounts
    bool skip_fairness = false;
    double idle_seconds = 60;
};

}  // namespace tcr::benchmark
