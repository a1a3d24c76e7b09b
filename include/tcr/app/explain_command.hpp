// SPDX-License-Identifier: Apache-2.0
#pragma once

// The command `explain`: its options and its run.

#include <tcr/app/options.hpp>
#include <tcr/app/output.hpp>
#include <tcr/kube/config.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <vector>

namespace tcr::app
{

/// Options of `tcr-assistant explain`. docs/use/commands.md explains each.
struct explain_command
{
    std::string ns;               ///< empty: the kubeconfig's namespace, else our pod's, else `default`
    bool all_namespaces = false;  ///< if true, `ns` has no effect
    std::string pod;              ///< name of the pod to explain; empty: none
    std::string account;          ///< empty: the account of `pod`, else `default`
    output_format output = output_format::table;
    kube::config_source cluster;
    log_level level = log_level::warning;
    log_format format = log_format::text;
    bool help = false;
};

/// Parses the words after "explain". With --help no other option is applied.
/// \par Errors `kube::errc::bad_config`; the message names the wrong flag, reports an unexpected word, or
/// names two flags that exclude each other.
result<explain_command> parse_explain(std::vector<std::string> const& words);

/// All options of `explain` with units and defaults. `program` is how the user calls the program, such as
/// "kubectl tcr".
std::string explain_help(std::string const& program);

/// Every option of `explain`, in the order of the help.
std::vector<option_facts> explain_options();

/// Writes to standard output why pods can or cannot pull, see `commands::explain` and `explain_cluster`.
/// \return the exit status. 0: found no problem. 1: found a problem, or the cluster cannot be read. 2: the
/// configuration cannot be used.
int run_explain(explain_command const& command);

}  // namespace tcr::app
