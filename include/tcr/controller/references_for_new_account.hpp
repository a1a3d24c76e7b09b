// SPDX-License-Identifier: Apache-2.0
#pragma once

// Finds the references that the mutating webhook adds to a ServiceAccount during its creation.

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

struct new_account_references
{
    /// Names to append to the account's imagePullSecrets.
    std::vector<std::string> names;

    /// Whether an ImagePullSecret may serve the account, but this depends on unknown labels: the
    /// ImagePullSecret has a namespaceSelector, and the watch has not reported the namespace yet.
    bool is_undecided = false;

    bool operator==(new_account_references const&) const = default;
};

/// The references that a new account needs and that its create request lacks. Omits references to foreign
/// Secrets. Pure.
///
/// The Secret of a reference may not exist yet. This is harmless: kubelet skips a missing Secret
/// (kubelet_pods.go, getPullSecretsForPod), and the controller usually creates the Secret before a pod of the
/// account reaches a node.
/// \param account empty if the API server generates the name later (generateName). Then only ImagePullSecrets
/// that serve all accounts count.
/// \param present the references in the create request.
new_account_references references_for_new_account(
    catalog const& image_pull_secrets,
    runtime::cluster_store const& store,
    std::string_view ns,
    std::string_view account,
    std::vector<std::string> const& present
);

}  // namespace tcr::controller
