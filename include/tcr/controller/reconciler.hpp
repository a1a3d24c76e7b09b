// SPDX-License-Identifier: Apache-2.0
#pragma once

// Brings namespaces to their desired state.

#include <tcr/controller/answer_sinks.hpp>
#include <tcr/controller/catalog.hpp>
#include <tcr/controller/plan.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/controller/recent_writes.hpp>
#include <tcr/controller/removed_references.hpp>
#include <tcr/controller/repeated_repairs.hpp>
#include <tcr/log/line_limiter.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/core_reflectors.hpp>
#include <tcr/runtime/event_recorder.hpp>
#include <tcr/runtime/fenced_client.hpp>
#include <tcr/runtime/work_queue.hpp>
#include <tcr/util/async.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcr::controller
{

/// Brings namespaces to their desired state, one in each run. A run plans, acts, stores the API server's
/// answers, and plans again until the plan is empty. Level-based: the writes of a run depend on the state of
/// the namespace, not on the event that queued the namespace.
///
/// The number of steps in a run is limited, and so is the number of reads. If work is left at a limit, the
/// namespace moves to the back of the queue.
class reconciler
{
public:
    struct listeners
    {
        /// Called after each write, and after each failure that a status reports.
        std::function<void()> on_outcome;

        /// Called with the namespace when an answer changed one of its Secrets or accounts in the store.
        std::function<void(runtime::namespace_id)> on_stored;

        /// Called when the API server refused a request about a Secret with 403.
        std::function<void()> on_secret_forbidden = [] {};
    };

    /// \par Lifetimes all references must outlive the reconciler.
    reconciler(
        runtime::fenced_client& client,
        runtime::cluster_store& store,
        catalog const& image_pull_secrets,
        recent_writes& recent,
        runtime::event_recorder& events,
        logger& log,
        listeners to_call
    );

    /// One run. If a request is refused because this process does not lead, the run ends as `interrupted`
    /// without a log line.
    /// \param before the earlier runs of the namespace, and the cause of this run. If they show contention,
    /// this run reports each repeated repair of an object.
    /// \par Cancellation terminal; completed writes remain, and the next run does the remaining work.
    task<runtime::work_outcome> reconcile(runtime::namespace_id where, runtime::key_history before);

    /// Discards the results of unfinished runs. Call it when a spec or a credential changed.
    void forget_unfinished() { unfinished_.clear(); }

    /// Number of conflicts. Two kinds count: a write that was refused because another client had changed the
    /// object, and a repeated repair of an object that another client keeps changing.
    std::uint64_t conflicts() const { return conflicts_; }

    /// Number of account updates that added a reference.
    std::uint64_t served() const { return served_; }

private:
    /// Results that an unfinished run passes to the next run of the namespace.
    struct partial_results
    {
        probe_results found;
        /// Objects of failed steps, as `run::target_of` returns them. This run and the runs that continue it
        /// do no further steps for these objects.
        std::set<std::pair<bool, std::string>> failed_steps;
        runtime::work_outcome outcome;  ///< the worst outcome so far

        std::size_t size() const { return found.size() + failed_steps.size(); }
    };
    struct run;

    runtime::work_outcome suspend(run& at);
    task<void> act_on(run& at, std::vector<action> const& steps);
    task<result<void>> act(run& at, action const& step);
    task<result<bool>> write(run& at, action const& step, net::http_request request, net::body_sink& sink);
    task<result<void>> create_secret(run& at, action const& step);
    task<result<bool>> confirm_owner(std::string cr_name, std::string uid);
    task<result<void>> update_secret(run& at, action const& step);
    task<result<void>> delete_secret(run& at, action const& step);
    task<result<void>> inspect_existing(run& at, action const& step);
    task<result<void>> inspect_secret(run& at, action const& step);
    task<result<void>> read_account(run& at, action const& step);
    task<result<void>> set_references(run& at, action const& step);
    std::vector<catalog_entry const*> served_by(action const& step) const;
    void note_failure(run& at, action const& step, error const& failure);
    void note_success(run& at, action const& step);
    void note_references(run const& at, action const& step);
    void note_repair(run const& at, action const& step);
    void report_kept(run const& at, std::vector<account_reference> const& kept);

    runtime::fenced_client& client_;
    runtime::cluster_store& store_;
    catalog const& catalog_;
    recent_writes& recent_writes_;
    runtime::event_recorder& events_;
    logger& log_;
    listeners listeners_;

    runtime::change_listener report_ = [this](runtime::stored event)
    {
        if (event.what != runtime::change::none)
            listeners_.on_stored(event.where);
    };
    answer_sinks<runtime::account_reflector> account_sinks_{
        [this]
        {
            std::string own_prefix(secret_prefix);
            return runtime::account_reflector(store_, report_, own_prefix, runtime::source::answer);
        }};
    answer_sinks<pull_secret_reflector> secret_sinks_{
        [this] { return pull_secret_reflector(store_, report_, runtime::source::answer); }};
    std::map<std::string, partial_results> unfinished_;  ///< by namespace
    removed_references removed_;
    repeated_repairs repairs_;
    line_limiter lines_;
    std::uint64_t runs_ = 0;
    std::uint64_t conflicts_ = 0;
    std::uint64_t served_ = 0;
};

}  // namespace tcr::controller
