# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Provides Prometheus, and promtool, which checks our metrics and rules. Needs common.sh and packages.sh.

# ensure_promtool: sets TCR_PROMTOOL to the path of promtool. In Debian 12, it is in the package of the server.
ensure_promtool() {
    local package=prometheus
    if apt-cache show promtool >/dev/null 2>&1; then package=promtool; fi
    ensure_program "$package" usr/bin/promtool
    export TCR_PROMTOOL=$TCR_PROGRAM
}

# ensure_prometheus: sets TCR_PROMETHEUS to the path of the server.
ensure_prometheus() {
    ensure_program prometheus usr/bin/prometheus
    export TCR_PROMETHEUS=$TCR_PROGRAM
}
