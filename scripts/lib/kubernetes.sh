# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Chooses the version of Kubernetes in sandboxes. Each minor version has a module tests/cluster/kubernetes-MINOR, which
# pins the patch version. Needs common.sh.

# The default version: the newest one. tests/cluster/node pins kubelet's keyring to the same version.
TCR_DEFAULT_KUBERNETES=1.37

# The oldest version that scripts/test runs without options.
TCR_OLDEST_KUBERNETES=1.30

# kubernetes_versions: prints the minor versions that can be chosen, oldest first.
kubernetes_versions() {
    find "$TCR_ROOT/tests/cluster" -maxdepth 1 -name 'kubernetes-*' | sed 's/.*kubernetes-//' | sort -V
}

# select_kubernetes MINOR: sets the module of Kubernetes. An empty MINOR is the default. TCR_KUBERNETES is then empty, too.
select_kubernetes() {
    local version=${1:-$TCR_DEFAULT_KUBERNETES}
    TCR_KUBERNETES_MODULE=$TCR_ROOT/tests/cluster/kubernetes-$version
    [[ $version =~ ^[0-9]+\.[0-9]+$ && -d $TCR_KUBERNETES_MODULE ]] ||
        die_usage "no Kubernetes '$version' (there are: $(kubernetes_versions | xargs))"
    export TCR_KUBERNETES=$version
    if [[ $version == "$TCR_DEFAULT_KUBERNETES" ]]; then TCR_KUBERNETES=; fi
}

select_kubernetes "${TCR_KUBERNETES:-}"
