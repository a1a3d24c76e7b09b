# shellcheck shell=bash
# Building the C++ code by its CMake presets. Needs common.sh and packages.sh.

# In the clone, not the cache: two clones may build at the same time.
TCR_BUILD_LOGS=$TCR_ROOT/build/logs

# build_preset PRESET [TARGET...]: configures and builds into build/PRESET.
build_preset() {
    local preset=$1 targets=()
    shift
    if (($# > 0)); then targets=(--target "$@"); fi
    run_step "configuring build/$preset" "$TCR_BUILD_LOGS/configure-$preset.log" \
        in_root cmake --preset "$preset" || return
    run_step "building build/$preset (some minutes the first time)" "$TCR_BUILD_LOGS/build-$preset.log" \
        in_root cmake --build --preset "$preset" "${targets[@]}"
}

in_root() { cd "$TCR_ROOT" && "$@"; }
