#pragma once

#include <tcr/app/health.hpp>
#include <tcr/app/hosts_updater.hpp>
#include <tcr/hosts/config_follower.hpp>
#include <tcr/hosts/config_map.hpp>
#include <tcr/hosts/updater.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/metrics/process_metrics.hpp>
#include <tcr/net/http_server.hpp>
#include <tcr/runtime/watcher.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tcr::app
{

/// The node agent with all that makes it a process: where its configuration comes from, its servers, signals.
///
/// SIGTERM and SIGINT end it; the block stays. SIGUSR1 turns the log level debug on and off.
class hosts_process
{
public:
    /// \par Errors `kube::errc::bad_config` and what the TLS material is refused for; an address that cannot be
    /// listened on. \par Lifetimes `log` must outlive it.
    static result<std::unique_ptr<hosts_process>> make(hosts_command command, logger& log);

    /// \return the exit status, as `run_hosts_updater`.
    int run();

    /// See `hosts::name_lookup`.
    bool is_asking() const { return updater_.is_asking(); }

private:
    hosts_process(
        hosts_command command,
        logger& log,
        std::unique_ptr<asio::io_context> loop,
        std::unique_ptr<kube::client> client
    );

    bool is_one_shot() const { return command_.once || command_.remove; }
    std::string own_namespace() const;
    kube::selection config_map_selection() const;
    result<void> listen();
    std::vector<health_check> health(bool is_readiness) const;

    task<void> work();
    task<void> apply_once();
    task<result<void>> learn_once();
    task<void> obey_signals();
    void toggle_debug();
    void note_end(std::exception_ptr failure);

    hosts_command command_;
    logger& log_;
    std::unique_ptr<asio::io_context> loop_;
    std::unique_ptr<kube::client> client_;  ///< null where a file or nothing is asked
    metrics::process_metrics process_;
    hosts::updater updater_;
    hosts::config_map_reflector config_map_;
    runtime::quarantine unreadable_;
    std::optional<runtime::watcher> watch_;
    std::optional<hosts::config_follower> follow_;
    std::unique_ptr<net::http_server> metrics_server_;
    std::unique_ptr<net::http_server> health_server_;
    asio::signal_set signals_;
    asio::cancellation_signal stop_;
    bool is_debugging_ = false;
    int status_ = 0;
};

}  // namespace tcr::app
