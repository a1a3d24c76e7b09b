// SPDX-License-Identifier: Apache-2.0
#pragma once

// The command `rbac`: prints RBAC objects that let the controller access the Secrets of ImagePullSecrets.

#include <tcr/app/options.hpp>
#include <tcr/controller/controller_options.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <vector>

namespace tcr::app
{

/// Options of `tcr-assistant rbac`.
struct rbac_command
{
    std::vector<std::string> names;  ///< names of ImagePullSecrets, sorted, each once; empty with `help`
    std::string own_namespace{controller::default_own_namespace};
    bool help = false;
};

/// Parses the words after "rbac".
/// \par Errors `kube::errc::bad_config`. The message names the wrong option, quotes the invalid
/// ImagePullSecret name, or reports that no name was given.
result<rbac_command> parse_rbac(std::vector<std::string> const& words);

/// The usage of `rbac` with its options. `program` is how the user calls the program, such as "kubectl tcr".
std::string rbac_help(std::string const& program);

/// Every option of `rbac`, in the order of the help.
std::vector<option_facts> rbac_options();

/// Returns a ClusterRole and a ClusterRoleBinding for each ImagePullSecret, as YAML. They let the controller
/// in `own_namespace` access the pull Secrets of this ImagePullSecret in all namespaces. Each ImagePullSecret
/// has its own objects, so applying a later manifest for other names revokes nothing.
std::string rbac_manifest(rbac_command const& command);

}  // namespace tcr::app
