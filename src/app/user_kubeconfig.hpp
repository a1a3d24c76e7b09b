// SPDX-License-Identifier: Apache-2.0
#pragma once

// Finds the kubeconfig of a command that users run.

#include <tcr/kube/config.hpp>

namespace tcr::app
{

/// Sets the kubeconfig in `asked` to ~/.kube/config, which is also the default of kubectl. Returns `asked`
/// unchanged if --kubeconfig or $KUBECONFIG is set, if the command runs in a pod, or if the file does not
/// exist.
kube::config_source user_kubeconfig(kube::config_source asked);

}  // namespace tcr::app
