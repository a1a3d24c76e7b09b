#pragma once

// Where the scopes of two ImagePullSecrets overlap.

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
    bool is_everywhere = false;           ///< every namespace that neither excludes, future ones included
    std::vector<std::string> namespaces;  ///< otherwise the first few that both serve, sorted
    bool has_more_namespaces = false;
    bool is_every_account = false;
    std::vector<std::string> accounts;  ///< otherwise the first few that both serve
    bool has_more_accounts = false;

    /// Max names that a list keeps.
    static constexpr std::size_t max_names = 2;
};

/// The scope that two ImagePullSecrets share; nothing if their servers differ or no account gets both. Pure.
///
/// If neither has a namespaceSelector, names alone decide, even of namespaces that do not exist. If one has,
/// a namespace that both serve must exist in `known`. If `known` is null, the cluster is unknown: they
/// overlap if one serves everything that the other can select.
std::optional<shared_scope> overlap(
    catalog_entry const& one, catalog_entry const& other, runtime::cluster_store const* known
);

}  // namespace tcr::controller
