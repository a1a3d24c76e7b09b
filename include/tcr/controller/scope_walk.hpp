#pragma once

// Finds the namespaces that an edit of an ImagePullSecret concerns.

#include <tcr/controller/coverage.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/notifier.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace tcr::controller
{

/// Visits the namespaces of edited ImagePullSecrets, a few at a time, so that an edit never blocks the event
/// loop for long. Edits that arrive together share one walk.
class scope_walk
{
public:
    /// `store` must outlive it.
    scope_walk(
        asio::any_io_executor executor,
        runtime::cluster_store const& store,
        std::function<void(runtime::namespace_id)> visit
    )
        : store_(store), visit_(std::move(visit)), added_(executor), done_(executor)
    {
    }

    /// Requests a visit of each namespace in `scope`. Null: none.
    void add(std::shared_ptr<namespace_scope const> scope);

    bool is_done() const { return pending_.empty() && scopes_.empty(); }

    /// Comparisons in one turn of the event loop: less than 0.5 ms of CPU.
    static constexpr std::size_t comparisons_per_turn = 4096;

    /// Continues the walk for about `max_comparisons` of a scope with a namespace (around 0.1 us each). Pure
    /// except for `visit`.
    void visit_some(std::size_t max_comparisons);

    /// Walks whenever there is something to visit, until cancelled. \par Cancellation terminal.
    task<void> run();

    /// Returns when everything added is visited, or at `deadline`, because edits may arrive faster than walks
    /// end. One caller at a time. \par Cancellation terminal.
    task<void> wait_until_done(std::chrono::steady_clock::time_point deadline);

private:
    runtime::cluster_store const& store_;
    std::function<void(runtime::namespace_id)> visit_;
    notifier added_;
    notifier done_;
    std::vector<std::shared_ptr<namespace_scope const>> pending_;  ///< for the next walk
    std::vector<std::shared_ptr<namespace_scope const>> scopes_;   ///< of the walk in progress
    runtime::namespace_id next_ = 1;
};

}  // namespace tcr::controller
