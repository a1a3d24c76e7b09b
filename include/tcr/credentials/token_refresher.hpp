// SPDX-License-Identifier: Apache-2.0
#pragma once

// Makes, stores and refreshes tokens of TCR instances.

#include <tcr/credentials/credential_secrets.hpp>
#include <tcr/credentials/instance_directory.hpp>
#include <tcr/credentials/token_schedule.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/registry/cloud_client.hpp>
#include <tcr/runtime/fenced_client.hpp>
#include <tcr/runtime/reconcile_loop.hpp>
#include <tcr/util/async.hpp>

#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace tcr::credentials
{

/// The tokens that ImagePullSecrets request, and for each token the servers in the specs of these
/// ImagePullSecrets.
using desired_tokens = std::map<token_reference, std::set<std::string>>;

struct token_refresher_options
{
    std::string own_namespace;
    token_rules rules;

    /// Identifies this cluster in the descriptions of long-term tokens. If empty, the UID of namespace
    /// kube-system identifies the cluster.
    std::string cluster_name;
};

/// Makes and refreshes the tokens of TCR instances and stores them in Secrets of our own namespace. Runs on
/// the leader.
///
/// ImagePullSecrets with the same reference share one token. A new token is used even before it is stored; a
/// failed write is retried. A token stays in use until a new token is made, even if it has expired. If the
/// watch reports that a token's Secret was deleted, the refresher makes a new token. If the lost token was a
/// long-term token, the operator must first delete it at TCR. If a list lacks the Secret, but the watch
/// reported no deletion, the refresher writes the token in memory into the Secret again.
class token_refresher
{
public:
    struct listeners
    {
        std::function<desired_tokens()> desired;  ///< called at each reconcile

        /// Called when the refresher changed tokens, or when `load_stored` read newer Secrets. Not called for
        /// changes that the watch reports.
        std::function<void()> on_tokens_changed;

        /// Called when the problem of a token changed. nullopt: the token has no problem any more, or is no
        /// longer desired.
        std::function<void(token_reference const&, std::optional<token_problem> const&)> on_token_problem;
    };

    /// All members must outlive the refresher.
    struct dependencies
    {
        kube::client& client;
        registry::cloud_client& cloud;
        runtime::fenced_client& writes;
        credential_secrets& secrets;
        instance_directory& directory;
    };

    /// \par Lifetimes `log` must outlive the refresher.
    token_refresher(
        asio::any_io_executor executor,
        dependencies with,
        token_refresher_options options,
        listeners to_call,
        logger& log
    );

    /// Call when the desired tokens or a Secret changed.
    void trigger() { loop_.trigger(); }

    /// Reads the current Secrets from the API server, because the watch may not have reported the last writes
    /// of the previous leader and of users yet. Without this read, a token could be made twice, or an old
    /// credential could be distributed again. Retries until the read succeeds. \par Cancellation terminal.
    task<void> load_stored();

    /// Refreshes until cancelled. Call `load_stored` first. \par Cancellation terminal.
    task<void> run() { return loop_.run(); }

    /// The reasons why desired tokens cannot be refreshed.
    std::map<token_reference, token_problem> const& problems() const { return problems_; }

    /// Number of tokens that this refresher has made. Each leadership has its own refresher.
    std::uint64_t minted() const { return minted_; }

private:
    task<runtime::next_reconcile> reconcile();
    void forget_undesired(desired_tokens const& desired);
    task<void> refresh(token_reference of, std::set<std::string> servers);
    task<result<stored_token>> mint(token_reference of, std::set<std::string> servers);
    task<result<std::string>> description();
    task<result<void>> ensure_no_existing_token(token_reference of, std::string description);
    void adopt(stored_token token);
    task<void> save(token_reference of);
    task<void> refresh_servers(token_reference of);
    void update_problem(token_reference const& of);
    double random() { return std::generate_canonical<double, 32>(random_); }

    dependencies with_;
    token_refresher_options options_;
    listeners listeners_;
    logger& log_;
    runtime::reconcile_loop loop_;
    std::map<token_reference, token_schedule> schedules_;
    std::map<token_reference, token_problem> problems_;
    std::uint64_t minted_ = 0;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace tcr::credentials
