#pragma once

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

/// How many Secrets and accounts of an ImagePullSecret there should be, and how many are as wanted.
struct served
{
    std::int64_t secrets_desired = 0;
    std::int64_t secrets_success = 0;
    std::int64_t accounts_desired = 0;
    std::int64_t accounts_success = 0;

    bool operator==(served const&) const = default;
};

/// The counts of all ImagePullSecrets, kept namespace by namespace: a change costs a count of its namespace,
/// in pieces that never take the event loop for long, however large cluster and namespace are.
///
/// Counts of one namespace are interned: thousands of namespaces share a few. Accounts whose list is too long
/// or not known are not counted.
class served_counts
{
public:
    served_counts(catalog const& image_pull_secrets, runtime::cluster_store const& store)
        : catalog_(image_pull_secrets), store_(store)
    {
    }
    served_counts(served_counts const&) = delete;
    served_counts& operator=(served_counts const&) = delete;

    /// Something in the namespace changed, or it is gone, or what an ImagePullSecret wants there.
    void touch(runtime::namespace_id where);

    /// Counts all namespaces that the store has.
    void touch_all();

    /// Starts to count what was touched so far.
    void begin_round();

    /// Of one turn of the event loop: about a millisecond of CPU.
    static constexpr std::size_t comparisons_a_turn = 32'768;

    /// Counts a piece of the round: about `max_comparisons` of an ImagePullSecret with a namespace or an
    /// account (around 20 ns each). \return whether the round is complete: as of its begin, the counts are
    /// exact.
    bool count_some(std::size_t max_comparisons);

    served of(std::string_view name) const;

private:
    /// What one ImagePullSecret has in one namespace.
    struct share
    {
        std::uint32_t owner = 0;  ///< of `ids_`
        std::uint32_t has_secret = 0;
        std::uint32_t accounts_desired = 0;
        std::uint32_t accounts_success = 0;
    };

    /// An ImagePullSecret of the catalog, for the time of one piece.
    struct owner
    {
        catalog_entry const* entry;
        std::uint32_t id;
    };

    /// A namespace that is being counted, over several pieces where it has many accounts.
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
    std::map<std::string, std::uint32_t, std::less<>> ids_;  ///< numbers are never used again
    std::uint32_t last_id_ = 0;
    std::unordered_map<std::uint32_t, served> sums_;
    runtime::string_pool pool_;                           ///< of shares, as bytes
    std::vector<runtime::string_pool::id> by_namespace_;  ///< what is in the sums of each
    std::vector<bool> is_touched_;
    std::vector<runtime::namespace_id> touched_;
    std::vector<runtime::namespace_id> round_;
    count_in_progress current_;

    // For the time of one piece: neither catalog nor store change meanwhile.
    std::vector<owner> owners_;  ///< of valid and invalid ImagePullSecrets, by increasing name
    std::unordered_map<std::uint32_t, catalog_entry const*> by_id_;
    std::unordered_map<runtime::string_pool::id, std::vector<std::uint32_t>> referenced_;  ///< ids, by list
};

}  // namespace tcr::controller
