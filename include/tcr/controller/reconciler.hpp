#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/outcome_log.hpp>
#include <tcr/controller/plan.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/log/line_limiter.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/core_reflectors.hpp>
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
        kube::client& client,
        runtime::cluster_store& store,
        catalog const& crs,
        outcome_log& outcomes,
        logger& log,
        std::function<void()> on_outcome
    );

    /// One run. `earlier_failures` of the same namespace in a row are told in the log.
    /// \par Cancellation terminal; what was written is written, the next run finds the rest.
    task<runtime::work_outcome> reconcile(runtime::namespace_id where, unsigned earlier_failures);

    /// Finds what an earlier life left behind and no watch shows: Secrets with our prefix, type and owner that
    /// lost our label. Takes them into the store, where a plan adopts or removes them. One paged metadata list.
    /// \return the namespaces that have one. \par Errors those of the API. \par Cancellation terminal.
    task<result<std::vector<std::string>>> find_orphans();

private:
    struct run;

    task<result<void>> act(run& at, action const& step);
    task<result<void>> create_secret(run& at, action const& step);
    task<result<void>> update_secret(run& at, action const& step);
    task<result<void>> delete_secret(run& at, action const& step);
    task<result<void>> judge_secret(run& at, std::string const& name);
    task<result<void>> set_references(run& at, action const& step);
    void note_failure(run& at, action const& step, error const& failure);
    void note_success(run& at, action const& step);

    kube::client& client_;
    runtime::cluster_store& store_;
    catalog const& crs_;
    outcome_log& outcomes_;
    logger& log_;
    std::function<void()> on_outcome_;

    // Answers to our writes go into the store by the same readers as the watches' events, but wake nobody.
    runtime::account_reflector answered_account_;
    pull_secret_reflector answered_secret_;
    kube::single_object_decoder account_answer_;
    kube::single_object_decoder secret_answer_;
    line_limiter lines_;
    std::uint64_t runs_ = 0;
};

}  // namespace tcr::controller
