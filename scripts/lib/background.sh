# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Runs steps in the background. Needs common.sh and build.sh.

# Keys: names of steps. Values: the process id of the step, or "ended STATUS".
declare -A BACKGROUND_STEPS=()

# can_run_in_parallel: whether this machine is large enough. Each compiler takes up to 1.8 GB.
can_run_in_parallel() {
    (($(nproc) > 1 && $(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo) > 7500000))
}

# start_background_step NAME COMMAND...: runs COMMAND in the background if the machine is large enough, otherwise
# immediately. await_background_step prints its output and returns its status. NAME becomes part of a file name.
start_background_step() {
    local name=$1 log=$TCR_BUILD_LOGS/background-$1.log status=0
    shift
    if ! can_run_in_parallel; then
        ("$@") || status=$?
        BACKGROUND_STEPS[$name]="ended $status"
        return
    fi
    say "running in the background: $name (log: $log)"
    mkdir -p "$TCR_BUILD_LOGS"
    # Gives the step its own process group, so that end_background_steps can end all of its processes.
    set -m
    ("$@") </dev/null >"$log" 2>&1 &
    BACKGROUND_STEPS[$name]=$!
    set +m
}

# await_background_step NAME: waits for the end of the step. Returns 0 if there is no such step.
await_background_step() {
    local name=$1 log=$TCR_BUILD_LOGS/background-$1.log state=${BACKGROUND_STEPS[$1]:-} status=0
    case $state in
    '') return 0 ;;
    ended*) status=${state#ended } ;;
    *)
        if kill -0 "$state" 2>/dev/null; then
            say "waiting for: $name"
            start_ticker "$log"
        fi
        wait "$state" || status=$?
        stop_ticker
        cat "$log" >&2
        ;;
    esac
    unset "BACKGROUND_STEPS[$name]"
    return "$status"
}

# end_background_steps: ends all steps that still run.
end_background_steps() {
    local state
    for state in "${BACKGROUND_STEPS[@]}"; do
        [[ $state != ended* ]] || continue
        kill -TERM -- "-$state" 2>/dev/null || true
        wait "$state" 2>/dev/null || true
    done
}

# at_low_priority COMMAND...: runs the program COMMAND so that it uses only processor time that others leave.
# A nice value counts only among the processes of one session (sched(7), "The autogroup feature"), and each
# process of a sandbox has its own session. So COMMAND gets its own session, and the session the lowest
# priority. end_background_steps ends a process group, which COMMAND has left: COMMAND and its children end
# when the parent of the shell ends.
at_low_priority() {
    # shellcheck disable=SC2016
    setsid --wait setpriv --pdeathsig TERM bash -c '
        trap "trap - TERM; kill -TERM 0" TERM
        renice -n 19 $$ >/dev/null || true
        { echo 19 >/proc/self/autogroup; } 2>/dev/null || true
        "$@" &
        wait $!' bash "$@"
}
