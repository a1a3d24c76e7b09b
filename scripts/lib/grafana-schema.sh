# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Provides check-dashboard, which checks a dashboard against Grafana's schema. Needs common.sh, packages.sh, go.sh and
# go-tools.sh.

# ensure_check_dashboard: sets TCR_CHECK_DASHBOARD to the path of check-dashboard.
ensure_check_dashboard() {
    local module=$TCR_ROOT/tests/cluster/grafana-schema
    ensure_go_tools "$module" check-dashboard
    TCR_CHECK_DASHBOARD=$(go_tools_folder "$module")/check-dashboard
    export TCR_CHECK_DASHBOARD
}
