# shellcheck shell=bash
# The control plane's programs: from KUBEBUILDER_ASSETS, or built once from tests/cluster/go.mod.
# Needs common.sh, packages.sh and go.sh.

# Oldest kubectl that is taken from the user's PATH instead of being built.
TCR_KUBECTL_MINIMUM=1.30

# ensure_control_plane: sets TCR_CONTROL_PLANE (folder with etcd, kube-apiserver and
# kube-controller-manager) and TCR_KUBECTL.
ensure_control_plane() {
    local assets=${KUBEBUILDER_ASSETS:-}
    if [[ -n $assets ]] && has_control_plane "$assets"; then
        TCR_CONTROL_PLANE=$(cd "$assets" && pwd)
    else
        if [[ -n $assets ]]; then
            note "KUBEBUILDER_ASSETS=$assets lacks etcd, kube-apiserver or kube-controller-manager: using the pinned ones"
        fi
        TCR_CONTROL_PLANE=$(control_plane_folder)
        has_control_plane "$TCR_CONTROL_PLANE" || build_tools etcd kube-apiserver kube-controller-manager
    fi
    find_kubectl
}

# find_kubectl: sets TCR_KUBECTL; builds one only if there is none new enough.
find_kubectl() {
    local built
    if [[ -n ${TCR_CONTROL_PLANE:-} && -x $TCR_CONTROL_PLANE/kubectl ]]; then
        TCR_KUBECTL=$TCR_CONTROL_PLANE/kubectl
        return
    fi
    built=$(control_plane_folder)/kubectl
    if have kubectl && kubectl_is_new_enough kubectl; then
        TCR_KUBECTL=$(command -v kubectl)
        return
    fi
    TCR_KUBECTL=$built
    [[ -x $built ]] || build_tools kubectl
}

has_control_plane() {
    [[ -x $1/etcd && -x $1/kube-apiserver && -x $1/kube-controller-manager ]]
}

kubectl_is_new_enough() {
    local version
    version=$("$1" version --client 2>/dev/null | sed -n 's/^Client Version: v\([0-9.]*\).*/\1/p') || return 1
    [[ -n $version ]] && version_at_least "$version" "$TCR_KUBECTL_MINIMUM"
}

# The folder's name holds the hash of what pins the versions: a changed pin is another folder.
control_plane_folder() {
    local hash
    hash=$(cat "$TCR_ROOT/tests/cluster/go.mod" "$TCR_ROOT/tests/cluster/go.sum" | sha256sum)
    echo "$TCR_CACHE/control-plane-${hash:0:12}"
}

kubernetes_version() { awk '$1 == "k8s.io/kubernetes" { print $2; exit }' "$TCR_ROOT/tests/cluster/go.mod"; }

# Without a version the API server calls itself v0.0.0, which clients cannot parse.
version_ldflags() {
    local version package=k8s.io/component-base/version
    version=$(kubernetes_version)
    IFS=. read -r major minor _ <<<"${version#v}"
    echo "-s -w -X $package.gitVersion=$version -X $package.gitMajor=$major -X $package.gitMinor=$minor"
}

tool_package() {
    case $1 in
    etcd) echo go.etcd.io/etcd/server/v3 ;;
    *) echo "k8s.io/kubernetes/cmd/$1" ;;
    esac
}

tool_build_time() {
    case $1 in
    etcd) echo "about 40 s" ;;
    kube-apiserver) echo "about 4 min" ;;
    *) echo "about 1 min" ;;
    esac
}

# build_tools TOOL...: builds those that are not there yet. A lock keeps two scripts from building
# the same thing twice; the second finds the first one's work.
build_tools() {
    local folder tool lock missing=() packages=()
    folder=$(control_plane_folder)
    mkdir -p "$folder"
    ensure_packages "${TCR_SANDBOX_PACKAGES[@]}"
    exec {lock}>"$folder/.lock"
    if ! flock -n "$lock"; then
        say "waiting for another script that is building the control plane"
        start_ticker /dev/null
        flock "$lock"
        stop_ticker
    fi
    for tool in "$@"; do
        if [[ ! -x $folder/$tool ]]; then
            missing+=("$tool")
            packages+=("$(tool_package "$tool")")
        fi
    done
    if ((${#missing[@]} > 0)); then
        ensure_go
        run_step "downloading the Go modules of ${missing[*]} (up to 1 GB the first time)" \
            "$TCR_LOGS/control-plane-download.log" list_modules "${packages[@]}" || exit 1
        for tool in "${missing[@]}"; do
            run_step "building $tool ($(tool_build_time "$tool") the first time)" \
                "$TCR_LOGS/build-$tool.log" build_tool "$tool" "$folder" || exit 1
        done
    fi
    exec {lock}>&-
}

# Loading the packages downloads exactly the modules they need; `go mod download` would take all.
list_modules() { go_run list -mod=readonly -deps -f '{{if .Module}}{{.Module.Path}}{{end}}' "$@"; }

# build_tool TOOL FOLDER: the program appears under its name only when it is complete.
build_tool() {
    local tool=$1 folder=$2 unfinished=$2/.$1.unfinished
    go_run build -mod=readonly -v -trimpath -ldflags "$(version_ldflags)" -o "$unfinished" "$(tool_package "$tool")" &&
        mv "$unfinished" "$folder/$tool"
}
