// SPDX-License-Identifier: Apache-2.0
#pragma once

// Finds Secrets of the controller that lost our label.

#include <tcr/kube/client.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <vector>

namespace tcr::controller
{

/// Finds Secrets with our prefix, type and owner but without our label. The watch of Secrets with our label
/// does not report them. Adds them to the store, so that the next plan updates or removes them. Costs one
/// paged metadata list.
/// \return the namespaces of these Secrets. \par Errors those of the API. \par Cancellation terminal.
task<result<std::vector<std::string>>> find_unlabeled_secrets(
    kube::client& client, runtime::cluster_store& store
);

}  // namespace tcr::controller
