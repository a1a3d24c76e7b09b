#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Checks how scripts/lib/specs.sh chooses Kubernetes' end-to-end tests and compares their results.
set -euo pipefail

lib=$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib
for part in common specs; do
    # shellcheck source=/dev/null
    source "$lib/$part.sh"
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# expect WHAT STATUS TEXT COMMAND...: checks the status of COMMAND and what it prints.
expect() {
    local what=$1 status=$2 text=$3 printed ended=0
    shift 3
    printed=$("$@" 2>&1) || ended=$?
    [[ $ended == "$status" && $printed == "$text" ]] || die "$what: status $ended, printed: $printed"
}

# results LINE...: prints results. Each LINE has spaces in place of its two tabs.
results() { printf '%s\n' "$@" | sed -E 's/ /\t/; s/ /\t/'; }

names=$'[a] One deletes\n[a] One keeps (twice)\n[b] Two'
choose() { choose_specs "$folder/rules" <<<"$names"; }
message_of_choose() { { choose >/dev/null; } 2>&1; }
printf '%s\n' '# needs a node:' 'leave [a] One keeps' 'run [a] One' >"$folder/rules"
expect "a chosen area without one of its specs" 0 '[a] One deletes' choose
printf '%s\n' 'run [a]' 'leave [c] Three' >"$folder/rules"
expect "a rule for a spec that upstream renamed" 1 'no spec has a name that begins with: [c] Three' message_of_choose

pattern=$(head -n 2 <<<"$names" | focus_pattern)
[[ $pattern == '^Kubernetes e2e suite (\[a\] One deletes|\[a\] One keeps \(twice\))$' ]] || die "pattern: $pattern"

results 'passed 3 one' 'failed 1 two' >"$folder/before"
results 'passed 9 one' 'failed 7 two' >"$folder/same"
results 'passed 9 one' 'passed 7 two' >"$folder/other"
results 'passed 9 one' >"$folder/fewer"
results 'failed 1 two' >"$folder/none"
: >"$folder/empty"
expect "same results" 0 'the same: failed: two' compare_results "$folder/before" "$folder/same"
expect "another result" 1 'DIFFERENT: failed before, passed after: two' compare_results "$folder/before" "$folder/other"
expect "a missing spec" 1 'DIFFERENT: failed before, missing after: two' compare_results "$folder/before" "$folder/fewer"
expect "no spec that passed" 1 'the same: failed: two' compare_results "$folder/none" "$folder/none"
expect "no results" 1 '' compare_results "$folder/empty" "$folder/empty"
expect "no results before" 1 'DIFFERENT: missing before, failed after: two' compare_results "$folder/empty" "$folder/none"
expect "a line of the table" 0 'before                       1       1        4' summarize_results before "$folder/before"
printf 'two\n' >"$folder/names"
expect "results of chosen specs" 0 $'failed\t1\ttwo' keep_results "$folder/names" <"$folder/before"
