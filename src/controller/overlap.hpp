// SPDX-License-Identifier: Apache-2.0
#pragma once

// Finds where two ImagePullSecrets overlap: for which images and in which scope.

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

/// A list that counts all added names and stores the first few.
class name_list
{
public:
    static constexpr std::size_t max_shown = 2;

    /// Adds a name. \return whether more names were added than the list stores.
    bool add(std::string_view name);

    bool empty() const { return count_ == 0; }
    std::size_t count() const { return count_; }

    /// The names in quotes, such as `"a", "b" and 3 more`. Cuts long names.
    /// \param is_complete whether all names were added. If false, the text has "and more" without a number.
    std::string text(bool is_complete) const;

private:
    std::vector<std::string> shown_;
    std::size_t count_ = 0;
};

/// How kubelet chooses, in one pod, between the credentials for server A and for server B.
enum class key_relation
{
    apart,   ///< no image gets both credentials, or the longer path decides
    same,    ///< A and B are the same: kubelet tries both, in the order of the pod's imagePullSecrets
    before,  ///< a wildcard in one host matches the other host: kubelet tries A before B
    after,   ///< a wildcard in one host matches the other host: kubelet tries B before A
    hides,   ///< both are names of Docker Hub: kubelet uses only A
    hidden   ///< both are names of Docker Hub: kubelet uses only B
};

/// A key of another ImagePullSecret's `auths`, and how a key of the checked ImagePullSecret relates to it. In
/// `relation`, server A is the key of the checked ImagePullSecret, and server B is `key`.
///
/// Kubelet tries the keys in descending order of their bytes:
/// - If two keys have the same host and one path begins with the other path, the longer path comes first.
///   Such keys are `apart`, because the longer path decides.
/// - A host comes before a wildcard that matches it, however long the paths are. Exception: a host without
///   port and path comes after a wildcard that begins with the whole host, such as "registry.example.com*".
///
/// Source: `BasicDockerKeyring` in k8s.io/kubernetes/pkg/credentialprovider.
struct related_key
{
    std::string key;
    key_relation relation = key_relation::apart;
};

/// The keys of `auths` in the pull Secret, in kubelet's normal form (`kube::normal_registry_key`). Omits keys
/// that match no image. Empty if the dockerconfigjson is unknown. Pure.
std::vector<std::string> registry_keys(catalog_entry const& entry);

/// The first of `others` to which at least one of `keys` has a relation other than `apart`. If there is none,
/// the result has the relation `apart`. All keys are in kubelet's normal form. Pure.
related_key find_related_key(std::vector<std::string> const& keys, std::vector<std::string> const& others);

/// The namespaces and accounts that get the credentials of two ImagePullSecrets.
struct shared_scope
{
    /// Whether each of the two specs selects all namespaces by its spec.namespaces. Ignores excluded
    /// namespaces. Always false if the cluster is known and a spec has a namespaceSelector. If the cluster is
    /// unknown, selectors are ignored.
    bool is_everywhere = false;
    name_list namespaces;           ///< if not `is_everywhere`: the first few that both select, sorted
    bool is_every_account = false;  ///< both serve all accounts
    name_list accounts;             ///< if not `is_every_account`: the first few that both serve
};

/// The scope that two ImagePullSecrets share; nullopt if no account gets both credentials. Ignores the
/// servers. Pure. `known` is the cluster; null if the cluster is unknown.
///
/// - If neither spec has a namespaceSelector, the names in the specs decide, even if the namespaces do not
///   exist.
/// - If a spec has a selector and the cluster is known, only namespaces that exist in `known` count.
/// - If a spec has a selector and the cluster is unknown, the names in the specs decide in two cases: both
///   selectors are equal, or one spec has no selector and its spec.namespaces selects all namespaces. In all
///   other cases, the result is nullopt.
std::optional<shared_scope> overlap(
    catalog_entry const& one, catalog_entry const& other, runtime::cluster_store const* known
);

}  // namespace tcr::controller
