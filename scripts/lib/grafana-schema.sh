# shellcheck shell=bash
# check-dashboard, which reads a dashboard against Grafana's schema. Needs common.sh, packages.sh, go.sh and go-tools.sh.

# ensure_check_dashboard: afterwards TCR_CHECK_DASHBOARD is its path.
ensure_check_dashboard() {
    local module=$TCR_ROOT/tests/cluster/grafana-schema
    ensure_go_tools "$module" check-dashboard
    TCR_CHECK_DASHBOARD=$(go_tools_folder "$module")/check-dashboard
    export TCR_CHECK_DASHBOARD
}
