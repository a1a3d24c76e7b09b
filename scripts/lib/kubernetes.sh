# shellcheck shell=bash
# Chooses the version of Kubernetes in sandboxes. The default is pinned in tests/cluster/control-plane, and for its node in
# tests/cluster/node. Each other version is a module tests/cluster/kubernetes-MINOR. Needs common.sh and go.sh.

# The oldest version that scripts/test runs without options.
TCR_OLDEST_KUBERNETES=1.30

# default_kubernetes: prints the minor version that is used without a choice, such as 1.36.
default_kubernetes() {
    sed -nE 's/^\tk8s.io\/kubernetes v([0-9]+\.[0-9]+)\..*/\1/p' "$TCR_CONTROL_PLANE_MODULE/go.mod" | head -n 1
}

# kubernetes_versions: prints the minor versions that can be chosen, oldest first.
kubernetes_versions() {
    {
        default_kubernetes
        find "$TCR_ROOT/tests/cluster" -maxdepth 1 -name 'kubernetes-*' | sed 's/.*kubernetes-//'
    } | sort -V
}

# select_kubernetes MINOR: sets the modules of the control plane and of the node. An empty MINOR is the default.
select_kubernetes() {
    local version=$1 module=$TCR_ROOT/tests/cluster/kubernetes-$1
    if [[ -z $version || $version == "$(default_kubernetes)" ]]; then
        TCR_KUBERNETES=
        TCR_KUBERNETES_MODULE=$TCR_CONTROL_PLANE_MODULE
        TCR_KUBELET_MODULE=$TCR_ROOT/tests/cluster/node
    else
        [[ $version =~ ^[0-9]+\.[0-9]+$ && -d $module ]] ||
            die_usage "no Kubernetes '$version' (there are: $(kubernetes_versions | xargs))"
        TCR_KUBERNETES=$version
        TCR_KUBERNETES_MODULE=$module
        TCR_KUBELET_MODULE=$module
    fi
    export TCR_KUBERNETES
}

select_kubernetes "${TCR_KUBERNETES:-}"
