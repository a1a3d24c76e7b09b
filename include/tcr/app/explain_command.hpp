#pragma once

#include <tcr/app/options.hpp>
#include <tcr/kube/config.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <vector>

namespace tcr::app
{

/// What `tcr-assistant explain` was asked for. docs/commands.md tells what each option means.
struct explain_command
{
    std::string ns;
    std::string pod;      ///< empty: none
    std::string account;  ///< empty: the pod's, else `default`
    kube::config_source cluster;
    log_level level = log_level::warning;
    log_format format = log_format::text;
    bool help = false;
};

/// Reads the words after "explain". With --help nothing else counts.
/// \par Errors `kube::errc::bad_config`; a sentence that names the flag.
result<explain_command> parse_explain(std::vector<std::string> const& words);

/// All options of `explain` with units and defaults.
std::string explain_help();

/// Every option of `explain`, in the order of the help.
std::vector<option_facts> explain_options();

/// Writes to standard output why a pod can or cannot pull, see `commands::explain`.
/// \return the exit status: 0 nothing is in the way; 1 something is, or the cluster cannot be read; 2 wrong
/// configuration.
int run_explain(explain_command const& command);

}  // namespace tcr::app
