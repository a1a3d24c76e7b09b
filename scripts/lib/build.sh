# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Builds the C++ code with its CMake presets. Needs common.sh and packages.sh.

# In the clone and not in the cache, because two clones may build at the same time.
TCR_BUILD_LOGS=$TCR_ROOT/build/logs

# build_jobs: prints how many compilers may run at a time. Each takes up to 1.8 GB.
build_jobs() {
    local by_memory
    by_memory=$(awk '$1 == "MemAvailable:" { print int($2 / 1900000) }' /proc/meminfo)
    printf '%s\n' "$(nproc)" "$((by_memory > 1 ? by_memory : 1))" | sort -n | head -n 1
}

# The command that runs compilers and tests, at_low_priority. If it is empty, they run directly.
TCR_PRIORITY=()

# build_preset PRESET [TARGET...]: configures and builds into build/PRESET.
build_preset() {
    local preset=$1 targets=()
    shift
    if (($# > 0)); then targets=(--target "$@"); fi
    run_step "configuring build/$preset" "$TCR_BUILD_LOGS/configure-$preset.log" \
        in_root cmake --preset "$preset" || return
    CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(build_jobs)} \
        run_step "building build/$preset (takes some minutes the first time)" "$TCR_BUILD_LOGS/build-$preset.log" \
            in_root "${TCR_PRIORITY[@]}" cmake --build --preset "$preset" "${targets[@]}"
}

in_root() { cd "$TCR_ROOT" && "$@"; }
