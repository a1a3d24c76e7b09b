// SPDX-License-Identifier: Apache-2.0
#pragma once

// The command `cleanup`: its options and its run.

#include <tcr/app/options.hpp>
#include <tcr/kube/config.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/util/error.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace tcr::app
{

/// Options of `tcr-assistant cleanup`. docs/use/commands.md explains each.
struct cleanup_command
{
    std::string deployment = "tcr-assistant-controller-manager";
    bool delete_image_pull_secrets = false;
    std::chrono::milliseconds timeout{std::chrono::minutes{4}};
    kube::config_source cluster;
    std::string own_namespace;  ///< empty: the pod's own, else `tcr-assistant-system`
    log_level level = log_level::info;
    log_format format = log_format::text;
    bool help = false;
};

/// Parses the words after "cleanup". With --help no other option is applied.
/// \par Errors `kube::errc::bad_config`; the message names the wrong flag or reports an unexpected word.
result<cleanup_command> parse_cleanup(std::vector<std::string> const& words);

/// All options of `cleanup` with units and defaults.
std::string cleanup_help();

/// Every option of `cleanup`, in the order of the help.
std::vector<option_facts> cleanup_options();

/// Removes the objects that the controller made in the cluster. `commands::cleanup` describes which objects
/// are removed and which are kept.
/// \return the exit status. 0: the cleanup is complete. 1: objects may be left that should have been removed.
/// 2: the configuration cannot be used.
int run_cleanup(cleanup_command const& command);

}  // namespace tcr::app
