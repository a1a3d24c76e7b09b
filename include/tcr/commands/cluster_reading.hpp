// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads a cluster once, for commands. (The controller watches the cluster instead.)

#include <tcr/controller/catalog.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <string_view>
#include <vector>

namespace tcr::commands
{

/// Reads into an empty store what the controller has in its store: the namespaces, the service accounts, and
/// our Secrets, including Secrets that lost our label. If the account of this process may list only Secrets
/// with certain names, reads only those. Sets the access of `image_pull_secrets` to these names, or to all
/// Secrets.
/// \param own_namespace the namespace of the controller
/// \par Errors those of the API. \par Cancellation terminal.
task<result<void>> read_cluster(
    kube::client& client,
    runtime::cluster_store& store,
    controller::catalog& image_pull_secrets,
    std::string own_namespace
);

/// Reads all ImagePullSecrets. \par Errors those of the API. \par Cancellation terminal.
task<result<void>> read_image_pull_secrets(kube::client& client, controller::catalog& catalog);

/// Lists the metadata of objects. `doing` begins the text of an error. \par Errors those of the API.
/// \par Cancellation terminal.
task<result<std::vector<kube::object_meta>>> list_names(
    kube::client& client, kube::resource const& type, kube::selection const& which, std::string_view doing
);

}  // namespace tcr::commands
