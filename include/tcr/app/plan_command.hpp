// SPDX-License-Identifier: Apache-2.0
#pragma once

// The command `plan`: its options and its run.

#include <tcr/app/options.hpp>
#include <tcr/app/output.hpp>
#include <tcr/kube/config.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <vector>

namespace tcr::app
{

/// Options of `tcr-assistant plan`. docs/use/commands.md explains each.
struct plan_command
{
    std::string file;  ///< "-" is standard input
    output_format output = output_format::table;
    kube::config_source cluster;
    std::string own_namespace;  ///< empty: the pod's own, else `tcr-assistant-system`
    log_level level = log_level::warning;
    log_format format = log_format::text;
    bool help = false;
};

/// Parses the words after "plan". With --help no other option is applied.
/// \par Errors `kube::errc::bad_config`; the message names the wrong or missing flag, or reports an
/// unexpected word.
result<plan_command> parse_plan(std::vector<std::string> const& words);

/// All options of `plan` with units and defaults. `program` is how the user calls the program, such as
/// "kubectl tcr".
std::string plan_help(std::string const& program);

/// Every option of `plan`, in the order of the help.
std::vector<option_facts> plan_options();

/// Writes to standard output what the ImagePullSecrets of a file would change in the cluster, see
/// `commands::preview`. Does not write to the cluster.
/// \return the exit status. 0: the changes were printed. 1: the file has no ImagePullSecret, an object or the
/// syntax of the file is invalid, the CRD is missing, or the cluster cannot be read. 2: the configuration
/// cannot be used, or the file cannot be read.
int run_plan(plan_command const& command);

}  // namespace tcr::app
