# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Provides the control plane's programs: from KUBEBUILDER_ASSETS, or built once from the module that kubernetes.sh chose.
# Needs common.sh, packages.sh, go.sh, go-tools.sh and kubernetes.sh.

TCR_ETCD_MODULE=$TCR_ROOT/tests/cluster/etcd

# The oldest kubectl in the user's PATH that is used instead of building one.
TCR_KUBECTL_MINIMUM=1.30

# ensure_control_plane: sets TCR_CONTROL_PLANE (the folder with etcd, kube-apiserver and kube-controller-manager) and
# TCR_KUBECTL.
ensure_control_plane() {
    local assets=${KUBEBUILDER_ASSETS:-}
    if [[ -n $assets ]] && has_control_plane "$assets"; then
        TCR_CONTROL_PLANE=$(cd "$assets" && pwd)
    else
        if [[ -n $assets ]]; then
            note "KUBEBUILDER_ASSETS=$assets lacks etcd, kube-apiserver or kube-controller-manager: using the pinned ones"
        fi
        TCR_CONTROL_PLANE=$(go_tools_folder "$TCR_KUBERNETES_MODULE")
        ensure_go_tools "$TCR_ETCD_MODULE" etcd
        ensure_go_tools "$TCR_KUBERNETES_MODULE" kube-apiserver kube-controller-manager
        link_etcd
        # kubectl supports servers of one minor version before or after its own.
        if [[ -n $TCR_KUBERNETES ]]; then ensure_go_tools "$TCR_KUBERNETES_MODULE" kubectl; fi
    fi
    find_kubectl
}

# link_etcd: links etcd, which all versions of Kubernetes share, into the folder of Kubernetes' programs. The link is
# relative, because scripts/test-distributions mounts both folders read-only at another place.
link_etcd() {
    local target
    target=../$(basename "$(go_tools_folder "$TCR_ETCD_MODULE")")/etcd
    [[ $(readlink "$TCR_CONTROL_PLANE/etcd") == "$target" ]] || ln -sfn "$target" "$TCR_CONTROL_PLANE/etcd"
}

# ensure_etcdutl: sets TCR_ETCDUTL, the program that restores a snapshot of etcd.
ensure_etcdutl() {
    TCR_ETCDUTL=$(go_tools_folder "$TCR_ETCD_MODULE")/etcdutl
    ensure_go_tools "$TCR_ETCD_MODULE" etcdutl
}

# find_kubectl: sets TCR_KUBECTL. Builds kubectl only if none is new enough.
find_kubectl() {
    if [[ -n ${TCR_CONTROL_PLANE:-} && -x $TCR_CONTROL_PLANE/kubectl ]]; then
        TCR_KUBECTL=$TCR_CONTROL_PLANE/kubectl
        return
    fi
    if have kubectl && kubectl_is_new_enough kubectl; then
        TCR_KUBECTL=$(command -v kubectl)
        return
    fi
    TCR_KUBECTL=$(go_tools_folder "$TCR_KUBERNETES_MODULE")/kubectl
    ensure_go_tools "$TCR_KUBERNETES_MODULE" kubectl
}

has_control_plane() {
    [[ -x $1/etcd && -x $1/kube-apiserver && -x $1/kube-controller-manager ]]
}

kubectl_is_new_enough() {
    local version
    version=$("$1" version --client 2>/dev/null | sed -n 's/^Client Version: v\([0-9.]*\).*/\1/p') || return 1
    [[ -n $version ]] && version_at_least "$version" "$TCR_KUBECTL_MINIMUM"
}
