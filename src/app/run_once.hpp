#pragma once

#include <tcr/kube/client.hpp>
#include <tcr/kube/config.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/util/async.hpp>

#include <functional>

namespace tcr::app
{

/// Work that comes to an end by itself. \return the exit status.
using once = std::function<task<int>(kube::client& client)>;

/// Runs it with a client for that cluster, to its end or to SIGTERM or SIGINT, which cancel it; a second one
/// ends the process.
/// \return the exit status: the work's own; 1 where it was cancelled or threw; 2 where the configuration
/// cannot be used.
int run_once(kube::config_source const& cluster, logger& log, once work);

}  // namespace tcr::app
