#pragma once

// Brings namespaces to their desired state.

#include <tcr/controller/answer_sinks.hpp>
#include <tcr/controller/catalog.hpp>
#include <tcr/controller/plan.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/controller/recent_writes.hpp>
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

/// Brings one namespace to its desired state: plans, acts, stores the API server's answers, and plans again
/// until nothing is left to do. Level-based: the event that queued the namespace does not matter.
///
/// A run makes a bounded number of requests and reads. Work that is left moves to the back of the queue.
class reconciler
{
public:
    struct listeners
    {
        /// After each write or failure.
        std::function<void()> on_outcome;

        /// An answer changed the namespace in the store.
        std::function<void(runtime::namespace_id)> on_stored;
    };

    /// All references must outlive the reconciler.
    reconciler(
        runtime::fenced_client& client,
        runtime::cluster_store& store,
        catalog const& image_pull_secrets,
        recent_writes& recent,
        runtime::event_recorder& events,
        logger& log,
        listeners to_call
    );

    /// One run. The log shows `earlier_failures`, the number of failed runs of the namespace in a row.
    /// Without leadership a run ends as `interrupted` and logs nothing.
    /// \par Cancellation terminal; completed writes remain, and the next run does the rest.
    task<runtime::work_outcome> reconcile(runtime::namespace_id where, unsigned earlier_failures);

    /// Forgets what unfinished runs found. Call it when a spec or a credential changed.
    void forget_unfinished() { unfinished_.clear(); }

    /// Writes that were refused because another client had just changed the object.
    std::uint64_t conflicts() const { return conflicts_; }

    /// Accounts that got a reference after they had been created without it.
    std::uint64_t served() const { return served_; }

private:
    /// What successive runs of a namespace share until all of its accounts are planned.
    struct pass
    {
        probe_results found;
        std::set<std::pair<bool, std::string>> failed_steps;  ///< by `run::target_of`; skipped from then on
        runtime::work_outcome outcome;                        ///< the worst so far

        std::size_t size() const { return found.size() + failed_steps.size(); }
    };
    struct run;

    runtime::work_outcome suspend(run& at);
    task<void> act_on(run& at, std::vector<action> const& steps);
    task<result<void>> act(run& at, action const& step);
    task<result<bool>> write(run& at, action const& step, net::http_request request, net::body_sink& sink);
    task<result<void>> create_secret(run& at, action const& step);
    task<result<void>> update_secret(run& at, action const& step);
    task<result<void>> delete_secret(run& at, action const& step);
    task<result<void>> inspect_secret(run& at, action const& step);
    task<result<void>> read_account(run& at, action const& step);
    task<result<void>> set_references(run& at, action const& step);
    std::vector<catalog_entry const*> served_by(action const& step) const;
    void note_failure(run& at, action const& step, error const& failure);
    void note_success(run& at, action const& step);

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
    std::map<std::string, pass> unfinished_;  ///< by namespace
    line_limiter lines_;
    std::uint64_t runs_ = 0;
    std::uint64_t conflicts_ = 0;
    std::uint64_t served_ = 0;
};

}  // namespace tcr::controller
