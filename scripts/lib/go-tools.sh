# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Builds programs written in Go once, from the modules below tests/cluster, whose tool lines pin the versions.
# Needs common.sh, packages.sh and go.sh.

# go_tools_folder MODULE: prints the folder of the module's programs. Its name contains a hash of go.mod, go.sum and the
# module's code, so that changed versions use a new folder.
go_tools_folder() {
    local hash
    hash=$({ cat "$1/go.mod" "$1/go.sum" && find "$1" -name '*.go' -print0 | sort -z | xargs -0r cat; } | sha256sum)
    echo "$TCR_CACHE/$(basename "$1")-${hash:0:12}"
}

# ensure_go_tools MODULE TOOL...: builds the tools that are missing. Takes milliseconds if all exist. A lock prevents that
# two scripts build the same tools. Ends the script on failure.
ensure_go_tools() {
    local module=$1 folder tool missing=() packages=()
    shift
    folder=$(go_tools_folder "$module")
    if has_go_tools "$folder" "$@"; then return; fi
    make_cache_folder "$folder"
    ensure_packages "${TCR_SANDBOX_PACKAGES[@]}"
    take_lock "$folder/.lock" "building the programs of $(basename "$module")"
    for tool in "$@"; do
        if [[ ! -x $folder/$tool ]]; then
            missing+=("$tool")
            packages+=("$(tool_package "$module" "$tool")")
        fi
    done
    if ((${#missing[@]} > 0)); then
        ensure_go "$module"
        run_step "downloading the Go modules of ${missing[*]} (up to 1 GB the first time)" \
            "$TCR_LOGS/$(basename "$module")-download.log" list_modules "$module" "${packages[@]}" || exit 1
        for tool in "${missing[@]}"; do
            run_step "building $tool ($(tool_build_time "$tool") the first time)" \
                "$TCR_LOGS/build-$tool.log" build_tool "$module" "$tool" "$folder" || exit 1
        done
    fi
    release_lock
}

has_go_tools() {
    local folder=$1 tool
    shift
    for tool in "$@"; do [[ -x $folder/$tool ]] || return 1; done
}

# tool_package MODULE TOOL: prints the package of the tool line that ends with that name, ignoring a major version. The tool
# NAME.test is the test program of the package NAME.
tool_package() {
    local name=${2%.test}
    if [[ $name == etcd ]]; then name=server; fi
    awk -v name="$name" '
        $1 == "tool" && $2 != "(" { path = $2 }
        $1 == "tool" && $2 == "(" { inside = 1; next }
        inside && $1 == ")" { inside = 0 }
        inside { path = $1 }
        path { last = path; sub(/\/v[0-9]+$/, "", last); sub(/.*\//, "", last); if (last == name) { print path; exit } path = "" }
    ' "$1/go.mod"
}

tool_build_time() {
    case $1 in
    etcd) echo "about 40 s" ;;
    kube-apiserver) echo "about 4 min" ;;
    containerd) echo "about 2 min" ;;
    e2e.test) echo "about 6 min" ;;
    *) echo "about 1 min" ;;
    esac
}

# version_ldflags MODULE: prints linker flags that set the version. Without them, programs of Kubernetes report v0.0.0,
# which clients cannot parse. Other programs ignore the flags.
version_ldflags() {
    local version package=k8s.io/component-base/version
    version=$(awk '$1 == "k8s.io/kubernetes" { print $2; exit }' "$1/go.mod")
    IFS=. read -r major minor _ <<<"${version#v}"
    echo "-s -w -X $package.gitVersion=$version -X $package.gitMajor=$major -X $package.gitMinor=$minor"
}

# list_modules MODULE PACKAGE...: downloads exactly the modules that the packages need. `go mod download` would download
# all of them.
list_modules() {
    local module=$1
    shift
    go_run "$module" list -mod=readonly -deps -f '{{if .Module}}{{.Module.Path}}{{end}}' "$@"
}

# build_tool MODULE TOOL FOLDER: builds FOLDER/TOOL. The program gets its name only when it is complete. The linker would
# remove the debug information (version_ldflags), so the compiler does not make it, which saves an eighth of the time.
build_tool() {
    local module=$1 tool=$2 unfinished=$3/.$2.unfinished command=(build)
    if [[ $tool == *.test ]]; then command=(test -c); fi
    go_run "$module" "${command[@]}" -mod=readonly -v -trimpath -gcflags all=-dwarf=false \
        -ldflags "$(version_ldflags "$module")" -o "$unfinished" \
        "$(tool_package "$module" "$tool")" && mv "$unfinished" "$3/$tool"
}
