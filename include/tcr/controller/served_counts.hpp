#pragma once

// Counts Secrets and accounts, for statuses.

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

/// The counts of all ImagePullSecrets, kept for each namespace: a change recounts its namespace only, in
/// pieces that never block the event loop for long, however large cluster and namespace are.
///
/// The counts of a namespace are interned, because thousands of namespaces have the same. Accounts whose list
/// is too long or unknown are not counted.
class served_counts
{
public:
    served_counts(catalog const& image_pull_secrets, runtime::cluster_store const& store)
        : catalog_(image_pull_secrets), store_(store)
    {
    }
    served_counts(served_counts const&) = delete;
    served_counts& operator=(served_counts const&) = delete;

    /// Marks a namespace that changed, was deleted, or whose desired state changed. The next round counts it.
    void touch(runtime::namespace_id where);

    /// Marks all namespaces in the store.
    void touch_all();

    /// Begins to count the namespaces marked so far.
    void begin_round();

    /// Comparisons in one turn of the event loop: about 1 ms of CPU.
    static constexpr std::size_t comparisons_per_turn = 32'768;

    /// Counts a piece of the round: about `max_comparisons` of an ImagePullSecret with a namespace or an
    /// account (around 20 ns each). \return whether the round is complete. Then the counts include every
    /// change marked before it began.
    bool count_some(std::size_t max_comparisons);

    served of(std::string_view name) const;

private:
    /// What one ImagePullSecret has in one namespace.
    struct share
    {
        std::uint32_t owner = 0;  ///< from `ids_`
        std::uint32_t has_secret = 0;
        std::uint32_t accounts_desired = 0;
        std::uint32_t accounts_success = 0;
    };

    /// An ImagePullSecret of the catalog. Valid during one piece.
    struct owner
    {
        catalog_entry const* entry;
        std::uint32_t id;
    };

    /// The namespace that is being counted. If it has many accounts, that takes several pieces.
    struct count_in_progress
    {
        runtime::namespace_id where = 0;  ///< 0: none
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
    std::map<std::string, std::uint32_t, std::less<>> ids_;  ///< ids are never reused
    std::uint32_t last_id_ = 0;
    std::unordered_map<std::uint32_t, served> sums_;
    runtime::string_pool pool_;                           ///< arrays of `share`, as bytes
    std::vector<runtime::string_pool::id> by_namespace_;  ///< the shares of each that `sums_` includes
    std::vector<bool> is_touched_;
    std::vector<runtime::namespace_id> touched_;
    std::vector<runtime::namespace_id> round_;
    count_in_progress current_;

    // Valid during one piece, in which neither catalog nor store changes.
    std::vector<owner> owners_;  ///< all ImagePullSecrets, valid or not, sorted by name
    std::unordered_map<std::uint32_t, catalog_entry const*> by_id_;
    std::unordered_map<runtime::string_pool::id, std::vector<std::uint32_t>> referenced_;  ///< ids, by list
};

}  // namespace tcr::controller
