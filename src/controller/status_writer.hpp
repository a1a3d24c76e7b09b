// SPDX-License-Identifier: Apache-2.0
#pragma once

// Writes the statuses of ImagePullSecrets.

#include "credential_condition.hpp"
#include <tcr/controller/cluster_view.hpp>
#include <tcr/controller/recent_writes.hpp>
#include <tcr/controller/scope_walk.hpp>
#include <tcr/controller/served_counts.hpp>
#include <tcr/controller/status_round_state.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/event_recorder.hpp>
#include <tcr/runtime/fenced_client.hpp>
#include <tcr/runtime/reconcile_loop.hpp>
#include <tcr/util/async.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace tcr::controller
{

/// What the writer needs in addition to the view. \par Lifetimes all must outlive the writer.
struct status_sources
{
    served_counts& counts;
    scope_walk& walk;  ///< marks the namespaces of edited ImagePullSecrets in `counts`
    recent_writes const& recent;
    credential_reports reports;
};

/// Writes the statuses of ImagePullSecrets. Writes a status only if it differs from the stored one, and at
/// most once in `status_writer_options::interval`. Each write has the latest status. A status that the API
/// server refuses is reported by an Event and retried with growing delays; the others are written as usual.
class status_writer
{
public:
    status_writer(
        asio::any_io_executor executor,
        runtime::fenced_client& client,
        cluster_view& view,
        status_sources from,
        runtime::event_recorder& events,
        status_writer_options options,
        logger& log
    );

    /// Call this when data that a status reports may have changed.
    void trigger();

    /// Like `trigger`, but the next round begins immediately. For new or edited ImagePullSecrets. A status
    /// that was written recently still waits for the interval.
    void trigger_at_once();

    /// Runs until cancelled. \par Cancellation terminal.
    task<void> run() { return loop_.run(); }

private:
    task<runtime::next_reconcile> reconcile();

    /// Updates the counts and writes the statuses that differ. \return whether all statuses were looked at.
    task<bool> write_all();

    /// Writes one status if it differs from the stored one. \return false if this process no longer leads
    task<bool> write(std::string const& name);

    /// Reports a failed write. `generation` is the generation of the spec that the status described.
    void note_failure(image_pull_secret const& cr, std::int64_t generation, error const& failure);

    runtime::fenced_client& client_;
    cluster_view& view_;
    status_sources from_;
    runtime::event_recorder& events_;
    status_writer_options options_;
    status_round_state schedule_;
    logger& log_;
    runtime::reconcile_loop loop_;
    std::chrono::system_clock::time_point next_expiry_ =
        std::chrono::system_clock::time_point::max();  ///< earliest future expiry of a token in use
};

}  // namespace tcr::controller
