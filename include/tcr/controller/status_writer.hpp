#pragma once

// Writes the statuses of ImagePullSecrets.

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/credential_condition.hpp>
#include <tcr/controller/recent_writes.hpp>
#include <tcr/controller/scope_walk.hpp>
#include <tcr/controller/served_counts.hpp>
#include <tcr/controller/status_round_state.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/fenced_client.hpp>
#include <tcr/runtime/reconcile_loop.hpp>
#include <tcr/util/async.hpp>

#include <chrono>
#include <map>
#include <string>

namespace tcr::controller
{

/// Writes the statuses of ImagePullSecrets: only those that differ, each at most once in `interval`, and
/// always the latest one.
class status_writer
{
public:
    status_writer(
        asio::any_io_executor executor,
        runtime::fenced_client& client,
        catalog& image_pull_secrets,
        runtime::cluster_store const& store,
        served_counts& counts,
        scope_walk& walk,
        recent_writes const& recent,
        credential_reports reports,
        status_writer_options options,
        logger& log
    );

    /// Something that a status reports may have changed.
    void touch();

    /// As `touch`, but without a wait, for new or edited ImagePullSecrets. Statuses just written still wait.
    void touch_at_once();

    /// Runs until cancelled. \par Cancellation terminal.
    task<void> run() { return loop_.run(); }

private:
    task<runtime::next_reconcile> reconcile();

    /// Writes the statuses that differ, while we lead. \return whether all writes succeeded.
    task<bool> write_all();

    /// Updates the counts, in pieces. \par Cancellation terminal.
    task<void> count();

    /// Writes one status if it differs. Succeeds, too, if there is nothing to write.
    task<result<void>> write(std::string const& name);

    /// When the next of the tokens in use expires.
    std::chrono::system_clock::time_point next_expiry() const;

    runtime::fenced_client& client_;
    catalog& catalog_;
    runtime::cluster_store const& store_;
    served_counts& counts_;
    scope_walk& walk_;
    recent_writes const& recent_writes_;
    credential_reports credential_reports_;
    status_writer_options options_;
    status_round_state schedule_;
    logger& log_;
    runtime::reconcile_loop loop_;
    std::map<std::string, std::chrono::steady_clock::time_point> written_at_;  ///< recent ones, by UID
    std::chrono::system_clock::time_point next_expiry_ =
        std::chrono::system_clock::time_point::max();   ///< expiry of a token; statuses report it
    std::chrono::steady_clock::time_point next_due_{};  ///< of the statuses skipped as too recent
};

}  // namespace tcr::controller
