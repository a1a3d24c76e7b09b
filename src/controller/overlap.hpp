#pragma once

// Where the scopes of two ImagePullSecrets overlap.

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

/// The first few of some names, and how many there are.
class name_list
{
public:
    static constexpr std::size_t max_shown = 2;

    /// \return whether the list is longer than what it shows.
    bool add(std::string_view name);

    bool empty() const { return count_ == 0; }
    std::size_t count() const { return count_; }

    /// The names in quotes, such as `"a", "b" and 3 more`. If `is_complete` is false, not all names were
    /// added: then the text ends with "and more". Cuts long names.
    std::string text(bool is_complete) const;

private:
    std::vector<std::string> shown_;
    std::size_t count_ = 0;
};

/// Where two ImagePullSecrets give accounts a credential for the same server, so that kubelet has two to try.
struct shared_scope
{
    bool is_everywhere = false;  ///< every namespace that neither excludes, future ones included
    name_list namespaces;        ///< otherwise those that both serve, sorted, or the first few of them
    bool is_every_account = false;
    name_list accounts;  ///< otherwise the first few that both serve
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
