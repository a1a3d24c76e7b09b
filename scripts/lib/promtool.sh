# shellcheck shell=bash
# promtool, which tells whether Prometheus accepts our metrics. Needs common.sh and packages.sh.

# ensure_promtool: afterwards TCR_PROMTOOL is its path. Taken out of Debian's package without installing that: it
# would start a Prometheus server on this machine.
ensure_promtool() {
    local folder=$TCR_CACHE/promtool
    TCR_PROMTOOL=$(command -v promtool || echo "$folder/promtool")
    if [[ ! -x $TCR_PROMTOOL ]]; then
        run_step "fetching promtool into $folder" "$TCR_LOGS/promtool.log" \
            fetch_from_package prometheus usr/bin/promtool "$folder" || exit 1
    fi
    export TCR_PROMTOOL
}
