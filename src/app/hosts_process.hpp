// SPDX-License-Identifier: Apache-2.0
#pragma once

// The process of `tcr-assistant hosts-updater`.

#include "health.hpp"
#include <tcr/app/hosts_updater.hpp>
#include <tcr/hosts/config_follower.hpp>
#include <tcr/hosts/config_map.hpp>
#include <tcr/hosts/updater.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/metrics/process_metrics.hpp>
#include <tcr/runtime/watcher.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tcr::app
{

class service_process;

/// The hosts updater as a process. When the process ends, its block of entries stays in the hosts file,
/// except with --remove.
class hosts_process
{
public:
    /// \par Errors `kube::errc::bad_config`, unusable TLS files, or an address that cannot be bound.
    /// \par Lifetimes `log` must outlive the process.
    static result<std::unique_ptr<hosts_process>> make(hosts_command command, logger& log);
    ~hosts_process();

    /// Runs the hosts updater. \return the exit status, see `run_hosts_updater`.
    int run();

private:
    hosts_process(
        hosts_command command,
        logger& log,
        std::unique_ptr<service_process> service,
        std::unique_ptr<kube::client> client
    );

    bool is_one_shot() const { return command_.once || command_.remove; }
    std::string own_namespace() const;
    kube::selection config_map_selection() const;
    std::vector<health_check> health(bool is_readiness) const;

    task<void> work();
    task<void> apply_configuration_once();
    task<result<void>> read_configuration_once();
    result<void> listen();
    std::string metrics() const;

    hosts_command command_;
    logger& log_;
    std::unique_ptr<service_process> service_;
    std::unique_ptr<kube::client> client_;  ///< null if --config is given, or with --remove
    metrics::process_metrics process_metrics_;
    hosts::updater updater_;
    hosts::config_map_reflector config_map_;
    runtime::quarantine quarantine_;
    std::optional<runtime::watcher> watch_;
    std::optional<hosts::config_follower> config_file_;
    int status_ = 0;
};

}  // namespace tcr::app
