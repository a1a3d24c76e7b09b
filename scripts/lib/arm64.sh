# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Builds for arm64 on a machine of another architecture, and runs the programs with qemu. Needs common.sh, packages.sh,
# build.sh and debian-root.sh.
#
# The libraries for arm64 are in a folder of their own, where the preset arm64 looks for them. They cannot be installed in
# this system: Debian 12's libyaml-cpp-dev cannot be installed for two architectures, other libraries need the same
# version for both, and apt would keep arm64 as an architecture of this machine. The compiler and qemu are programs of
# this machine's architecture, so they are installed. The package qemu-user does not register qemu with the kernel
# (binfmt_misc).

TCR_ARM64_PACKAGES=(g++-aarch64-linux-gnu mmdebstrap qemu-user)

# ensure_arm64_root: downloads the libraries, unless they are there. Sets TCR_ARM64_ROOT, which the preset arm64 uses. Ends
# the script on failure.
ensure_arm64_root() {
    local suite package packages=() names=()
    have dpkg || die "building for arm64 needs the cross compiler and the packages of Debian"
    [[ $(dpkg --print-architecture) != arm64 ]] || die "this machine is arm64: the other presets build for it"
    # shellcheck source=/dev/null
    suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    for package in "${TCR_BUILD_PACKAGES[@]}"; do
        if [[ $package == *-dev ]]; then packages+=("$package"); fi
    done
    ensure_packages "${packages[@]}" "${TCR_ARM64_PACKAGES[@]}"
    mapfile -t names < <(names_to_install "${packages[@]}")
    TCR_ARM64_ROOT=$TCR_CACHE/arm64/$suite-$(sha256sum <<<"${names[*]}" | cut -c 1-12)
    export TCR_ARM64_ROOT
    [[ ! -d $TCR_ARM64_ROOT ]] || return 0
    (($(id -u) == 0)) || die "extracting the libraries for arm64 needs root"
    mkdir -p "$TCR_CACHE/arm64"
    take_lock "$TCR_CACHE/arm64/.lock" "downloading the libraries for arm64"
    [[ -d $TCR_ARM64_ROOT ]] ||
        run_step "downloading the libraries for arm64 (about 1 min)" "$TCR_LOGS/arm64-root.log" \
            make_arm64_root "$suite" "${names[@]}" || exit 1
    release_lock
}

# make_arm64_root SUITE PACKAGE...: extracts these packages and all that they need. Runs none of their scripts. Leaves out
# /etc, because programs in qemu would read its files instead of this machine's. Adds the link /lib, which the packages of
# Debian 13 lack.
make_arm64_root() {
    local suite=$1 folder=$TCR_ARM64_ROOT
    shift
    rm -rf "$folder.new"
    mkdir -p "$folder.new"
    make_debian_root "$suite" extract "$folder.tar" --architectures=arm64 --include="$(tr ' ' , <<<"$*")" &&
        tar -xf "$folder.tar" -C "$folder.new" --exclude='./[!lu]*' &&
        { [[ -e $folder.new/lib ]] || ln -s usr/lib "$folder.new/lib"; } &&
        rm "$folder.tar" &&
        mv "$folder.new" "$folder"
}

# write_arm64_program FILE PROGRAM: writes a script that runs PROGRAM with qemu. The name of the script is the program's
# name, by which the scripts recognize its process (process.sh).
write_arm64_program() {
    cat >"$1" <<SCRIPT
#!/bin/sh
exec qemu-aarch64 -L "$TCR_ARM64_ROOT" -0 "\$0" "$2" "\$@"
SCRIPT
    chmod +x "$1"
}
