// SPDX-License-Identifier: Apache-2.0
#pragma once

// The common part of the long-running processes: event loop, signals, pages for Prometheus and probes, exit
// status.

#include "health.hpp"
#include <tcr/log/logger.hpp>
#include <tcr/net/http_server.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>
#include <tcr/util/event_loop_meter.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tcr::app
{

/// The pages that a process serves over HTTP, and the addresses of the servers. The address "0" turns a
/// server off.
struct service_pages
{
    std::string metrics_bind_address;
    std::string health_probe_bind_address;
    std::function<std::string()> metrics;  ///< the text of /metrics

    /// The checks of /readyz if `is_readiness`, otherwise of /healthz.
    std::function<std::vector<health_check>(bool is_readiness)> health;
};

/// Functions that a process runs at certain moments. Each function may be empty.
struct service_hooks
{
    /// Runs at the first SIGTERM or SIGINT. When this hook has ended, the work is cancelled.
    std::function<task<void>()> before_stop;

    std::function<void()> on_reload;  ///< runs at SIGHUP
    std::function<void()> on_end;     ///< runs after the work has ended
};

/// Runs the work of a process until the work ends. SIGTERM or SIGINT runs `service_hooks::before_stop` and
/// then cancels the work; a second signal ends the process at once with status 1. Each SIGUSR1 turns the log
/// level debug on or off.
class service_process
{
public:
    /// If `handles_reload` is false, SIGHUP keeps its default action. \par Lifetimes `log` must outlive the
    /// process.
    service_process(logger& log, bool handles_reload);

    asio::any_io_executor executor() { return loop_.get_executor(); }
    event_loop_meter& meter() { return meter_; }

    /// Binds the addresses. `spawn_servers` serves the pages.
    /// \par Errors an address is malformed or cannot be bound; the message names its option.
    result<void> listen(service_pages pages);

    /// Serves the pages in coroutines that `parts` owns.
    void spawn_servers(task_group& parts);

    /// Runs the event loop until `work` has ended. \return false if `work` or a hook failed, or if a turn of
    /// the loop took more than $TCR_MAX_TURN_MS of CPU time.
    bool run(task<void> work, service_hooks hooks);

    /// Sets the log level. If SIGUSR1 has turned debug on, `level` takes effect when the next SIGUSR1 turns
    /// debug off.
    void set_level(log_level level);

private:
    result<void> listen_on(std::string const& address, std::string_view flag, net::http_router pages);
    task<void> handle_signals();
    task<void> stop();
    void toggle_debug();
    void note_end(std::exception_ptr failure);

    logger& log_;
    asio::io_context loop_{1};
    event_loop_meter meter_;
    std::vector<std::unique_ptr<net::http_server>> servers_;
    asio::signal_set signals_;
    asio::cancellation_signal stop_work_;
    service_hooks hooks_;
    std::optional<log_level> level_without_debug_;  ///< the level that the next SIGUSR1 restores, if set
    bool failed_ = false;
};

}  // namespace tcr::app
