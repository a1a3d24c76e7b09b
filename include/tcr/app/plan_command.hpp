#pragma once

#include <tcr/app/options.hpp>
#include <tcr/kube/config.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <vector>

namespace tcr::app
{

/// What `tcr-assistant plan` was asked for. docs/commands.md tells what each option means.
struct plan_command
{
    std::string file;  ///< "-" is standard input
    kube::config_source cluster;
    std::string own_namespace;  ///< empty: `tcr-assistant-system`
    log_level level = log_level::warning;
    log_format format = log_format::text;
    bool help = false;
};

/// Reads the words after "plan". With --help nothing else counts.
/// \par Errors `kube::errc::bad_config`; a sentence that names the flag.
result<plan_command> parse_plan(std::vector<std::string> const& words);

/// All options of `plan` with units and defaults.
std::string plan_help();

/// Every option of `plan`, in the order of the help.
std::vector<option_facts> plan_options();

/// Writes to standard output what the ImagePullSecrets of a file would change in the cluster, see
/// `commands::preview`; changes nothing.
/// \return the exit status: 0 it was told; 1 an object is wrong, or the cluster cannot be read; 2 wrong usage
/// or configuration, or a file that cannot be read.
int run_plan(plan_command const& command);

}  // namespace tcr::app
