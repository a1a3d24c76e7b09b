// SPDX-License-Identifier: Apache-2.0
#pragma once

// Makes the output of `explain`.

#include <tcr/app/explain_command.hpp>
#include <tcr/commands/finding.hpp>

#include <string>
#include <vector>

namespace tcr::app
{

/// The namespace to explain: the namespace in the command, otherwise that of the kubeconfig's context,
/// otherwise the pod's, otherwise `default`.
std::string explained_namespace(explain_command const& command, kube::cluster_config const& config);

/// The text of `findings` in the command's output format. `ns` is the explained namespace.
std::string explain_report(
    explain_command const& command, std::string const& ns, std::vector<commands::finding> const& findings
);

}  // namespace tcr::app
