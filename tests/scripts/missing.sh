#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Checks that scripts/lib ends with one line if there is no free port or no writable cache folder.
set -euo pipefail

lib=$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib
for part in common process; do
    # shellcheck source=/dev/null
    source "$lib/$part.sh"
done

# expect_sentence TEXT COMMAND...: checks that COMMAND fails and prints only one line, which begins with TEXT.
expect_sentence() {
    local text=$1 printed status=0
    shift
    printed=$("$@" 2>&1) || status=$?
    if ((status == 0)) || [[ $printed != "error: $text"* || $printed == *$'\n'* ]]; then
        die "$*: status $status, printed: $printed"
    fi
}

# free_ports_with_one_port: makes free_ports try the same port again and again, so that the second port is never free.
free_ports_with_one_port() {
    unset RANDOM
    RANDOM=0
    free_ports 2
}

free_ports 20
mapfile -t ports < <(printf '%s\n' "${FREE_PORTS[@]}" | sort -u)
((${#ports[@]} == 20)) || die "free_ports 20: ${#ports[@]} different ports"
expect_sentence "no free port between " free_ports_with_one_port
expect_sentence "cannot write to /dev/null/cache: set XDG_CACHE_HOME " make_cache_folder /dev/null/cache
