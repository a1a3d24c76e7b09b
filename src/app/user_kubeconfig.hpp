#pragma once

#include <tcr/kube/config.hpp>

namespace tcr::app
{

/// Where a user's command finds its cluster: as `kube::load_config`, and like kubectl in ~/.kube/config if
/// neither --kubeconfig nor $KUBECONFIG is given and the command does not run in a pod.
kube::config_source user_kubeconfig(kube::config_source asked);

}  // namespace tcr::app
