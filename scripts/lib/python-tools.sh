# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Installs programs and libraries from PyPI, each set in its own virtual environment. Needs common.sh and packages.sh.

# ensure_python_tools NAME PIN...: installs the pins (`package==version`) into $TCR_CACHE/NAME-venv.
ensure_python_tools() {
    local folder=$TCR_CACHE/$1-venv name=$1
    shift
    if [[ -f $folder/pins && $(<"$folder/pins") == "$*" ]]; then return; fi
    ensure_packages python3 python3-venv
    run_step "installing $* from PyPI into $folder" "$TCR_LOGS/$name-venv.log" install_python_tools "$folder" "$@" || exit 1
    echo "$*" >"$folder/pins"
}

install_python_tools() {
    local folder=$1
    shift
    rm -rf "$folder" && python3 -m venv "$folder" && "$folder/bin/pip" install --disable-pip-version-check "$@"
}
