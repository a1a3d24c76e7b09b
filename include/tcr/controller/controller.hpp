#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/outcome_log.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/controller/reconciler.hpp>
#include <tcr/controller/status_writer.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/core_reflectors.hpp>
#include <tcr/runtime/dispatcher.hpp>
#include <tcr/runtime/watcher.hpp>
#include <tcr/util/async.hpp>

#include <cstddef>

namespace tcr::controller
{

struct controller_options
{
    std::size_t max_in_flight = 16;  ///< namespaces at work at a time, one request each
    runtime::watcher_options watcher;
    runtime::work_queue::options queue;
    status_writer_options status;
};

/// The controller: four watches fill the store and the catalog, every change queues its namespace, the
/// reconciler works the queue off, the status writer tells the result.
class controller
{
public:
    /// `client` and `log` must outlive the controller.
    controller(asio::any_io_executor executor, kube::client& client, controller_options options, logger& log);

    /// Runs until cancelled, or until a bug throws. \par Cancellation terminal; ends everything in flight first.
    task<void> run();

    runtime::cluster_store const& store() const { return store_; }

private:
    void on_change(runtime::stored event, bool is_wish);
    void on_wish(std::string const& cr_name);
    void on_synced();
    bool is_synced() const;
    task<void> adopt_orphans();
    task<void> keep_house();

    asio::any_io_executor executor_;
    kube::client& client_;
    logger& log_;

    runtime::cluster_store store_;
    catalog crs_;
    outcome_log outcomes_;

    reconciler reconciler_;
    runtime::dispatcher dispatcher_;
    status_writer status_writer_;

    runtime::namespace_reflector namespaces_;
    runtime::account_reflector accounts_;
    pull_secret_reflector secrets_;
    catalog_reflector catalog_reflector_;
    runtime::watcher watch_namespaces_;
    runtime::watcher watch_accounts_;
    runtime::watcher watch_secrets_;
    runtime::watcher watch_crs_;

    notifier synced_news_;
    bool synced_ = false;
};

}  // namespace tcr::controller
