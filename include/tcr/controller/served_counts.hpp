// SPDX-License-Identifier: Apache-2.0
#pragma once

// Counts Secrets and accounts for the statuses of ImagePullSecrets.

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/string_pool.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tcr::controller
{

/// The counts of all ImagePullSecrets. Stores the counts of each namespace separately, so that after a change
/// only the changed namespace is counted again. Counts in pieces, so that counting never blocks the event
/// loop for long.
///
/// Equal counts are stored once (interned), because thousands of namespaces have equal counts. Accounts whose
/// imagePullSecrets list is too long or unknown are not counted.
class served_counts
{
public:
    served_counts(catalog const& image_pull_secrets, runtime::cluster_store const& store)
        : catalog_(image_pull_secrets), store_(store)
    {
    }
    served_counts(served_counts const&) = delete;
    served_counts& operator=(served_counts const&) = delete;

    /// Marks a namespace for the next round. Call it when the namespace or its desired state changed, or when
    /// the namespace was deleted.
    void mark(runtime::namespace_id where);

    /// Marks all namespaces in the store.
    void mark_all();

    /// Begins a round that counts the namespaces marked so far.
    void begin_round();

    /// Max comparisons in one turn of the event loop. They take about 1 ms of CPU time.
    static constexpr std::size_t comparisons_per_turn = 32'768;

    /// Counts a piece of the round, of about `max_comparisons`. One comparison checks one ImagePullSecret
    /// against one namespace or account and takes about 20 ns.
    /// \return whether the round is complete. The counts then include all changes that were marked before the
    /// round began.
    bool count_some(std::size_t max_comparisons);

    /// The counts of the ImagePullSecret `name`; zeros if it is unknown.
    served of(std::string_view name) const;

private:
    /// The counts of one ImagePullSecret in one namespace.
    struct share
    {
        std::uint32_t owner = 0;       ///< id of the ImagePullSecret, from `ids_`
        std::uint32_t has_secret = 0;  ///< 1 if its Secret is as desired, otherwise 0
        std::uint32_t accounts_desired = 0;
        std::uint32_t accounts_success = 0;
    };

    /// An ImagePullSecret of the catalog. The pointer is valid during one piece.
    struct owner
    {
        catalog_entry const* entry;
        std::uint32_t id;
    };

    /// The count of one namespace. It takes several pieces if the namespace has many accounts.
    struct count_in_progress
    {
        runtime::namespace_id where = 0;  ///< 0: no namespace is being counted
        runtime::cluster_store::account_cursor next = 0;
        std::vector<share> shares;
    };

    std::size_t begin_count(runtime::namespace_id where);
    std::size_t count_accounts();
    void replace(runtime::namespace_id where, std::string_view shares);
    void add(std::string_view shares, std::int64_t sign);
    void look_up_owners();
    std::vector<std::uint32_t> const& referenced_by(runtime::cluster_store::account_view const& account);

    catalog const& catalog_;
    runtime::cluster_store const& store_;
    std::map<std::string, std::uint32_t, std::less<>> ids_;  ///< by ImagePullSecret; ids are never reused
    std::uint32_t last_id_ = 0;
    std::unordered_map<std::uint32_t, served> sums_;  ///< sums over all namespaces, by id
    runtime::string_pool pool_;                       ///< arrays of `share` as bytes
    /// By namespace: id in `pool_` of the shares that were last added to `sums_`.
    std::vector<runtime::string_pool::id> by_namespace_;
    std::vector<bool> is_marked_;
    std::vector<runtime::namespace_id> marked_;
    std::vector<runtime::namespace_id> round_;
    count_in_progress current_;

    // Valid during one piece. The catalog and the store do not change during a piece.
    std::vector<owner> owners_;  ///< all ImagePullSecrets, also invalid ones
    std::unordered_map<std::uint32_t, catalog_entry const*> by_id_;
    /// The key is the id of a list of references. The value has the ids of the ImagePullSecrets whose Secrets
    /// are in the list.
    std::unordered_map<runtime::string_pool::id, std::vector<std::uint32_t>> referenced_;
};

}  // namespace tcr::controller
