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

/// How kubelet chooses between the credentials for two servers in one pod.
enum class key_relation
{
    apart,   ///< no image gets both, or the longer path decides
    same,    ///< kubelet tries both, in the order of the pod's imagePullSecrets
    before,  ///< a wildcard matches both hosts: kubelet tries the first server first
    after,   ///< a wildcard matches both hosts: kubelet tries the first server last
    hides,   ///< kubelet does not use the second server, a name of Docker Hub, beside the first
    hidden   ///< kubelet does not use the first server beside the second
};

/// A key of another ImagePullSecret's `auths`, and the relation of one of our keys to it.
///
/// Two keys with the same host and different paths are apart, even if one path begins with the other: kubelet
/// tries the longer one first, because it orders the keys by their bytes. This order also puts a host before
/// a wildcard that matches it, however long the paths are. Source: `BasicDockerKeyring` in
/// k8s.io/kubernetes/pkg/credentialprovider.
struct related_key
{
    std::string key;
    key_relation relation = key_relation::apart;
};

/// The keys of `auths` in the pull Secret in kubelet's normal form (`kube::normal_registry_key`), except keys
/// that match no image. Empty if the dockerconfigjson is unknown. Pure.
std::vector<std::string> registry_keys(catalog_entry const& entry);

/// The first of `others` whose relation to at least one of `keys` is not `apart`. All keys are in kubelet's
/// normal form. Pure.
related_key find_related_key(std::vector<std::string> const& keys, std::vector<std::string> const& others);

/// The namespaces and accounts that get the credentials of two ImagePullSecrets.
struct shared_scope
{
    bool is_everywhere = false;     ///< all namespaces that both select; no spec lists names
    name_list namespaces;           ///< if not everywhere: the first few that both serve, sorted
    bool is_every_account = false;  ///< both serve all accounts
    name_list accounts;             ///< if not every account: the first few that both serve
};

/// The scope that two ImagePullSecrets share; nullopt if no account gets both. Ignores their servers. Pure.
///
/// - Without a namespaceSelector, the names in the specs decide, even if the namespaces do not exist.
/// - If at least one has a namespaceSelector, only namespaces that exist in `known` count.
///   If `known` is null, the cluster is unknown. The two then overlap if one of them selects all namespaces
///   that the other can select.
std::optional<shared_scope> overlap(
    catalog_entry const& one, catalog_entry const& other, runtime::cluster_store const* known
);

}  // namespace tcr::controller
