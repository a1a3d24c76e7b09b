# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Finds the tests that a change can affect. Needs common.sh.

# The integration tests of modules that only some tests use. Other modules affect all integration tests.
declare -A TCR_TESTS_OF_MODULE=(
    [metrics]='it_monitoring it_dashboards it_operations'
    [registry]='it_registry it_registry_sdk it_credentials it_tokens it_instances it_private_registry it_network'
    [credentials]='it_credentials it_tokens it_instances it_private_registry it_identity'
    [hosts]='it_hosts it_hosts_cluster it_restore it_lifecycle it_node'
    [instances]='it_instances it_tokens it_restore'
    [admission]='it_admission it_older_servers it_certificates it_restore it_tenant it_lifecycle it_node'
    [commands]='it_commands it_walkthrough it_network it_lifecycle it_node'
)

# changed_files: prints the files that differ from the branch main, committed or not.
changed_files() {
    local base
    base=$(git -C "$TCR_ROOT" merge-base HEAD main) || return
    # A renamed file counts as changed at both paths.
    git -C "$TCR_ROOT" diff --name-only --no-renames "$base"
    git -C "$TCR_ROOT" ls-files --others --exclude-standard
}

# modules_built_on MODULE...: prints these modules and all that link one of them. CMakeLists.txt lists each module after
# the modules that it links.
modules_built_on() {
    awk -F'[( )]' -v changed=" $* " '
        $1 == "tcr_module" {
            hit = index(changed, " " $2 " ")
            for (i = 3; i <= NF; i++) if (sub(/^tcr_/, "", $i) && index(changed, " " $i " ")) hit = 1
            if (hit) { print $2; changed = changed $2 " " }
        }' "$TCR_ROOT/CMakeLists.txt"
}

# tests_of_changes: reads names of files from standard input, and prints the names of tests, or `all`.
tests_of_changes() {
    local file name modules=() tests_of_module tests=(layers docs cases 'scripts_.*')
    while read -r file; do
        [[ -n $file ]] || continue
        name=${file##*/}
        case $file in
        src/main.cpp | src/*/*/* | include/tcr/*/*/*) echo all && return ;;
        src/*/*) modules+=("$(cut -d/ -f2 <<<"$file")") ;;
        include/tcr/*/*) modules+=("$(cut -d/ -f3 <<<"$file")") ;;
        tests/unit/*/*) tests+=("unit_$(cut -d/ -f3 <<<"$file")" memory_tests) ;;
        tests/integration/it_registry_*.cpp) tests+=(it_registry) ;;
        tests/integration/it_*.cpp | tests/integration/it_*.py) tests+=("${name%.*}") ;;
        # Every sandbox applies these manifests.
        deploy/base/*) echo all && return ;;
        docs/operate/runbooks.md) tests+=(it_dashboards) ;;
        docs/operate/security.md) tests+=(scanners) ;;
        docs/use/migration.md) tests+=(it_migration) ;;
        docs/operate/hosts-updater.md) tests+=(unit_app it_lifecycle) ;;
        docs/use/commands.md | docs/operate/configuration.md | docs/operate/metrics.md) tests+=(unit_app) ;;
        tests/packaging/* | deploy/*)
            tests+=(manifests scanners it_lifecycle it_status it_node it_new_accounts it_older_servers)
            ;;
        tests/monitoring/* | dashboards/*) tests+=(manifests it_dashboards it_monitoring) ;;
        tests/cases.txt | tests/docs/* | tests/fuzz/* | tests/benchmark/* | docs/* | *.md | scripts/benchmark | scripts/fuzz) ;;
        # The unit tests of scripts run in any case.
        scripts/upstream-e2e | scripts/lib/specs.sh | tests/scripts/* | tests/cluster/upstream-e2e/*) ;;
        *) echo all && return ;;
        esac
    done
    for name in "${modules[@]}"; do
        if [[ -z ${TCR_TESTS_OF_MODULE[$name]:-} ]]; then
            tests+=('it_.*')
        else
            read -ra tests_of_module <<<"${TCR_TESTS_OF_MODULE[$name]}"
            tests+=("${tests_of_module[@]}")
        fi
    done
    if ((${#modules[@]} > 0)); then
        mapfile -t modules < <(modules_built_on "${modules[@]}")
        tests+=("${modules[@]/#/unit_}" memory_tests)
    fi
    printf '%s\n' "${tests[@]}" | sort -u
}
