# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Shared by all scripts: folders, messages, long steps with progress, locks. Sourced, never run.

# Some service managers start programs without HOME, which Go and the cache folder need.
export HOME="${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}"

TCR_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
TCR_CACHE=${TCR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tcr-assistant}
TCR_LOGS=$TCR_CACHE/logs

# All messages are written to standard error: standard output is for data (`sandbox env`).
say() { printf '==> %s\n' "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# die_usage MESSAGE: exits with status 2 after a wrong command line, like tcr-assistant.
die_usage() {
    printf 'error: %s (see %s --help)\n' "$*" "$0" >&2
    exit 2
}

have() { command -v "$1" >/dev/null 2>&1; }

# make_cache_folder FOLDER [VARIABLE]: ends the script if FOLDER is not writable. The message names the variable to set.
make_cache_folder() {
    if ! mkdir -p "$1" 2>/dev/null || [[ ! -w $1 ]]; then
        die "cannot write to $1: set ${2:-XDG_CACHE_HOME} to a folder that you can write to"
    fi
}

# version_at_least HAVE WANT: compares dotted numbers (1.9 < 1.10).
version_at_least() {
    [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]
}

# --- long steps --------------------------------------------------------------------------------

TCR_TICKER_PID=

# start_ticker LOG [live]: until stop_ticker, shows the elapsed time and the last line of LOG. With `live` the output of
# the step is visible, so the ticker prints a line only if there is no new output.
start_ticker() {
    ticker_loop "$1" "${2:-}" </dev/null &
    TCR_TICKER_PID=$!
}

ticker_loop() {
    local log=$1 live=$2 started=$SECONDS elapsed width size last_size=
    width=$(($(tput cols 2>/dev/null || echo 80) - 16))
    # The ticker ends with the script, also if the script is killed.
    while kill -0 $$ 2>/dev/null; do
        # `sleep` does not inherit standard error: a program that reads it would wait for the end of `sleep`.
        sleep 1 >/dev/null 2>&1
        elapsed=$((SECONDS - started))
        if [[ -t 2 && -z $live ]]; then
            printf '\r\033[K    %d s  %s' "$elapsed" "$(last_line "$log" "$width")" >&2
        elif ((elapsed % 10 == 0)); then
            size=$(stat -c %s "$log" 2>/dev/null) || size=
            if [[ -z $live || $size == "$last_size" ]]; then
                printf '    ... %d s  %s\n' "$elapsed" "$(last_line "$log" 100)" >&2
            fi
            last_size=$size
        fi
    done
}

last_line() { tail -c 400 "$1" 2>/dev/null | tail -n 1 | tr -dc '[:print:]' | cut -c "1-$2"; }

stop_ticker() {
    [[ -n $TCR_TICKER_PID ]] || return 0
    kill "$TCR_TICKER_PID" 2>/dev/null || true
    wait "$TCR_TICKER_PID" 2>/dev/null || true
    TCR_TICKER_PID=
    if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
}

# run_step TITLE LOG COMMAND...: prints TITLE, and runs COMMAND with its output in LOG. On failure, shows the end of LOG
# and returns the status of COMMAND.
run_step() {
    local title=$1 log=$2 started=$SECONDS status=0
    shift 2
    say "$title"
    mkdir -p "$(dirname "$log")"
    : >"$log"
    start_ticker "$log"
    ("$@") </dev/null >"$log" 2>&1 || status=$?
    stop_ticker
    if ((status != 0)); then
        printf 'error: %s: failed (status %d) after %d s; the end of %s:\n' \
            "$title" "$status" $((SECONDS - started)) "$log" >&2
        tail -n 40 "$log" | sed 's/^/    | /' >&2
    elif ((SECONDS - started > 2)); then
        note "done in $((SECONDS - started)) s"
    fi
    return "$status"
}

# run_live TITLE LOG COMMAND...: like run_step, but also shows the output of COMMAND.
run_live() {
    local title=$1 log=$2 status=0
    shift 2
    say "$title"
    mkdir -p "$(dirname "$log")"
    : >"$log"
    start_ticker "$log" live
    ("$@") </dev/null 2>&1 | tee "$log" >&2 || status=${PIPESTATUS[0]}
    stop_ticker
    return "$status"
}

# --- locks -------------------------------------------------------------------------------------

# take_lock FILE WHAT: waits until no other script holds the lock, and prints WHAT as the reason. The lock is held until
# release_lock.
take_lock() {
    exec {TCR_LOCK}>"$1"
    if flock -n "$TCR_LOCK"; then return; fi
    say "waiting for another script that is $2"
    start_ticker /dev/null
    flock "$TCR_LOCK"
    stop_ticker
}

release_lock() { exec {TCR_LOCK}>&-; }
