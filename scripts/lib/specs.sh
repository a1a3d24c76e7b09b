# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Chooses among Kubernetes' end-to-end tests, which Ginkgo calls specs, and compares two runs of them. Reads and writes text
# only.
#
# Results are lines with a state (passed, failed, skipped, ...), the duration in seconds, and the name, separated by tabs.

# choose_specs RULES: reads names from standard input and prints those that the file RULES chooses. The file contains
# lines `run PREFIX` and `leave PREFIX`; a `leave` has priority. Other lines are comments. Fails with a message if a line
# matches no name, because upstream may have renamed the spec.
choose_specs() {
    awk '
        reads_rules {
            if ($1 == "run" || $1 == "leave") {
                kinds[++count] = $1
                prefixes[count] = substr($0, length($1) + 2)
            }
            next
        }
        {
            chosen = left = 0
            for (i = 1; i <= count; i++) {
                if (index($0, prefixes[i]) == 1) {
                    used[i] = 1
                    if (kinds[i] == "leave") left = 1
                    else chosen = 1
                }
            }
            if (chosen && !left) print
        }
        END {
            for (i = 1; i <= count; i++) {
                if (!used[i]) { print "no spec has a name that begins with: " prefixes[i] >"/dev/stderr"; status = 1 }
            }
            exit status
        }
    ' reads_rules=1 "$1" reads_rules=0 -
}

# focus_pattern: reads names from standard input and prints a regular expression that matches exactly these names. Ginkgo
# compares the expression with the name of the suite, a space, and the name of the spec.
focus_pattern() {
    sed -E 's/[][\\.*^$+?(){}|]/\\&/g' | paste -sd '|' | sed -E 's/.*/^Kubernetes e2e suite (&)$/'
}

# keep_results NAMES: reads results from standard input and prints those whose names the file NAMES contains.
keep_results() { awk -F '\t' 'reads_names { names[$0]; next } $3 in names' reads_names=1 "$1" reads_names=0 -; }

# summarize_results TITLE FILE: prints a line of the table that results_header begins.
results_header() { printf '%-22s %7s %7s %8s\n' '' passed other seconds; }
summarize_results() {
    awk -F '\t' -v title="$1" '
        { if ($1 == "passed") passed++; else other++; seconds += $2 }
        END { printf "%-22s %7d %7d %8d\n", title, passed, other, seconds }
    ' "$2"
}

# compare_results BEFORE AFTER: prints a line for each spec that has not passed twice. Fails if a state differs, a spec is in
# one file only, or no spec passed twice.
compare_results() {
    awk -F '\t' '
        { states[$3, file] = $1; names[$3] }
        END {
            for (name in names) {
                before = (name, 1) in states ? states[name, 1] : "missing"
                after = (name, 2) in states ? states[name, 2] : "missing"
                if (before == "passed" && after == "passed") { passed++; continue }
                if (before == after) print "the same: " before ": " name
                else { print "DIFFERENT: " before " before, " after " after: " name; different = 1 }
            }
            exit different || !passed
        }
    ' file=1 "$1" file=2 "$2"
}
