# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Provides three programs. compute-status prints what kstatus concludes from a status. script-health runs health scripts
# of Argo CD. Helm 4 waits by kstatus. Needs common.sh, packages.sh, go.sh and go-tools.sh.

# ensure_kstatus_tools: sets TCR_COMPUTE_STATUS, TCR_SCRIPT_HEALTH and TCR_HELM4 to the paths of the programs.
ensure_kstatus_tools() {
    local module=$TCR_ROOT/tests/cluster/kstatus folder
    folder=$(go_tools_folder "$module")
    ensure_packages python3 python3-yaml
    ensure_go_tools "$module" compute-status script-health helm
    export TCR_COMPUTE_STATUS=$folder/compute-status TCR_SCRIPT_HEALTH=$folder/script-health TCR_HELM4=$folder/helm
}
