# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Makes root file systems of Debian and Ubuntu with mmdebstrap, from the apt sources of this machine. Needs common.sh.

# Suites that can be substituted for each other in an apt source: a server with one also has the others.
TCR_DEBIAN_SUITES=(bookworm trixie)

# apt_sources_of SUITE FOLDER: prints the names of apt source files for that suite, one a line. If no source of this
# machine names the suite, writes copies of those for another Debian suite to FOLDER, with the name replaced. Fails if
# there are none.
apt_sources_of() {
    local suite=$1 folder=$2 other file files
    mapfile -t files < <(apt_sources_naming "$suite")
    if ((${#files[@]} == 0)) && [[ " ${TCR_DEBIAN_SUITES[*]} " == *" $suite "* ]]; then
        for other in "${TCR_DEBIAN_SUITES[@]}"; do
            while read -r file; do
                sed -E "s#(^|[[:space:]])$other\b#\1$suite#g" "$file" >"$folder/$(basename "$file")"
                files+=("$folder/$(basename "$file")")
            done < <(apt_sources_naming "$other")
            if ((${#files[@]} > 0)); then break; fi
        done
    fi
    if ((${#files[@]} == 0)); then
        echo "apt on this machine has no source for $suite"
        return 1
    fi >&2
    printf '%s\n' "${files[@]}"
}

# apt_sources_naming SUITE: prints the names of this machine's apt source files for exactly that suite.
apt_sources_naming() {
    grep -lsE "^(Suites:|deb )(.*[[:space:]])?$1([-/[:space:]]|\$)" \
        /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} || true
}

# make_debian_root SUITE VARIANT TAR ARGUMENT...: writes a root file system of that suite, with more arguments for
# mmdebstrap. It contains this machine's apt sources and settings (proxy, certificates), for packages that are installed
# later.
make_debian_root() {
    local folder status=0
    folder=$(mktemp -d) || return
    make_debian_root_in "$folder" "$@" || status=$?
    rm -rf "$folder"
    return "$status"
}

# make_debian_root_in FOLDER SUITE VARIANT TAR ARGUMENT...: does the work of make_debian_root, with temporary files in FOLDER.
make_debian_root_in() {
    local folder=$1 suite=$2 variant=$3 tar=$4 list sources hooks=()
    shift 4
    list=$(apt_sources_of "$suite" "$folder") || return
    mapfile -t sources <<<"$list"
    apt-config dump --format '%F "%v";%n' Acquire |
        grep -E '^Acquire::(http|https|Check-Valid-Until|Check-Date|Retries|ForceIPv[46])\b' |
        grep -vE ' "";$|Proxy-Auto-Detect|::CA' >"$folder/apt.conf"
    if grep -q 'https://' "${sources[@]}"; then
        # A new root has no certificates, and this machine may trust more authorities than Debian.
        echo 'Acquire::https::CAInfo "/etc/apt/host-ca.crt";' >"$folder/99host-ca"
        hooks=(
            "--customize-hook=upload /etc/ssl/certs/ca-certificates.crt /etc/apt/host-ca.crt"
            "--customize-hook=upload $folder/99host-ca /etc/apt/apt.conf.d/99host-ca"
        )
    fi
    mmdebstrap --variant="$variant" --mode=root --format=tar --aptopt="$folder/apt.conf" "${hooks[@]}" "$@" \
        "$suite" "$tar.new" "${sources[@]}" && mv "$tar.new" "$tar"
}
