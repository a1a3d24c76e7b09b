#pragma once

// The common part of the long-running processes: an event loop, signals, pages for Prometheus and probes, an
// exit status.

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

/// The pages that a process serves over HTTP, and their addresses; "0" turns a server off.
struct service_pages
{
    std::string metrics_bind_address;
    std::string health_probe_bind_address;
    std::function<std::string()> metrics;                                ///< the text of /metrics
    std::function<std::vector<health_check>(bool is_readiness)> health;  ///< checks of /readyz and /healthz
};

/// Functions that a process runs at certain moments. Each may be empty.
struct service_hooks
{
    /// At the first SIGTERM or SIGINT. The work is cancelled when it returns.
    std::function<task<void>()> before_stop;

    std::function<void()> on_reload;  ///< at SIGHUP
    std::function<void()> on_end;     ///< after the work ended
};

/// Runs one piece of work until it ends or a signal ends it. SIGTERM and SIGINT stop it cleanly; a second one
/// ends the process at once with status 1. SIGUSR1 turns the log level debug on and off.
class service_process
{
public:
    /// Without `handles_reload` SIGHUP keeps its default action. \par Lifetimes `log` must outlive it.
    service_process(logger& log, bool handles_reload);

    asio::any_io_executor executor() { return loop_.get_executor(); }
    event_loop_meter& meter() { return meter_; }

    /// Binds the addresses; the pages are served by `spawn_servers`.
    /// \par Errors an address that is malformed or cannot be bound, named by its option.
    result<void> listen(service_pages pages);

    /// Serves the pages in children of `parts`.
    void spawn_servers(task_group& parts);

    /// Runs the event loop until `work` has ended. \return whether neither `work` nor a hook failed, and no
    /// turn of the loop took more than $TCR_MAX_TURN_MS of CPU time.
    bool run(task<void> work, service_hooks hooks);

    /// Sets the log level. While debug is on because of SIGUSR1, it applies only after that is turned off.
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
    std::optional<log_level> level_without_debug_;  ///< set while SIGUSR1 has debug turned on
    bool failed_ = false;
};

}  // namespace tcr::app
