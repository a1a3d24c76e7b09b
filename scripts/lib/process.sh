# shellcheck shell=bash
# Processes that outlive the script that starts them, known by a pid file. Needs common.sh.
#
# NAME.pid holds the process id; NAME.start its start time (from /proc) and program. Both are compared
# with /proc before anything is signalled: a number in a stale file may by now belong to a stranger.

# spawn PID_FILE LOG COMMAND...: starts COMMAND in a session of its own. SPAWNED_AS names the program that COMMAND
# becomes, where that is another.
spawn() {
    local pid_file=$1 log=$2
    shift 2
    rm -f "$pid_file" "${pid_file%.pid}.start"
    # The inner shell becomes the command, so it knows the pid and start time in advance, whether or
    # not setsid had to fork.
    # shellcheck disable=SC2016 # the inner shell expands it
    setsid bash -c '
        pid_file=$1; shift
        # A pipe or lock of whoever called the script must not stay open as long as the daemon lives.
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
    for _ in {1..100}; do
        if [[ -s $pid_file ]]; then return; fi
        sleep 0.05
    done
    die "could not start $1 (see $log)"
}

# start_time PID: field 22 of /proc/PID/stat; nothing if there is no such process.
start_time() {
    local stat fields
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    # The second field is the name in parentheses and may contain anything.
    read -ra fields <<<"${stat##*) }"
    echo "${fields[19]}"
}

# process_state PID: R, S, T (stopped by a signal), Z, ...
process_state() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    stat=${stat##*) }
    echo "${stat:0:1}"
}

# running_pid PID_FILE: prints the pid if that very process is alive, fails otherwise.
running_pid() {
    local pid_file=$1 pid started program command
    { read -r pid <"$pid_file" && read -r started program <"${pid_file%.pid}.start"; } 2>/dev/null || return 1
    [[ $(start_time "$pid") == "$started" ]] || return 1
    # Empty for a zombie, which some containers' first process never collects.
    command=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || return 1
    [[ " $command" == *" $program "* ]] || return 1
    echo "$pid"
}

is_running() { running_pid "$1" >/dev/null; }

# wait_gone PID_FILE SECONDS: fails if the process is still there after that time.
wait_gone() {
    local tries=$(($2 * 20))
    while is_running "$1"; do
        ((tries-- > 0)) || return 1
        sleep 0.05
    done
}

# end_process PID_FILE SECONDS: TERM, and KILL after that many seconds.
end_process() {
    local pid
    if pid=$(running_pid "$1"); then
        # A process stopped by SIGSTOP handles TERM only once it continues.
        kill -TERM "$pid" 2>/dev/null || true
        kill -CONT "$pid" 2>/dev/null || true
        if ! wait_gone "$1" "$2"; then
            kill -KILL "$pid" 2>/dev/null || true
            wait_gone "$1" 10 || die "process $pid does not end"
        fi
    fi
    rm -f "$1" "${1%.pid}.start"
}

# free_ports COUNT: sets the array FREE_PORTS to that many different ports that no program uses, or ends the script if there
# are none.
#
# They lie below the range that the kernel gives to outgoing connections: a client that retries
# against a port of that range while its server is down can get the port itself, connect to itself,
# and keep the restarted server from listening.
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

# has_synced LOG BYTES: has a controller written, after the first BYTES of LOG, that it has the whole
# cluster in memory?
has_synced() {
    [[ -f $1 ]] && tail -c "+$(($2 + 1))" "$1" | grep -qE ' caches are synced |"message":"caches are synced"'
}
