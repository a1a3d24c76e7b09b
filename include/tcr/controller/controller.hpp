#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/outcome_log.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/controller/reconciler.hpp>
#include <tcr/controller/scope_walk.hpp>
#include <tcr/controller/served_counts.hpp>
#include <tcr/controller/status_writer.hpp>
#include <tcr/controller/time_to_ready.hpp>
#include <tcr/credentials/credential_checker.hpp>
#include <tcr/credentials/credential_secrets.hpp>
#include <tcr/credentials/token_keeper.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/core_reflectors.hpp>
#include <tcr/runtime/dispatcher.hpp>
#include <tcr/runtime/event_recorder.hpp>
#include <tcr/runtime/fenced_client.hpp>
#include <tcr/runtime/leadership.hpp>
#include <tcr/runtime/watcher.hpp>
#include <tcr/util/async.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tcr::controller
{

struct controller_options
{
    std::size_t max_in_flight = 16;  ///< namespaces at work at a time, one request each
    runtime::watcher_options watcher;
    runtime::work_queue::options queue;
    status_writer_options status;
    runtime::event_correlator::options events;
    credentials::token_keeper_options tokens;

    /// How often registries are asked whether they still take the credentials; zero: never.
    std::chrono::milliseconds credential_check_interval{0};

    /// CPUs that the process may use, where that is less than one.
    std::optional<double> cpu_limit;
};

/// What there is beyond the cluster.
struct outside
{
    registry::cloud_client& cloud;
    net::web_client& web;
};

/// The controller: five watches fill the store and the catalog, whoever leads; for the leader every change queues
/// its namespace, the reconciler works the queue off, and the status writer tells the result.
class controller
{
public:
    /// `client`, `world`, `held` and `log` must outlive the controller.
    controller(
        asio::any_io_executor executor,
        kube::client& client,
        outside world,
        runtime::leadership const& held,
        controller_options options,
        logger& log
    );

    /// Keeps the picture of the cluster up to date and writes nothing, until cancelled. \par Cancellation terminal.
    task<void> watch();

    /// Returns when the picture is complete for the first time. \par Cancellation terminal. One caller.
    task<void> synced();

    /// Does the leader's work until cancelled: from the picture in memory, so at once. May be called again after it
    /// ended. Ends by an exception where the process had better start anew. \par Cancellation terminal; ends
    /// everything in flight first.
    task<void> lead();

    /// Begins no write any more and returns when those under way have ended, or after `limit`.
    /// \return whether they have.
    task<bool> drain(std::chrono::milliseconds limit);

    /// Takes over what may change at run time.
    void set_max_in_flight(std::size_t count) { dispatcher_.set_max_in_flight(count); }
    void set_resync_period(std::chrono::milliseconds period);

    bool is_synced() const { return synced_; }

    // For the metrics and the health checks.
    runtime::cluster_store const& store() const { return store_; }
    catalog const& crs() const { return crs_; }
    runtime::dispatcher const& work() const { return dispatcher_; }
    std::uint64_t conflicts() const { return reconciler_.conflicts(); }
    std::uint64_t accounts_served() const { return reconciler_.served(); }
    time_to_ready const& newcomers() const { return newcomers_; }
    credentials::token_keeper const& tokens() const { return tokens_; }
    std::array<runtime::watcher const*, 5> watchers() const
    {
        return {&watch_namespaces_, &watch_accounts_, &watch_secrets_, &watch_crs_, &watch_credentials_};
    }

    /// The names of TCR instances, which others may ask for, too.
    credentials::instance_directory& directory() { return tokens_.directory(); }

    /// For Events about ImagePullSecrets.
    runtime::event_recorder& events() { return events_; }

    /// Is called when an ImagePullSecret appears, changes or goes.
    void on_crs_changed(std::function<void()> listener) { crs_listener_ = std::move(listener); }

private:
    class term;

    void on_namespace(runtime::stored event);
    void on_account(runtime::stored event);
    void on_change(runtime::stored event, bool is_new_work);
    void on_spec_changed(std::string const& cr_name, std::shared_ptr<namespace_scope const> before);
    void on_list();
    void on_credentials();
    void on_trouble(
        credentials::token_reference const& of, std::optional<credentials::token_trouble> const& trouble
    );
    void on_verdict(std::string const& cr_name, credentials::check_verdict const& verdict);
    credentials::token_wishes token_wishes() const;
    std::vector<credentials::check_target> check_targets() const;
    void queue_everything();
    task<runtime::work_outcome> serve(runtime::namespace_id where);
    task<void> confirm_wishes();
    task<void> confirm_missing();
    task<void> adopt_orphans();
    task<void> keep_house();

    asio::any_io_executor executor_;
    kube::client& client_;
    logger& log_;

    bool checks_credentials_;

    runtime::cluster_store store_;
    credentials::credential_secrets credentials_;
    catalog crs_;
    outcome_log outcomes_;
    time_to_ready newcomers_;
    served_counts counts_;
    scope_walk walk_;

    std::optional<runtime::cpu_pace> pace_;
    runtime::fenced_client writes_;
    runtime::event_recorder events_;
    reconciler reconciler_;
    runtime::dispatcher dispatcher_;
    credentials::token_keeper tokens_;
    credentials::credential_checker checker_;
    status_writer status_writer_;

    runtime::namespace_reflector namespaces_;
    runtime::account_reflector accounts_;
    pull_secret_reflector secrets_;
    catalog_reflector catalog_reflector_;
    runtime::quarantine quarantine_;  ///< objects that the watches below cannot read
    runtime::watcher watch_namespaces_;
    runtime::watcher watch_accounts_;
    runtime::watcher watch_secrets_;
    runtime::watcher watch_crs_;
    runtime::watcher watch_credentials_;

    std::function<void()> crs_listener_ = [] {};
    std::map<credentials::token_reference, std::string> told_troubles_;  ///< reasons, for Events
    notifier synced_news_;
    notifier missing_news_;
    bool synced_ = false;
    bool leading_ = false;
};

}  // namespace tcr::controller
