// SPDX-License-Identifier: Apache-2.0
#pragma once

// Finds the kubeconfig of a command that users run.

#include <tcr/kube/config.hpp>

namespace tcr::app
{

/// Where a command for users finds its cluster. Returns `asked` with ~/.kube/config, like kubectl, if that
/// file exists, neither --kubeconfig nor $KUBECONFIG is set, and the command does not run in a pod. Otherwise
/// returns `asked`.
kube::config_source user_kubeconfig(kube::config_source asked);

}  // namespace tcr::app
