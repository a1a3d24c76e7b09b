#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tcr::controller
{

/// One step towards what a namespace should have. Owns its texts: it outlives the state it was planned from.
struct action
{
    enum class kind
    {
        create_secret,   ///< `target` is a Secret's name
        update_secret,   ///< in place, if it still has `resource_version`
        delete_secret,   ///< if it still has `resource_version`
        inspect_secret,  ///< GET the Secret that an account refers to and no watch shows, to learn its owner
        read_account,    ///< read the whole list of an account, of which the store keeps less
        set_references  ///< `target` is an account, `references` its whole new list, if it still has `resource_version`
    };

    kind what = kind::create_secret;
    std::string target;
    std::uint64_t resource_version = 0;
    std::vector<std::string> references;

    bool operator==(action const&) const = default;
};

/// An account's whole list, read because the store keeps less of it.
struct account_list
{
    std::uint64_t resource_version = 0;
    std::vector<std::string> references;
};

/// What reads of this run found beside the store, by name.
struct probe_results
{
    std::set<std::string, std::less<>> absent;   ///< there is no such Secret
    std::set<std::string, std::less<>> foreign;  ///< there is one, and it is not ours
    std::map<std::string, account_list, std::less<>> accounts;
    std::map<std::string, std::uint64_t, std::less<>> checked;  ///< accounts that were right at that version

    std::size_t size() const { return absent.size() + foreign.size() + accounts.size() + checked.size(); }
};

/// What can be done now for a namespace, in order.
struct plan_result
{
    std::vector<action> actions;

    /// Where the next call goes on among the accounts, once nothing is left to do here.
    runtime::cluster_store::account_cursor next = runtime::cluster_store::end_of_accounts;
};

/// Bounds of one call, so that no namespace takes the event loop for long.
inline constexpr std::size_t max_planned_accounts = 32;
inline constexpr std::size_t max_planned_reads = 4;      ///< of Secrets and of accounts together
inline constexpr std::size_t max_planned_actions = 256;  ///< before Secrets that are removed wait for the next call

/// What can be done now for a namespace and for its accounts from `from` on. Pure; doing it and planning
/// again ends with an empty plan.
///
/// Per spec section 5: a Secret is there before an account refers to it; a reference goes before its Secret;
/// an account is written once however many ImagePullSecrets match; entries of others stay, in their order;
/// Secrets and references that are not ours are left alone. A namespace that is unknown or terminating needs
/// nothing. Secrets are removed in the call that reaches the last account.
plan_result plan(
    catalog const& image_pull_secrets,
    runtime::cluster_store const& store,
    runtime::namespace_id where,
    probe_results const& found,
    runtime::cluster_store::account_cursor from = 0
);

}  // namespace tcr::controller
