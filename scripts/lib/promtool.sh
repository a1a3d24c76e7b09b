# shellcheck shell=bash
# promtool, which tells whether Prometheus accepts our metrics and rules, and Prometheus itself. Needs common.sh and
# packages.sh.

# ensure_promtool: afterwards TCR_PROMTOOL is its path.
ensure_promtool() {
    ensure_program prometheus usr/bin/promtool
    export TCR_PROMTOOL=$TCR_PROGRAM
}

# ensure_prometheus: afterwards TCR_PROMETHEUS is the server's path.
ensure_prometheus() {
    ensure_program prometheus usr/bin/prometheus
    export TCR_PROMETHEUS=$TCR_PROGRAM
}
