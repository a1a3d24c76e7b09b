# shellcheck shell=bash
# promtool, which tells whether Prometheus accepts our metrics. Needs common.sh and packages.sh.

# ensure_promtool: afterwards TCR_PROMTOOL is its path. Taken out of Debian's package without installing that: it
# would start a Prometheus server on this machine.
ensure_promtool() {
    local folder=$TCR_CACHE/promtool
    TCR_PROMTOOL=$(command -v promtool || echo "$folder/promtool")
    if [[ ! -x $TCR_PROMTOOL ]]; then
        run_step "fetching promtool into $folder" "$TCR_LOGS/promtool.log" fetch_promtool "$folder" || exit 1
    fi
    export TCR_PROMTOOL
}

fetch_promtool() {
    local folder=$1
    rm -rf "$folder.new"
    mkdir -p "$folder.new"
    # apt reads the package lists as its own user; it warns where that user may not write to this folder.
    (cd "$folder.new" && { apt-get -q download prometheus || { apt_get update && apt-get -q download prometheus; }; }) &&
        dpkg -x "$folder.new"/prometheus_*.deb "$folder.new/package" &&
        mkdir -p "$folder" &&
        mv "$folder.new/package/usr/bin/promtool" "$folder/promtool" &&
        rm -rf "$folder.new"
}
