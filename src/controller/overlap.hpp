#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <optional>
#include <string>
#include <vector>

namespace tcr::controller
{

/// Where two ImagePullSecrets give accounts a credential for the same server, so that kubelet has two to try.
struct shared_scope
{
    bool is_everywhere = false;           ///< every namespace that neither excludes, those to come too
    std::vector<std::string> namespaces;  ///< else the first few that both serve, in the order of their names
    bool has_more_namespaces = false;
    bool is_every_account = false;
    std::vector<std::string> accounts;  ///< else the first few that both serve
    bool has_more_accounts = false;

    /// Of a list no more names are kept.
    static constexpr std::size_t most_names = 2;
};

/// The scope that two ImagePullSecrets share; nothing where their servers differ or no account gets both.
/// Pure.
///
/// Names alone decide where neither has a namespaceSelector: whether the namespaces exist does not matter.
/// Where one has, a namespace must exist in `known` that both serve. With `known` null the cluster is
/// nobody's guess: they overlap where everything that the one can select is served by the other.
std::optional<shared_scope> overlap(
    catalog_entry const& one, catalog_entry const& other, runtime::cluster_store const* known
);

}  // namespace tcr::controller
