#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Checks how scripts/lib/process.sh recognizes its processes.
set -euo pipefail

lib=$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib
for part in common process; do
    # shellcheck source=/dev/null
    source "$lib/$part.sh"
done

folder=$(mktemp -d)
trap 'unset -f tr; end_process "$folder/sleep.pid" 5; rm -rf "$folder"' EXIT
spawn "$folder/sleep.pid" "$folder/log" sleep 60

is_running "$folder/sleep.pid" || die "a process that runs was not found"
# While a process executes its program, the kernel shows no command line.
# shellcheck disable=SC2329 # is_running calls it
tr() { :; }
is_running "$folder/sleep.pid" || die "a process without command line was not found"
# shellcheck disable=SC2329 # is_running calls it
tr() { printf 'another program'; }
! is_running "$folder/sleep.pid" || die "the process of another program was found"
unset -f tr
end_process "$folder/sleep.pid" 5
! is_running "$folder/sleep.pid" || die "a process that has ended was found"
