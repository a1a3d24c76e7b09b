#pragma once

// Finds where the scopes of two ImagePullSecrets overlap.

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

/// Whether both ImagePullSecrets have a credential for the same registry. Pure.
bool share_registry(catalog_entry const& one, catalog_entry const& other);

/// The namespaces and accounts in which two ImagePullSecrets provide a credential for the same server. There,
/// kubelet tries both credentials.
struct shared_scope
{
    bool is_everywhere = false;     ///< all namespaces except excluded ones, also future ones
    name_list namespaces;           ///< if not everywhere: the first few that both serve, sorted
    bool is_every_account = false;  ///< both serve all accounts
    name_list accounts;             ///< if not every account: the first few that both serve
};

/// The scope that two ImagePullSecrets share; nullopt if they have no common registry or no account gets
/// both. Pure.
///
/// - Without a namespaceSelector, the names in the specs decide, even if the namespaces do not exist.
/// - If at least one has a namespaceSelector, only namespaces that exist in `known` count.
///   If `known` is null, the cluster is unknown. The two then overlap if one of them selects all namespaces
///   that the other can select.
std::optional<shared_scope> overlap(
    catalog_entry const& one, catalog_entry const& other, runtime::cluster_store const* known
);

}  // namespace tcr::controller
