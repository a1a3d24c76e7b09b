// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"
#include "failures.hpp"
#include "hosts_process.hpp"
#include <tcr/app/hosts_updater.hpp>
#include <tcr/kube/names.hpp>

#include <cstdlib>
#include <utility>

namespace tcr::app
{
namespace
{

std::vector<option> options_of(hosts_command& command)
{
    std::vector<option> options{
        {"hosts-file", "FILE", "hosts file that holds the block", command.hosts_file, nonempty_path},
        {"state-dir",
         "FOLDER",
         "folder of lock, backup and journal; default the hosts file's own folder",
         command.state_dir},
        {"config",
         "FILE",
         "YAML file with the hosts, read again when it changes; default the ConfigMap, watched through the "
         "API server",
         command.config},
        {"once", "BOOL", "apply the configuration once, and exit", command.once},
        {"remove",
         "BOOL",
         "remove the block, and exit; needs neither configuration nor cluster",
         command.remove},
        {"check-dns",
         "BOOL",
         "before writing new entries, ask DNS for up to 3s whether they are needed, and log the others",
         command.check_dns},
        {"configmap",
         "NAME",
         "name of the ConfigMap with the hosts, at its key hosts.yaml",
         command.config_map,
         {"is not a ConfigMap name; write small letters, digits, dashes and dots",
          [](std::string const& name) { return kube::is_object_name(name); }}}};
    add_page_options(options, command.metrics_bind_address, command.health_probe_bind_address);
    add_cluster_options(options, command.cluster);
    add_namespace_option(options, "the ConfigMap", command.own_namespace);
    add_log_options(options, command.level, command.format);
    return options;
}

}  // namespace

result<hosts_command> parse_hosts_updater(std::vector<std::string> const& words)
{
    return parse_flags<hosts_command>(words, options_of);
}

std::string hosts_updater_help()
{
    hosts_command defaults;
    return help_text("tcr-assistant hosts-updater", options_of(defaults));
}

std::vector<option_facts> hosts_updater_options()
{
    hosts_command defaults;
    return facts_of(options_of(defaults));
}

int run_hosts_updater(hosts_command const& command)
{
    // Limit each DNS query to two attempts of 1 s per server (resolv.conf(5)), because the queries are
    // optional. If the user has set the variable, its value stays.
    setenv("RES_OPTIONS", "timeout:1 attempts:2", 0);
    logger log(stderr, command.level, command.format);
    auto process = hosts_process::make(command, log);
    if (!process)
        return log_start_failure(log, process.error());
    return (*process)->run();
}

}  // namespace tcr::app
