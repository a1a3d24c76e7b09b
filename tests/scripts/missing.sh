#!/usr/bin/env bash
# What scripts/lib does where a free port or a cache folder is missing: it ends with one sentence.
set -euo pipefail

lib=$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib
for part in common process; do
    # shellcheck source=/dev/null
    source "$lib/$part.sh"
done

# expect_sentence TEXT COMMAND...: COMMAND fails, and TEXT is all that it prints.
expect_sentence() {
    local text=$1 printed status=0
    shift
    printed=$("$@" 2>&1) || status=$?
    if ((status == 0)) || [[ $printed != "error: $text"* || $printed == *$'\n'* ]]; then
        die "$*: status $status, printed: $printed"
    fi
}

# In a subshell, because it replaces the program that looks for listening ports.
free_ports_where_all_are_taken() {
    # shellcheck disable=SC2317 # free_ports calls it
    grep() { true; }
    free_ports 1
}

mapfile -t ports < <(free_ports 20 | sort -u)
((${#ports[@]} == 20)) || die "free_ports 20: ${#ports[@]} different ports"
expect_sentence "no free port between " free_ports_where_all_are_taken
expect_sentence "cannot write to /dev/null/cache: set XDG_CACHE_HOME " make_cache_folder /dev/null/cache
