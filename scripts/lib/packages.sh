# shellcheck shell=bash
# Debian packages: installs what is missing and nothing else. Needs common.sh.

# What a sandbox needs besides the control plane's binaries.
TCR_SANDBOX_PACKAGES=(ca-certificates curl jq openssl)
# What building the C++ code needs.
TCR_BUILD_PACKAGES=(
    g++ cmake ninja-build ccache git pkg-config python3 python3-yaml
    libssl-dev libboost1.81-dev libboost-json1.81-dev libboost-program-options1.81-dev
    libboost-url1.81-dev libboost-test1.81-dev libyaml-cpp-dev prometheus-cpp-dev
)
# What the libFuzzer programs need besides.
TCR_FUZZ_PACKAGES=(clang libclang-rt-14-dev)
# What the private Go needs, on machines without a Go new enough.
TCR_GO_PACKAGES=(python3 python3-venv)

as_root() {
    if (($(id -u) == 0)); then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        die "needs root to run: $* (not root, and there is no sudo)"
    fi
}

# can_be_root: asks for sudo's password where the question can be seen; a step has no terminal.
can_be_root() {
    if (($(id -u) == 0)); then return; fi
    have sudo || return
    if [[ -t 0 ]]; then sudo -v; else sudo -n true 2>/dev/null; fi
}

# missing_packages PACKAGE...: one line for each that is not installed.
missing_packages() {
    local installed package
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
    for package in "$@"; do
        grep -qxF "installed $package" <<<"$installed" || echo "$package"
    done
}

# ensure_packages PACKAGE...: milliseconds when all are there. Ends the script if it cannot.
ensure_packages() {
    local missing
    if ! have dpkg-query; then
        warn "not a Debian system: please see to these packages yourself: $*"
        return 0
    fi
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    can_be_root ||
        die "packages are missing, and installing them needs root; run as root: apt-get install ${missing[*]}"
    make_cache_folder "$TCR_LOGS"
    run_step "updating the package lists" "$TCR_LOGS/apt-update.log" apt_get update || exit 1
    run_step "installing ${missing[*]}" "$TCR_LOGS/apt-install.log" \
        apt_get install --no-install-recommends "${missing[@]}" || exit 1
}

# Another apt may be at work on a machine just started: wait for its lock instead of failing.
apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 "$@"
}

# fetch_from_package PACKAGE FILE FOLDER: FILE of a Debian package into FOLDER, and nothing is installed.
fetch_from_package() {
    local package=$1 file=$2 folder=$3
    rm -rf "$folder.new"
    mkdir -p "$folder.new"
    # apt reads the package lists as its own user; it warns where that user may not write to this folder.
    (cd "$folder.new" && { apt-get -q download "$package" || { apt_get update && apt-get -q download "$package"; }; }) &&
        dpkg -x "$folder.new/$package"_*.deb "$folder.new/package" &&
        mkdir -p "$folder" &&
        mv "$folder.new/package/$file" "$folder/" &&
        rm -rf "$folder.new"
}

# program_path PROGRAM: where the machine's own is, else where ensure_program puts one.
program_path() { command -v "$1" || echo "$TCR_CACHE/$1/$1"; }

# ensure_program PACKAGE FILE: leaves in TCR_PROGRAM the path of the program that a Debian package has as FILE: the machine's
# own, else one taken out of the package, which is not installed: some would start a server. Ends the script if it cannot.
ensure_program() {
    local package=$1 file=$2 program
    program=$(basename "$file")
    TCR_PROGRAM=$(program_path "$program")
    if [[ ! -x $TCR_PROGRAM ]]; then
        run_step "fetching $program into $TCR_CACHE/$program" "$TCR_LOGS/$program.log" \
            fetch_from_package "$package" "$file" "$TCR_CACHE/$program" || exit 1
    fi
}
