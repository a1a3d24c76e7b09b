// SPDX-License-Identifier: Apache-2.0
#pragma once

// Plans the next writes of a namespace: a pure function.

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/removed_references.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tcr::controller
{

/// One step towards a namespace's desired state. Owns its strings, because the store may change before the
/// step is done.
struct action
{
    enum class kind
    {
        create_secret,   ///< create the Secret `target`
        update_secret,   ///< patch the Secret if it still has `resource_version`
        delete_secret,   ///< delete the Secret if it still has `resource_version`
        inspect_secret,  ///< GET a referenced Secret that no watch shows, to learn its owner
        read_account,    ///< read an account's imagePullSecrets; the store has at most a part of them
        set_references   ///< replace the imagePullSecrets of an account that still has `resource_version`
    };

    kind what = kind::create_secret;
    std::string target;
    std::uint64_t resource_version = 0;
    std::vector<std::string> references;

    bool operator==(action const&) const = default;
};

/// The whole imagePullSecrets list of an account, read because the store has at most a part of the list.
struct account_list
{
    std::uint64_t resource_version = 0;
    std::vector<std::string> references;
};

/// Results of a run's reads that the store does not hold. A run that continues an unfinished run starts with
/// the results of that run, except `accounts`. The keys are names of Secrets or accounts.
struct probe_results
{
    std::set<std::string, std::less<>> absent;   ///< the Secret does not exist
    std::set<std::string, std::less<>> foreign;  ///< the Secret exists, but this run must not change it
    std::map<std::string, account_list, std::less<>> accounts;

    /// Accounts that were read, and that either need no change or cannot be changed. The value is a
    /// resourceVersion: the plan skips the account until the store has a newer version of the account. The
    /// max value of the type makes the plan skip the account for the rest of the run.
    std::map<std::string, std::uint64_t, std::less<>> checked;

    std::size_t size() const { return absent.size() + foreign.size() + accounts.size() + checked.size(); }
};

/// A reference of an account of the planned namespace.
struct account_reference
{
    std::string account;
    std::string secret;

    bool operator==(account_reference const&) const = default;
};

/// The steps that are possible now for a namespace, in the order in which to do them.
struct plan_result
{
    std::vector<action> actions;

    /// References that no ImagePullSecret asks for, but that another client wrote again, so they stay (see
    /// `removed_references`).
    std::vector<account_reference> kept;

    /// References that the controller removed earlier (`removed`), that another client has added again, and
    /// that are now desired. The caller calls `removed_references::forget` for them.
    std::vector<account_reference> desired_again;

    /// The account at which the next call of `plan` starts if `actions` is empty. If `actions` is not empty,
    /// the caller does the actions and then calls `plan` with the same `from`.
    runtime::cluster_store::account_cursor next = runtime::cluster_store::end_of_accounts;
};

// Limits of one call. They keep a large namespace from blocking the event loop for long.
inline constexpr std::size_t max_planned_accounts = 32;
inline constexpr std::size_t max_planned_reads = 4;      ///< reads of Secrets and accounts together
inline constexpr std::size_t max_planned_actions = 256;  ///< if reached, no removal of a Secret is added

/// Plans the steps that are possible now for a namespace, and for its accounts starting at `from`. Pure. The
/// caller plans and acts repeatedly, until a plan has no actions and `next` is `end_of_accounts`.
///
/// - A Secret is created before accounts refer to it.
/// - A Secret that is no longer desired is removed after the references to it, except references that the
///   controller leaves unchanged, and only after each account whose list the store lacks has been read.
/// - One write of an account covers all ImagePullSecrets that serve the account.
/// - Secrets and references of other owners stay unchanged, and references keep their order.
/// - `removed` holds references that the controller removed. If an account has such a reference again,
///   another client wrote it, so the reference stays.
/// - The plan is empty if the namespace is unknown or terminating.
/// - The call that reaches the last account also plans the removals of Secrets.
plan_result plan(
    catalog const& image_pull_secrets,
    runtime::cluster_store const& store,
    runtime::namespace_id where,
    probe_results const& found,
    runtime::cluster_store::account_cursor from = 0,
    removed_references const& removed = {}
);

}  // namespace tcr::controller
