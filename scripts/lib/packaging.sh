# shellcheck shell=bash
# Provides helm and kustomize, which render deploy/. Builds them once from tests/cluster/packaging.
# Needs common.sh, packages.sh, go.sh and go-tools.sh.

TCR_PACKAGING_MODULE=$TCR_ROOT/tests/cluster/packaging

# ensure_packaging_tools: sets TCR_HELM and TCR_KUSTOMIZE to the paths of the programs.
ensure_packaging_tools() {
    local folder
    folder=$(go_tools_folder "$TCR_PACKAGING_MODULE")
    ensure_packages python3 python3-yaml
    ensure_go_tools "$TCR_PACKAGING_MODULE" helm kustomize
    export TCR_HELM=$folder/helm TCR_KUSTOMIZE=$folder/kustomize
}
