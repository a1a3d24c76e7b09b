# shellcheck shell=bash
# promtool, which tells whether Prometheus accepts our metrics and rules, and Prometheus itself. Needs common.sh and
# packages.sh. Both are taken out of Debian's package without installing that: it would start a server on this machine.

# ensure_promtool: afterwards TCR_PROMTOOL is its path.
ensure_promtool() {
    take_from_prometheus promtool
    TCR_PROMTOOL=$TAKEN
    export TCR_PROMTOOL
}

# ensure_prometheus: afterwards TCR_PROMETHEUS is the server's path.
ensure_prometheus() {
    take_from_prometheus prometheus
    TCR_PROMETHEUS=$TAKEN
    export TCR_PROMETHEUS
}

# take_from_prometheus PROGRAM: leaves its path in TAKEN. Ends the script if it cannot.
take_from_prometheus() {
    local program=$1 folder=$TCR_CACHE/$1
    TAKEN=$(command -v "$program" || echo "$folder/$program")
    if [[ ! -x $TAKEN ]]; then
        run_step "fetching $program into $folder" "$TCR_LOGS/$program.log" \
            fetch_from_package prometheus "usr/bin/$program" "$folder" || exit 1
    fi
}
