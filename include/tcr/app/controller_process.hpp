#pragma once

#include <tcr/admission/webhook_server.hpp>
#include <tcr/app/cloud_access.hpp>
#include <tcr/app/options.hpp>
#include <tcr/controller/controller.hpp>
#include <tcr/instances/instance_keeper.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/metrics/process_metrics.hpp>
#include <tcr/net/http_server.hpp>
#include <tcr/runtime/leader_election.hpp>
#include <tcr/runtime/leadership.hpp>
#include <tcr/util/event_loop_meter.hpp>
#include <tcr/util/file_stamp.hpp>
#include <tcr/util/notifier.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace tcr::app
{

/// The controller with all that makes it a process: its identity, the election, its servers, signals, and an end
/// in good order.
///
/// SIGTERM and SIGINT end it: it begins no further write, lets those under way end, gives up its lease and returns 0,
/// at the latest `--shutdown-grace` later; a second one ends it at once. SIGUSR1 turns the log level debug on and
/// off. SIGHUP, or a change of the file, reads the configuration again.
class controller_process
{
public:
    /// \par Errors `kube::errc::bad_config` and what the TLS material is refused for; an address that cannot be
    /// listened on. \par Lifetimes `log` must outlive it.
    static result<std::unique_ptr<controller_process>> make(reloadable_config config, logger& log);

    /// \return whether it ended in good order, and no turn of the loop took longer than $TCR_MAX_TURN_MS.
    bool run();

private:
    controller_process(
        reloadable_config config,
        logger& log,
        std::unique_ptr<asio::io_context> loop,
        std::unique_ptr<kube::client> client,
        std::unique_ptr<cloud_access> cloud,
        std::optional<double> cpus
    );

    result<void> listen();
    net::server_response health(net::server_request const& request, bool is_readiness) const;
    result<void> listen_for_reviews();

    task<void> work();
    task<void> lead_when_synced();
    task<void> lead();
    task<void> obey_signals();
    task<void> stop_in_order();
    task<bool> drain(std::chrono::milliseconds limit);
    task<void> reload_when_asked();
    void reload();
    void toggle_debug();
    void note_end(std::exception_ptr failure);

    reloadable_config config_;
    logger& log_;
    std::unique_ptr<asio::io_context> loop_;
    std::unique_ptr<kube::client> client_;
    metrics::process_metrics process_;
    event_loop_meter loop_meter_;
    runtime::leadership held_;
    std::unique_ptr<cloud_access> cloud_;
    controller::controller control_;
    std::unique_ptr<instances::instance_keeper> instances_;  ///< null where none are configured
    std::optional<runtime::leader_election> election_;
    std::unique_ptr<admission::webhook_server> webhooks_;  ///< null where they are turned off
    std::unique_ptr<net::http_server> metrics_server_;
    std::unique_ptr<net::http_server> health_server_;

    asio::signal_set signals_;
    asio::cancellation_signal stop_;
    asio::steady_timer last_moment_;
    notifier reload_news_;
    std::optional<log_level> level_before_debug_;
    bool is_reload_asked_ = false;
    bool is_stopping_ = false;
    bool is_drained_ = false;
    bool failed_ = false;
};

}  // namespace tcr::app
