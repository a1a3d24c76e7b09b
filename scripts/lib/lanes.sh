# shellcheck shell=bash
# Steps side by side. Needs common.sh.

# The process ids of the lanes that run, by name.
declare -A LANES=()

# Compilers take up to 1.4 GB each.
can_run_side_by_side() {
    (($(nproc) > 1 && $(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo) > 6000000))
}

# start_lane NAME COMMAND...: runs it beside what follows, where the machine is large enough; else now. Its output comes when
# it is awaited.
start_lane() {
    local name=$1 log=$TCR_LOGS/lane-${1// /-}.log status=0
    shift
    if ! can_run_side_by_side; then
        ("$@") || status=$?
        LANES[$name]="ended $status"
        return
    fi
    say "beside what follows: $name (log: $log)"
    mkdir -p "$TCR_LOGS"
    # A process group of its own, so that it can be ended as a whole.
    set -m
    ("$@") </dev/null >"$log" 2>&1 &
    LANES[$name]=$!
    set +m
}

# await_lane NAME: waits for its end, shows its output, returns its status; 0 where there is none.
await_lane() {
    local name=$1 log=$TCR_LOGS/lane-${1// /-}.log lane=${LANES[$1]:-} status=0
    unset "LANES[$name]"
    case $lane in
    '') return 0 ;;
    ended*) return "${lane#ended }" ;;
    esac
    if kill -0 "$lane" 2>/dev/null; then
        say "waiting for: $name"
        start_ticker "$log"
    fi
    wait "$lane" || status=$?
    stop_ticker
    cat "$log" >&2
    return "$status"
}

end_lanes() {
    local lane
    for lane in "${LANES[@]}"; do
        if [[ $lane != ended* ]]; then kill -TERM -- "-$lane" 2>/dev/null || true; fi
    done
}
