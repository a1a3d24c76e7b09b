#pragma once

// Plans the next writes of a namespace: a pure function.

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tcr::controller
{

/// One step towards a namespace's desired state. Owns its strings: it outlives the state it was planned from.
struct action
{
    enum class kind
    {
        create_secret,   ///< `target` is a Secret's name
        update_secret,   ///< in place, if it still has `resource_version`
        delete_secret,   ///< if it still has `resource_version`
        inspect_secret,  ///< GET the Secret that an account refers to and no watch shows, to learn its owner
        read_account,    ///< read the whole list of an account, because the store keeps only part of it
        set_references   ///< give account `target` the list `references`, if it still has `resource_version`
    };

    kind what = kind::create_secret;
    std::string target;
    std::uint64_t resource_version = 0;
    std::vector<std::string> references;

    bool operator==(action const&) const = default;
};

/// An account's whole list, read because the store keeps only part of it.
struct account_list
{
    std::uint64_t resource_version = 0;
    std::vector<std::string> references;
};

/// What GETs of this run found that the store does not hold, by name.
struct probe_results
{
    std::set<std::string, std::less<>> absent;   ///< the Secret does not exist
    std::set<std::string, std::less<>> foreign;  ///< the Secret exists and is not ours
    std::map<std::string, account_list, std::less<>> accounts;
    std::map<std::string, std::uint64_t, std::less<>> checked;  ///< accounts that were right at that version

    std::size_t size() const { return absent.size() + foreign.size() + accounts.size() + checked.size(); }
};

/// What can be done now for a namespace, in order.
struct plan_result
{
    std::vector<action> actions;

    /// The account at which the next call continues, once this call plans nothing.
    runtime::cluster_store::account_cursor next = runtime::cluster_store::end_of_accounts;
};

/// Bounds of one call, so that no namespace blocks the event loop for long.
inline constexpr std::size_t max_planned_accounts = 32;
inline constexpr std::size_t max_planned_reads = 4;      ///< of Secrets and of accounts together
inline constexpr std::size_t max_planned_actions = 256;  ///< with so many, removals wait for the next call

/// Plans what can be done now for a namespace and for its accounts from `from` on. Pure. Acting and planning
/// again, in turns, ends with an empty plan.
///
/// A Secret is created before an account refers to it; a reference is removed before its Secret. An account
/// is written once, however many ImagePullSecrets match. Entries of other clients stay, in their order.
/// Secrets and references that are not ours stay unchanged. A namespace that is unknown or terminating needs
/// nothing. Secrets are removed in the call that reaches the last account.
plan_result plan(
    catalog const& image_pull_secrets,
    runtime::cluster_store const& store,
    runtime::namespace_id where,
    probe_results const& found,
    runtime::cluster_store::account_cursor from = 0
);

}  // namespace tcr::controller
