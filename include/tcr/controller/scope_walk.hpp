// SPDX-License-Identifier: Apache-2.0
#pragma once

// Finds the namespaces that an edited ImagePullSecret selects.

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

/// Visits the namespaces of edited ImagePullSecrets. Limits the comparisons in one turn of the event loop, so
/// that an edit never blocks the loop for long. Edits that arrive during a walk share the next walk.
class scope_walk
{
public:
    /// \par Lifetimes `store` must outlive the scope_walk.
    scope_walk(
        asio::any_io_executor executor,
        runtime::cluster_store const& store,
        std::function<void(runtime::namespace_id)> visit
    )
        : store_(store), visit_(std::move(visit)), added_(executor), done_(executor)
    {
    }

    /// Requests a visit of each namespace that `scope` selects. A namespace with unknown labels is visited if
    /// `scope` may select it. Ignores null.
    void add(std::shared_ptr<namespace_scope const> scope);

    bool is_done() const { return pending_.empty() && scopes_.empty(); }

    /// Max comparisons in one turn of the event loop. They take less than 0.5 ms of CPU time.
    static constexpr std::size_t comparisons_per_turn = 4096;

    /// Continues the walk for about `max_comparisons`. One comparison matches one namespace against one scope
    /// and takes about 0.1 us. Performs no I/O, unless `visit` does.
    void visit_some(std::size_t max_comparisons);

    /// Walks whenever `add` has requested visits. Runs until cancelled. \par Cancellation terminal.
    task<void> run();

    /// Returns when all requested visits are done, or at `deadline`. The deadline is necessary because edits
    /// may arrive faster than walks end. Only one caller may wait at a time. \par Cancellation terminal.
    task<void> wait_until_done(std::chrono::steady_clock::time_point deadline);

private:
    runtime::cluster_store const& store_;
    std::function<void(runtime::namespace_id)> visit_;
    notifier added_;
    notifier done_;
    std::vector<std::shared_ptr<namespace_scope const>> pending_;  ///< scopes of the next walk
    std::vector<std::shared_ptr<namespace_scope const>> scopes_;   ///< scopes of the walk in progress
    runtime::namespace_id next_ = 1;
};

}  // namespace tcr::controller
