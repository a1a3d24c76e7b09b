// SPDX-License-Identifier: Apache-2.0
#pragma once

// The work of a replica while it leads. A standby has no leader_session.

#include <tcr/controller/cluster_view.hpp>
#include <tcr/controller/controller_options.hpp>
#include <tcr/controller/recent_writes.hpp>
#include <tcr/controller/reconciler.hpp>
#include <tcr/controller/scope_walk.hpp>
#include <tcr/controller/served_counts.hpp>
#include <tcr/controller/time_to_ready.hpp>
#include <tcr/credentials/credential_checker.hpp>
#include <tcr/credentials/token_refresher.hpp>
#include <tcr/log/reported_failures.hpp>
#include <tcr/runtime/dispatcher.hpp>
#include <tcr/runtime/event_recorder.hpp>
#include <tcr/runtime/fenced_client.hpp>
#include <tcr/runtime/reconcile_loop.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/histogram.hpp>

#include <chrono>
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

class status_writer;

/// Statistics of one leadership, for /metrics.
struct leader_statistics
{
    /// Statistics of a standby: no work, and the full concurrency limit.
    static leader_statistics of_standby(std::size_t max_in_flight)
    {
        leader_statistics none;
        none.work.max_in_flight = none.work.limit = max_in_flight;
        return none;
    }

    runtime::dispatcher_statistics work;
    std::uint64_t conflicts = 0;        ///< conflicts and repeated repairs, see `reconciler::conflicts`
    std::uint64_t accounts_served = 0;  ///< account updates that added a reference
    std::uint64_t accounts_created_with_references = 0;
    std::uint64_t tokens_minted = 0;
    histogram time_to_ready = time_to_ready::empty_histogram();
};

/// The work of one leadership. When the view changes, the session queues the affected namespaces. The
/// reconciler processes the queue, and the status writer reports the results.
class leader_session final : private cluster_observer
{
public:
    /// What the session uses. \par Lifetimes all must outlive the session.
    struct dependencies
    {
        kube::client& client;
        runtime::fenced_client& writes;
        registry::cloud_client& cloud;
        net::web_client& web;
        credentials::instance_directory& directory;
    };

    /// \par Lifetimes `view` and `log` must outlive the session.
    leader_session(
        asio::any_io_executor executor,
        dependencies with,
        cluster_view& view,
        controller_options const& options,
        logger& log
    );
    ~leader_session() override;

    /// Confirms that the specs in the view are current, then works until cancelled. Call it once.
    /// \par Errors throws if only a restart helps, such as when a watch stays behind the API server.
    /// \par Cancellation terminal; returns when all requests in flight have ended.
    task<void> run();

    /// Starts no more runs. Call it together with `fenced_client::drain`.
    void stop() { dispatcher_.close(); }

    void set_max_in_flight(std::size_t count) { dispatcher_.set_max_in_flight(count); }

    leader_statistics statistics(std::chrono::steady_clock::time_point now) const;

    /// For Events about ImagePullSecrets.
    runtime::event_recorder& events() { return events_; }

    /// Calls `listener` when work begins, and whenever an ImagePullSecret appears, is edited or is deleted.
    void on_image_pull_secrets_changed(std::function<void()> listener) { listener_ = std::move(listener); }

private:
    void on_stored(runtime::kind kind, runtime::stored const& event) override;
    void on_spec_changed(std::string const& name, std::shared_ptr<namespace_scope const> const& before)
        override;
    void on_status_changed() override;
    void on_credential_changed(std::string const& name) override;
    void on_credential_secrets_changed() override { tokens_.trigger(); }
    void on_access_gained() override;

    void on_token_problem(
        credentials::token_reference const& of, std::optional<credentials::token_problem> const& problem
    );
    void on_check_result(std::string const& name, credentials::check_result const& checked);
    credentials::desired_tokens desired_tokens() const;
    std::vector<credentials::check_target> check_targets() const;

    void queue_all();
    task<runtime::work_outcome> reconcile(runtime::namespace_id where);
    task<void> confirm_specs();
    task<runtime::next_reconcile> adopt_unlabeled_secrets();

    asio::any_io_executor executor_;
    kube::client& client_;
    runtime::fenced_client& writes_;
    logger& log_;
    cluster_view& view_;
    runtime::cluster_store const& store_;
    catalog const& catalog_;
    bool checks_credentials_;

    recent_writes recent_writes_;
    time_to_ready time_to_ready_;
    served_counts counts_;
    scope_walk walk_;
    runtime::event_recorder events_;
    reconciler reconciler_;
    runtime::dispatcher dispatcher_;
    credentials::token_refresher tokens_;
    credentials::credential_checker checker_;
    std::unique_ptr<status_writer> status_writer_;
    runtime::reconcile_loop unlabeled_secrets_;
    reported_failures reported_;    ///< failures of `unlabeled_secrets_`
    std::uint64_t created_before_;  ///< accounts created with references before this leadership

    std::function<void()> listener_ = [] {};
    std::map<credentials::token_reference, std::string> reported_problems_;  ///< last logged reason
};

}  // namespace tcr::controller
