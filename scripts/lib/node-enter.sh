#!/usr/bin/env bash
# Becomes a program in the namespaces and the cgroup of a sandbox's node; the process id stays.
# node-enter.sh HOLDER_PID CGROUP_PROCS_FILE PROGRAM ARGUMENT...
set -euo pipefail
holder=$1
echo $$ >"$2"
shift 2
exec nsenter --target "$holder" --net --mount -- "$@"
