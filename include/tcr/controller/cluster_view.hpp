// SPDX-License-Identifier: Apache-2.0
#pragma once

// The cluster as this process knows it. Every replica has a view: webhooks read it, the leader acts on it.

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/controller_options.hpp>
#include <tcr/controller/secret_access_state.hpp>
#include <tcr/controller/secret_watches.hpp>
#include <tcr/credentials/credential_secrets.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/log/reported_failures.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/core_reflectors.hpp>
#include <tcr/runtime/quarantine.hpp>
#include <tcr/runtime/reconcile_loop.hpp>
#include <tcr/runtime/watcher.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/notifier.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

/// Receives the changes of a `cluster_view` after the view has changed. By default ignores all changes.
class cluster_observer
{
public:
    virtual ~cluster_observer() = default;

    /// A namespace, an account or a Secret changed in the store.
    virtual void on_stored(runtime::kind, runtime::stored const&) {}

    /// An ImagePullSecret appeared, was edited or deleted. `before` is its previous scope; null if it is new.
    virtual void on_spec_changed(
        std::string const& /*name*/, std::shared_ptr<namespace_scope const> const& /*before*/
    )
    {
    }

    virtual void on_status_changed() {}

    /// One of these changed for an ImagePullSecret: its credential, the reason why it has no current
    /// credential, or whether the controller may access its Secret.
    virtual void on_credential_changed(std::string const& /*name*/) {}

    /// The watch reported a change of a credential Secret in the controller's own namespace.
    virtual void on_credential_secrets_changed() {}

    /// The controller gained access to further Secrets. In any namespace, the controller may now have to
    /// remove such a Secret, or a reference to one, for which no ImagePullSecret asks.
    virtual void on_access_gained() {}
};

/// The store, the catalog and the credentials, kept current by watches. Writes nothing to the cluster.
///
/// The view asks the API server which pull Secrets the controller may access (`secret_access`).
/// `secret_access_state` decides when the view asks.
class cluster_view
{
public:
    /// \par Lifetimes `client` and `log` must outlive the view.
    cluster_view(
        asio::any_io_executor executor, kube::client& client, controller_options const& options, logger& log
    );

    /// Watches until cancelled. \par Cancellation terminal.
    task<void> run();

    /// Returns when the access to pull Secrets is settled (`secret_access_state::is_settled`) and all watches
    /// have received their first lists. Only one caller may wait at a time.
    /// \par Cancellation terminal.
    task<void> wait_for_sync();

    bool is_synced() const { return is_synced_; }

    /// Whether the catalog has the specs that the API server stores now. Reads a list without a
    /// resourceVersion. This is a consistent read, so the list is current even if the watches lag behind
    /// (https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list).
    /// \par Errors those of the API. \par Cancellation terminal.
    task<result<bool>> has_current_specs();

    /// Reports each change from now on to `observer`. This replaces the previous observer.
    /// \par Lifetimes `observer` must live until it is replaced or removed.
    void set_observer(cluster_observer& observer) { observer_ = &observer; }
    void remove_observer() { observer_ = &no_observer_; }

    void set_resync_period(std::chrono::milliseconds period);

    /// Requests a review of the access to pull Secrets, see `secret_access_state::refused`. Call this when
    /// the API server refused a request about a pull Secret with 403.
    void review_access();

    /// Resolves again all credentials that are stored outside the ImagePullSecrets. Call it when tokens
    /// changed without a watch event.
    void refresh_credentials();

    runtime::cluster_store const& store() const { return store_; }
    catalog const& image_pull_secrets() const { return catalog_; }
    credentials::credential_secrets const& credentials() const { return credentials_; }

    // Only the leader calls the next three functions. Through them, it changes the view before a watch
    // reports the change.

    /// For the reconciler and `find_unlabeled_secrets`, which store objects from the answers to their
    /// requests.
    runtime::cluster_store& store_for_answers() { return store_; }

    /// For the token refresher, which puts a new token into use before the token is stored in the cluster.
    credentials::credential_secrets& credentials_for_refresher() { return credentials_; }

    /// For the status writer: stores a status that was just written, before the watch reports it.
    void set_status(std::string_view name, image_pull_secret_status const& status)
    {
        catalog_.set_status(name, status);
    }

    /// One summary for each watch. Exception: one summary covers all watches of pull Secrets together.
    std::vector<runtime::watch_summary> watches() const;

    /// Number of accounts whose ADDED event in the watch already had a reference to one of our Secrets.
    /// Accounts that a list reported first do not count.
    std::uint64_t accounts_created_with_references() const { return accounts_.created_with_references(); }

private:
    void on_listed();
    void on_spec(std::string const& name, std::shared_ptr<namespace_scope const> const& before);
    void use_access();
    void apply_access();
    void report_access();
    task<runtime::next_reconcile> read_access();

    /// \param name distinguishes two watches of the same type; empty otherwise.
    runtime::watcher watch(
        kube::resource type,
        kube::selection which,
        runtime::reflector& target,
        runtime::watcher_options options,
        std::string name = {}
    );
    task<runtime::next_reconcile> confirm_missing();

    asio::any_io_executor executor_;
    kube::client& client_;
    logger& log_;
    cluster_observer no_observer_;
    cluster_observer* observer_ = &no_observer_;

    runtime::cluster_store store_;
    credentials::credential_secrets credentials_;
    catalog catalog_;

    runtime::namespace_reflector namespaces_;
    runtime::account_reflector accounts_;
    catalog_reflector catalog_reflector_;
    runtime::quarantine quarantine_;  ///< objects that the watches cannot read
    secret_watches secrets_;
    std::array<runtime::watcher, 4> watches_;  ///< all watches except those of pull Secrets
    runtime::reconcile_loop confirmation_;     ///< confirms deletions, see `catalog_reflector::missing`
    runtime::reconcile_loop access_review_;
    reported_failures reported_;  ///< logged failures of these two loops, and logged missing access

    std::string own_namespace_;

    /// The access that the API server granted. The catalog gets the access to a newly granted Secret when the
    /// watch of this Secret has received a list.
    secret_access_state access_;

    notifier synced_;
    bool is_synced_ = false;
};

}  // namespace tcr::controller
