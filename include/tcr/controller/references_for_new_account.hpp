#pragma once

// What the mutating webhook adds to a ServiceAccount that is being created.

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

    /// An ImagePullSecret selects by labels, and the watch has not reported the namespace yet.
    bool is_undecided = false;

    bool operator==(new_account_references const&) const = default;
};

/// The references that a new account needs in addition to `present`, those in its create request. Pure.
///
/// A reference may precede its Secret: kubelet skips a Secret that does not exist (kubelet_pods.go,
/// getPullSecretsForPod), and the Secret exists before the pod is on its node. `account` is empty if the API
/// server generates the name later (generateName). Then only references for all accounts are returned.
new_account_references references_for_new_account(
    catalog const& image_pull_secrets,
    runtime::cluster_store const& store,
    std::string_view ns,
    std::string_view account,
    std::vector<std::string> const& present
);

}  // namespace tcr::controller
