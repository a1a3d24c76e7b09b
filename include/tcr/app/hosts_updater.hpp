// SPDX-License-Identifier: Apache-2.0
#pragma once

// The command `hosts-updater`: its options and its run.

#include <tcr/app/options.hpp>
#include <tcr/kube/config.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/util/error.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace tcr::app
{

/// Options of `tcr-assistant hosts-updater`. docs/operate/hosts-updater.md explains each.
struct hosts_command
{
    std::filesystem::path hosts_file = "/etc/hosts";
    std::filesystem::path state_dir;  ///< empty: the folder of the hosts file
    std::filesystem::path config;     ///< empty: the ConfigMap in the cluster
    bool once = false;
    bool remove = false;
    bool check_dns = true;
    kube::config_source cluster;
    std::string own_namespace;                        ///< empty: the pod's own, else `tcr-assistant-system`
    std::string config_map = "updater-config";        ///< the ConfigMap's name
    std::string metrics_bind_address = ":8080";       ///< "0": no server
    std::string health_probe_bind_address = ":8081";  ///< "0": no server
    log_level level = log_level::info;
    log_format format = log_format::text;
    bool help = false;
};

/// Parses the words after "hosts-updater". With --help no other option is applied.
/// \par Errors `kube::errc::bad_config`; the message names the wrong flag or reports an unexpected word.
result<hosts_command> parse_hosts_updater(std::vector<std::string> const& words);

/// All options of `hosts-updater` with units and defaults.
std::string hosts_updater_help();

/// Every option of `hosts-updater`, in the order of the help.
std::vector<option_facts> hosts_updater_options();

/// Keeps the entries of the configuration in the hosts file until SIGTERM or SIGINT. With --once or --remove,
/// updates the file once and ends.
/// \return the exit status. 0: clean stop. 1: failure. 2: the options cannot be used, for example the
/// kubeconfig. With --once, 2 also means that the file of --config cannot be read, or that the configuration
/// of the hosts or one of its entries is invalid. A missing ConfigMap is a configuration without entries.
int run_hosts_updater(hosts_command const& command);

}  // namespace tcr::app
