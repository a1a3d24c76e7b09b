#pragma once

#include <tcr/kube/client.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <vector>

namespace tcr::controller
{

/// Finds what an earlier life left behind and no watch shows: Secrets with our prefix, type and owner that
/// lost our label. Takes them into the store, where a plan adopts or removes them. One paged metadata list.
/// \return the namespaces that have one. \par Errors those of the API. \par Cancellation terminal.
task<result<std::vector<std::string>>> find_orphans(kube::client& client, runtime::cluster_store& store);

}  // namespace tcr::controller
