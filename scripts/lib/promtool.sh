# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Provides Prometheus, and promtool, which checks our metrics and rules. Needs common.sh and packages.sh.

# ensure_promtool: sets TCR_PROMTOOL to the path of promtool.
ensure_promtool() {
    ensure_program prometheus usr/bin/promtool
    export TCR_PROMTOOL=$TCR_PROGRAM
}

# ensure_prometheus: sets TCR_PROMETHEUS to the path of the server.
ensure_prometheus() {
    ensure_program prometheus usr/bin/prometheus
    export TCR_PROMETHEUS=$TCR_PROGRAM
}
