// SPDX-License-Identifier: Apache-2.0
#pragma once

// Finds out which pull Secrets the controller may read and write in all namespaces.

#include <tcr/kube/access_review.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <array>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tcr::controller
{

/// Names of pull Secrets, which all begin with `secret_prefix`.
using secret_names = std::set<std::string, std::less<>>;

/// The verbs that the controller needs for each pull Secret, besides `create`. RBAC cannot restrict `create`
/// by name (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources).
inline constexpr std::array<std::string_view, 5> secret_verbs{"get", "list", "watch", "patch", "delete"};

/// The pull Secrets that the controller may read and write: all, or those with certain names.
class secret_access
{
public:
    /// All Secrets.
    secret_access() = default;

    /// Only the Secrets with these names. `own_namespace` is the controller's namespace, for the command in
    /// `problem_of`.
    secret_access(secret_names names, std::string own_namespace)
        : names_(std::move(names)), own_namespace_(std::move(own_namespace)), is_by_name_(true)
    {
    }

    bool is_by_name() const { return is_by_name_; }

    /// The names; empty if all Secrets are allowed.
    secret_names const& names() const { return names_; }

    bool allows(std::string_view secret) const { return !is_by_name_ || names_.contains(secret); }

    /// Why the controller does not serve this ImagePullSecret, with the command that grants the access; empty
    /// if its Secret is allowed.
    std::string problem_of(std::string_view cr_name) const;

    bool operator==(secret_access const&) const = default;

private:
    secret_names names_;
    std::string own_namespace_;
    bool is_by_name_ = false;
};

/// Names of the pull Secrets for which the rules grant all `verbs`. Returns only names that a rule contains.
/// The verbs of rules without names count for each of the returned names, too. Pure.
secret_names granted_names(
    kube::rules_review const& review, std::span<std::string_view const> verbs = secret_verbs
);

/// Whether a review failed because the API server forbids or does not offer reviews. By default, every
/// account may create reviews (ClusterRole system:basic-user).
bool is_review_refused(error const& failure);

/// Asks the API server which pull Secrets the controller's account may use.
/// - If the account may list all Secrets, returns all, without a check of the other verbs.
/// - If not, returns the names for which the account's rules grant all `verbs` (`granted_names`).
/// - If the API server refuses to list the rules, or cannot list all of them, the known rules may lack names.
///   Then also asks about each name in `wanted` that the known rules do not grant, one by one. Also returns
///   those of these names that the account may list.
/// \param wanted the names that ImagePullSecrets need
/// \param own_namespace the namespace of the controller
/// \param verbs must outlive the call.
/// \par Errors those of the API. \par Cancellation terminal.
task<result<secret_access>> read_secret_access(
    kube::client& client,
    secret_names wanted,
    std::string own_namespace,
    std::span<std::string_view const> verbs = secret_verbs
);

}  // namespace tcr::controller
