// SPDX-License-Identifier: Apache-2.0
#pragma once

// Makes a client for the cluster and runs a command that ends by itself.

#include <tcr/kube/client.hpp>
#include <tcr/kube/config.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/util/async.hpp>

#include <functional>

namespace tcr::app
{

/// Work that ends by itself and returns the exit status.
using command_work = std::function<task<int>(kube::client& client)>;

/// Runs `work` with a client for `cluster`. SIGTERM or SIGINT cancels the work; a second signal ends the
/// process.
/// \return the exit status of the work; 1 if the work threw, for example because it was cancelled; 2 if
/// the configuration cannot be used.
int run_once(kube::config_source const& cluster, logger& log, command_work work);

}  // namespace tcr::app
