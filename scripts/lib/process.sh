# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Starts and ends processes that outlive the script. A pid file identifies each of them. Needs common.sh.
#
# NAME.pid contains the process id, NAME.start the start time (from /proc) and the program. Both are compared with /proc
# before a signal is sent: the process id in a stale file may belong to an unrelated process.

# spawn PID_FILE LOG COMMAND...: starts COMMAND in its own session. If COMMAND executes another program, SPAWNED_AS must
# name that program.
spawn() {
    local pid_file=$1 log=$2
    shift 2
    rm -f "$pid_file" "${pid_file%.pid}.start"
    # The inner shell executes the command, so it has the same pid and start time, whether setsid forked or not.
    # shellcheck disable=SC2016 # the inner shell expands it
    setsid bash -c '
        pid_file=$1; shift
        # Pipes and locks of the caller must not stay open while the daemon runs.
        for fd in /proc/$$/fd/*; do
            fd=${fd##*/}
            if ((fd > 2)); then eval "exec $fd>&-"; fi
        done
        ulimit -n "$(ulimit -Hn)" || true
        read -r stat <"/proc/$$/stat"
        read -ra fields <<<"${stat##*) }"
        echo "${fields[19]} ${SPAWNED_AS:-$1}" >"${pid_file%.pid}.start"
        unset SPAWNED_AS
        echo "$$" >"$pid_file"
        exec "$@"
    ' spawn "$pid_file" "$@" </dev/null >>"$log" 2>&1 &
    disown
    # A machine with many processes may take seconds.
    for _ in {1..600}; do
        if [[ -s $pid_file ]]; then return; fi
        sleep 0.05
    done
    die "could not start $1 (see $log)"
}

# start_time PID: prints field 22 of /proc/PID/stat, or nothing if there is no such process.
start_time() {
    local stat fields
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    # The second field is the name in parentheses and may contain anything.
    read -ra fields <<<"${stat##*) }"
    echo "${fields[19]}"
}

# process_state PID: prints R, S, T (stopped by a signal), Z, ...
process_state() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    stat=${stat##*) }
    echo "${stat:0:1}"
}

# running_pid PID_FILE: prints the pid if the process that spawn started is still running. Fails otherwise.
running_pid() {
    local pid_file=$1 pid started program command
    { read -r pid <"$pid_file" && read -r started program <"${pid_file%.pid}.start"; } 2>/dev/null || return 1
    [[ $(start_time "$pid") == "$started" ]] || return 1
    # A zombie has ended. In some containers the first process never reaps zombies.
    [[ $(process_state "$pid") != Z ]] || return 1
    command=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || return 1
    # Empty for a moment while the process executes its program.
    [[ -z $command || " $command" == *" $program "* ]] || return 1
    echo "$pid"
}

is_running() { running_pid "$1" >/dev/null; }

# wait_for_exit PID_FILE SECONDS: waits for the end of the process. Fails if it still runs after that time.
wait_for_exit() {
    local tries=$(($2 * 20))
    while is_running "$1"; do
        ((tries-- > 0)) || return 1
        sleep 0.05
    done
}

# end_process PID_FILE SECONDS: sends SIGTERM, and SIGKILL after that many seconds.
end_process() {
    local pid
    if pid=$(running_pid "$1"); then
        # A process stopped by SIGSTOP handles TERM only once it continues.
        kill -TERM "$pid" 2>/dev/null || true
        kill -CONT "$pid" 2>/dev/null || true
        if ! wait_for_exit "$1" "$2"; then
            kill -KILL "$pid" 2>/dev/null || true
            wait_for_exit "$1" 10 || die "process $pid does not end"
        fi
    fi
    rm -f "$1" "${1%.pid}.start"
}

# free_ports COUNT: sets the array FREE_PORTS to that many different ports that no program uses. Ends the script if there
# are not enough.
#
# The ports are below the range that the kernel uses for outgoing connections. Otherwise a client that retries while its
# server is down could get the server's port as its own, connect to itself, and block the port for the restarted server.
free_ports() {
    local count=$1 lowest=10000 above=0 port hex tries=0
    local -A taken=()
    FREE_PORTS=()
    { read -r above _ </proc/sys/net/ipv4/ip_local_port_range; } 2>/dev/null || true
    ((above - lowest > 1000)) || { lowest=1024 && above=32768; }
    # A line begins like "  12: 0100007F:1F90 ", with the port after the address.
    while read -r hex; do
        taken[$hex]=1
    done < <(sed -n 's/^[^:]*:[^:]*:\([^ ]*\).*/\1/p' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
    while ((count > 0)); do
        ((tries++ < 1000)) || die "no free port between $lowest and $above: end a program that listens there"
        port=$((lowest + (RANDOM * 32768 + RANDOM) % (above - lowest)))
        printf -v hex '%04X' "$port"
        if [[ -n ${taken[$hex]:-} ]]; then continue; fi
        taken[$hex]=1
        FREE_PORTS+=("$port")
        count=$((count - 1))
    done
}

# has_synced LOG BYTES: whether a controller has logged, after the first BYTES of LOG, that its caches are synced.
has_synced() {
    [[ -f $1 ]] && tail -c "+$(($2 + 1))" "$1" | grep -qE ' caches are synced |"message":"caches are synced"'
}
