#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/outcome_log.hpp>
#include <tcr/controller/plan.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/log/line_limiter.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/core_reflectors.hpp>
#include <tcr/runtime/event_recorder.hpp>
#include <tcr/runtime/fenced_client.hpp>
#include <tcr/runtime/work_queue.hpp>
#include <tcr/util/async.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace tcr::controller
{

/// Makes one namespace as the CRs want it: plans, acts, takes what the server answers into the store, and plans
/// again until nothing is left to do. Level-based: never told what woke it.
class reconciler
{
public:
    /// `on_outcome` is called after each write or failure. All references must outlive the reconciler.
    reconciler(
        runtime::fenced_client& client,
        runtime::cluster_store& store,
        catalog const& crs,
        outcome_log& outcomes,
        runtime::event_recorder& events,
        logger& log,
        std::function<void()> on_outcome
    );

    /// One run. `earlier_failures` of the same namespace in a row are told in the log. Without leadership it ends as
    /// `interrupted`, without a word.
    /// \par Cancellation terminal; what was written is written, the next run finds the rest.
    task<runtime::work_outcome> reconcile(runtime::namespace_id where, unsigned earlier_failures);

    /// Writes that were refused because somebody else had just changed the object.
    std::uint64_t conflicts() const { return conflicts_; }

    /// Accounts that were given a reference after they had been made without it.
    std::uint64_t served() const { return served_; }

private:
    struct run;

    task<result<void>> act(run& at, action const& step);
    task<result<void>> create_secret(run& at, action const& step);
    task<result<void>> update_secret(run& at, action const& step);
    task<result<void>> delete_secret(run& at, action const& step);
    task<result<void>> judge_secret(run& at, std::string const& name);
    task<result<void>> set_references(run& at, action const& step);
    bool gains_reference(std::string const& ns, action const& step) const;
    runtime::secret_state state_of(std::string const& ns, std::string const& name) const;
    void note_failure(run& at, action const& step, error const& failure);
    void note_success(run& at, action const& step);
    void tell_success(run const& at, action const& step, catalog_entry const& entry);

    runtime::fenced_client& client_;
    runtime::cluster_store& store_;
    catalog const& crs_;
    outcome_log& outcomes_;
    runtime::event_recorder& events_;
    logger& log_;
    std::function<void()> on_outcome_;

    // Answers to our writes go into the store by the same readers as the watches' events, but wake nobody.
    runtime::account_reflector answered_account_;
    pull_secret_reflector answered_secret_;
    kube::single_object_decoder account_answer_;
    kube::single_object_decoder secret_answer_;
    line_limiter lines_;
    std::uint64_t runs_ = 0;
    std::uint64_t conflicts_ = 0;
    std::uint64_t served_ = 0;
};

}  // namespace tcr::controller
