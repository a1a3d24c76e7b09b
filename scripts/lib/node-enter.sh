#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Runs a program in the namespaces and the cgroup of a sandbox's node. The program replaces this process, so it has the
# same process id.
# node-enter.sh HOLDER_PID CGROUP_PROCS_FILE PROGRAM ARGUMENT...
set -euo pipefail
holder=$1
echo $$ >"$2"
shift 2
exec nsenter --target "$holder" --net --mount -- "$@"
