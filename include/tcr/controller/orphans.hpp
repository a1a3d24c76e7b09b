#pragma once

// Finds our Secrets that lost their label.

#include <tcr/kube/client.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <vector>

namespace tcr::controller
{

/// Finds Secrets with our prefix, type and owner that no watch shows because they lost our label. Adds them
/// to the store, where a plan adopts or removes them. Costs one paged metadata list.
/// \return the namespaces that have one. \par Errors those of the API. \par Cancellation terminal.
task<result<std::vector<std::string>>> find_orphans(kube::client& client, runtime::cluster_store& store);

}  // namespace tcr::controller
