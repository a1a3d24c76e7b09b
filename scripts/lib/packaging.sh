# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Provides krew, the programs that render deploy/, and the programs that check the result. Builds them once from modules
# below tests/cluster. Needs common.sh, packages.sh, go.sh, go-tools.sh and python-tools.sh.

TCR_PACKAGING_MODULE=$TCR_ROOT/tests/cluster/packaging
# A module of its own, because kube-score needs an older k8s.io/api than Helm.
TCR_MANIFEST_TOOLS_MODULE=$TCR_ROOT/tests/cluster/manifest-tools
TCR_KREW_MODULE=$TCR_ROOT/tests/cluster/krew

# ensure_packaging_tools: sets TCR_HELM, TCR_HELM_DOCS and TCR_KUSTOMIZE to the paths of the programs.
ensure_packaging_tools() {
    local folder
    folder=$(go_tools_folder "$TCR_PACKAGING_MODULE")
    ensure_packages python3 python3-yaml
    ensure_go_tools "$TCR_PACKAGING_MODULE" helm kustomize
    ensure_go_tools "$TCR_MANIFEST_TOOLS_MODULE" helm-docs
    export TCR_HELM=$folder/helm TCR_KUSTOMIZE=$folder/kustomize
    TCR_HELM_DOCS=$(go_tools_folder "$TCR_MANIFEST_TOOLS_MODULE")/helm-docs
    export TCR_HELM_DOCS
}

# ensure_manifest_scanners: sets TCR_KUBECONFORM, TCR_KUBE_SCORE and TCR_KUBERNETES_VALIDATE to the paths of the programs.
# The last one brings the schemas of Kubernetes, which kubeconform uses as well.
ensure_manifest_scanners() {
    local folder
    folder=$(go_tools_folder "$TCR_MANIFEST_TOOLS_MODULE")
    ensure_go_tools "$TCR_MANIFEST_TOOLS_MODULE" kubeconform kube-score
    ensure_python_tools manifests kubernetes-validate==1.37.0
    export TCR_KUBECONFORM=$folder/kubeconform TCR_KUBE_SCORE=$folder/kube-score
    export TCR_KUBERNETES_VALIDATE=$TCR_CACHE/manifests-venv/bin/kubernetes-validate
}

# ensure_krew: sets TCR_KREW to the path of krew, which installs kubectl plugins.
ensure_krew() {
    ensure_go_tools "$TCR_KREW_MODULE" krew
    TCR_KREW=$(go_tools_folder "$TCR_KREW_MODULE")/krew
    export TCR_KREW
}
