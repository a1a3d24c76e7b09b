// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tcr/kube/config.hpp>

namespace tcr::app
{

/// Where a command for users finds its cluster. If neither --kubeconfig nor $KUBECONFIG is set, and the
/// command does not run in a pod, returns `asked` with ~/.kube/config, like kubectl, if that file exists.
/// Otherwise returns `asked`.
kube::config_source user_kubeconfig(kube::config_source asked);

}  // namespace tcr::app
