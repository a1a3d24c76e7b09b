#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/credential_condition.hpp>
#include <tcr/controller/outcome_log.hpp>
#include <tcr/controller/scope_walk.hpp>
#include <tcr/controller/served_counts.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/fenced_client.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/notifier.hpp>

#include <chrono>
#include <map>
#include <string>

namespace tcr::controller
{

struct status_writer_options
{
    std::chrono::milliseconds gather{200};     ///< after the first change, for others to join it
    std::chrono::milliseconds interval{2000};  ///< between two writes of the statuses
    std::chrono::milliseconds retry{5000};     ///< after a failed write
};

/// Writes the CRs' statuses: never one that says nothing new, at most one a CR in `interval`, and always the
/// last word.
class status_writer
{
public:
    status_writer(
        asio::any_io_executor executor,
        runtime::fenced_client& client,
        catalog& crs,
        runtime::cluster_store const& store,
        served_counts& counts,
        scope_walk& walk,
        outcome_log const& outcomes,
        credential_news news,
        status_writer_options options,
        logger& log
    );

    /// Something that a status may tell has changed.
    void touch();

    /// A CR is new or was edited: its status is written without waiting for company, unless it was just written.
    void touch_at_once();

    /// Runs until cancelled. \par Cancellation terminal.
    task<void> run();

private:
    /// Writes what is different, while we lead. \return whether all writes succeeded.
    task<bool> write_all();

    /// Brings the counts up to the present, in pieces. \par Cancellation terminal.
    task<void> count();

    /// Writes one status if it is different. \return whether that succeeded or nothing is left to write.
    task<result<void>> write(std::string const& name);

    /// When the first of the tokens in use ends.
    std::chrono::system_clock::time_point next_end() const;

    runtime::fenced_client& client_;
    catalog& crs_;
    runtime::cluster_store const& store_;
    served_counts& counts_;
    scope_walk& walk_;
    outcome_log const& outcomes_;
    credential_news news_of_credentials_;
    status_writer_options options_;
    logger& log_;
    notifier news_;
    bool touched_ = false;
    bool urgent_ = false;
    std::map<std::string, std::chrono::steady_clock::time_point> written_at_;  ///< lately, by the CR's uid
    std::chrono::system_clock::time_point next_end_ =
        std::chrono::system_clock::time_point::max();   ///< of a token, which the status reports
    std::chrono::steady_clock::time_point next_due_{};  ///< of the CRs that were written too lately
};

}  // namespace tcr::controller
