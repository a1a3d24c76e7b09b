#pragma once

// The cluster as this process knows it. Every replica has one; the webhooks read it, the leader acts on it.

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/controller_options.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/credentials/credential_secrets.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/core_reflectors.hpp>
#include <tcr/runtime/quarantine.hpp>
#include <tcr/runtime/watcher.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/notifier.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <string>

namespace tcr::controller
{

/// Receives the changes of a `cluster_view`, after the view itself has changed. By default it ignores them.
class cluster_observer
{
public:
    virtual ~cluster_observer() = default;

    virtual void on_namespace(runtime::stored const&) {}
    virtual void on_account(runtime::stored const&) {}
    virtual void on_secret(runtime::stored const&) {}

    /// An ImagePullSecret appeared, was edited or deleted. `before` is its previous scope; null if it is new.
    virtual void on_spec_changed(
        std::string const& /*name*/, std::shared_ptr<namespace_scope const> const& /*before*/
    )
    {
    }

    virtual void on_status_changed() {}

    /// The credential of an ImagePullSecret changed, or the reason for lacking one.
    virtual void on_credential_changed(std::string const& /*name*/) {}

    /// The watch reported a change of the Secrets with credentials, in the controller's own namespace.
    virtual void on_credential_secrets_changed() {}
};

/// Five watches keep the store, the catalog and the credentials current. Writes nothing to the cluster.
class cluster_view
{
public:
    /// \par Lifetimes `client` and `log` must outlive the view.
    cluster_view(
        asio::any_io_executor executor, kube::client& client, controller_options const& options, logger& log
    );

    /// Watches until cancelled. \par Cancellation terminal.
    task<void> run();

    /// Returns once all five watches have listed. One caller at a time. \par Cancellation terminal.
    task<void> wait_for_sync();

    bool is_synced() const { return is_synced_; }

    /// Reports each change from now on to `observer`, instead of the previous one. It must live until it is
    /// replaced or removed.
    void set_observer(cluster_observer& observer) { observer_ = &observer; }
    void remove_observer() { observer_ = &no_observer_; }

    void set_resync_period(std::chrono::milliseconds period);

    /// Resolves the credentials of all ImagePullSecrets again. Call it when tokens changed without a watch
    /// event.
    void refresh_credentials();

    runtime::cluster_store const& store() const { return store_; }
    catalog const& image_pull_secrets() const { return catalog_; }
    credentials::credential_secrets const& credentials() const { return credentials_; }

    // For the leader, which stores the API server's answers to its writes before the watches report them.
    runtime::cluster_store& writable_store() { return store_; }
    catalog& writable_image_pull_secrets() { return catalog_; }
    credentials::credential_secrets& writable_credentials() { return credentials_; }

    std::array<runtime::watcher const*, 5> watchers() const
    {
        return {
            &watch_namespaces_,
            &watch_accounts_,
            &watch_secrets_,
            &watch_image_pull_secrets_,
            &watch_credentials_};
    }

private:
    void on_listed();
    task<void> confirm_missing();

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
    pull_secret_reflector secrets_;
    catalog_reflector catalog_reflector_;
    runtime::quarantine quarantine_;  ///< objects that the watches cannot read
    runtime::watcher watch_namespaces_;
    runtime::watcher watch_accounts_;
    runtime::watcher watch_secrets_;
    runtime::watcher watch_image_pull_secrets_;
    runtime::watcher watch_credentials_;

    notifier synced_;
    notifier missing_;
    bool is_synced_ = false;
};

}  // namespace tcr::controller
