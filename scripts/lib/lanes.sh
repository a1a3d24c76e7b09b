# shellcheck shell=bash
# Lanes: steps that run in the background. Needs common.sh and build.sh.

# The process ids of the lanes that run, by name.
declare -A LANES=()

# Compilers take up to 1.4 GB each.
can_run_side_by_side() {
    (($(nproc) > 1 && $(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo) > 7500000))
}

# start_lane NAME COMMAND...: runs it in the background where the machine is large enough, otherwise at once. await_lane prints
# its output and returns its status. The name becomes part of a file name.
start_lane() {
    local name=$1 log=$TCR_BUILD_LOGS/lane-$1.log status=0
    shift
    if ! can_run_side_by_side; then
        ("$@") || status=$?
        LANES[$name]="ended $status"
        return
    fi
    say "running in the background: $name (log: $log)"
    mkdir -p "$TCR_BUILD_LOGS"
    # A process group of its own, so that it can be ended as a whole.
    set -m
    ("$@") </dev/null >"$log" 2>&1 &
    LANES[$name]=$!
    set +m
}

# await_lane NAME: waits for its end; 0 where there is no such lane.
await_lane() {
    local name=$1 log=$TCR_BUILD_LOGS/lane-$1.log lane=${LANES[$1]:-} status=0
    case $lane in
    '') return 0 ;;
    ended*) status=${lane#ended } ;;
    *)
        if kill -0 "$lane" 2>/dev/null; then
            say "waiting for: $name"
            start_ticker "$log"
        fi
        wait "$lane" || status=$?
        stop_ticker
        cat "$log" >&2
        ;;
    esac
    unset "LANES[$name]"
    return "$status"
}

end_lanes() {
    local lane
    for lane in "${LANES[@]}"; do
        [[ $lane != ended* ]] || continue
        kill -TERM -- "-$lane" 2>/dev/null || true
        wait "$lane" 2>/dev/null || true
    done
}
