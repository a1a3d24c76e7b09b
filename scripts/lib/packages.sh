# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Installs the Debian packages that are missing. Needs common.sh.

# Packages for a sandbox, besides the control plane's programs.
TCR_SANDBOX_PACKAGES=(ca-certificates curl jq openssl)
# Packages for building the C++ code. The names of Boost's packages have no version: boost_package adds it.
TCR_BUILD_PACKAGES=(
    g++ cmake ninja-build ccache git pkg-config python3 python3-yaml
    libssl-dev libboost-dev libboost-json-dev libboost-program-options-dev
    libboost-url-dev libboost-test-dev libyaml-cpp-dev prometheus-cpp-dev
)
# Additional packages for building the libFuzzer programs.
TCR_FUZZ_PACKAGES=(clang libclang-rt-dev)
# Packages for the private Go, on machines without a Go that is new enough.
TCR_GO_PACKAGES=(python3 python3-venv)

# The oldest Boost that compiles the code. CMakeLists.txt requires the same version.
TCR_BOOST_MINIMUM=1.81

as_root() {
    if (($(id -u) == 0)); then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        die "needs root to run: $* (not root, and there is no sudo)"
    fi
}

# can_be_root: whether commands can run as root. Lets sudo ask for its password now, because steps have no terminal.
can_be_root() {
    if (($(id -u) == 0)); then return; fi
    have sudo || return
    if [[ -t 0 ]]; then sudo -v; else sudo -n true 2>/dev/null; fi
}

# boost_package PACKAGE VERSION: sets BOOST_PACKAGE to the name with the version of Boost, such as libboost-json1.81-dev
# for libboost-json-dev. Packages of other libraries keep their names.
boost_package() {
    BOOST_PACKAGE=$1
    if [[ $1 =~ ^libboost(-[a-z-]+)?-dev$ ]]; then BOOST_PACKAGE=libboost${BASH_REMATCH[1]}$2-dev; fi
}

# installed_boost: prints the version of the newest installed Boost, if it is new enough.
installed_boost() {
    local version
    version=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'libboost1.*-dev' 2>/dev/null |
        sed -n 's/^installed libboost\([0-9.]*\)-dev$/\1/p' | sort -rV | head -n 1)
    if [[ -n $version ]] && version_at_least "$version" "$TCR_BOOST_MINIMUM"; then echo "$version"; fi
}

# available_boost: prints the version of Boost to install, or nothing if the distribution's default (libboost-dev) is new
# enough. The default of Debian 12 is too old, but Debian 12 also has the minimum version. Needs package lists.
available_boost() {
    local version
    version=$(apt-cache show --no-all-versions libboost-dev 2>/dev/null | sed -n 's/^Version: //p')
    if [[ -z $version ]] || ! version_at_least "$version" "$TCR_BOOST_MINIMUM"; then echo "$TCR_BOOST_MINIMUM"; fi
}

# missing_packages PACKAGE...: prints the packages that are not installed, one a line.
missing_packages() {
    local boost installed package names=()
    # The headers of two versions of Boost conflict with each other, so apt would replace one version by the other.
    # Therefore use an installed version that is new enough. If the installed libboost-dev is too old, all of Boost counts
    # as missing.
    boost=$(installed_boost)
    for package in "$@"; do
        boost_package "$package" "${boost:-?}"
        names+=("$BOOST_PACKAGE")
    done
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${names[@]}" 2>/dev/null || true)
    for package in "$@"; do
        boost_package "$package" "${boost:-?}"
        [[ $'\n'$installed$'\n' == *$'\n'"installed $BOOST_PACKAGE"$'\n'* ]] || echo "$package"
    done
}

# names_to_install PACKAGE...: prints the names of the packages in this distribution, one a line. Needs package lists.
names_to_install() {
    local boost package
    boost=$(installed_boost)
    boost=${boost:-$(available_boost)}
    for package in "$@"; do
        boost_package "$package" "$boost"
        echo "$BOOST_PACKAGE"
    done
}

# ensure_packages PACKAGE...: installs the packages that are missing. Takes milliseconds if all are installed. Ends the
# script on failure.
ensure_packages() {
    local missing names
    if ! have dpkg-query; then
        require_packages_without_dpkg "$@"
        return
    fi
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    can_be_root ||
        die "packages are missing, and installing them needs root; run as root: apt-get update && apt-get install" \
            "$(names_to_install "${missing[@]}" | xargs)"
    make_cache_folder "$TCR_LOGS"
    run_step "updating the package lists" "$TCR_LOGS/apt-update.log" apt_get update || exit 1
    mapfile -t names < <(names_to_install "${missing[@]}")
    run_step "installing ${names[*]}" "$TCR_LOGS/apt-install.log" \
        apt_get install --no-install-recommends "${names[@]}" || exit 1
}

# --- systems without dpkg ----------------------------------------------------------------------------

# Packages whose names differ from Debian's. Columns: the package; a file that shows that it is installed (a program,
# <a header>, or python:a module; - for none); its name for dnf, zypper, apk and pacman (- if unknown). A package that is
# not listed has the same name everywhere, and a program of that name.
TCR_PACKAGES_WITHOUT_DPKG='
g++                          g++                         gcc-c++             gcc-c++                        g++            gcc
ninja-build                  ninja                       ninja-build         ninja                          ninja-build    ninja
pkg-config                   pkg-config                  pkgconf-pkg-config  pkgconf-pkg-config             pkgconf        pkgconf
python3                      python3                     python3             python3                        python3        python
python3-venv                 python:venv                 python3             python3                        python3        python
python3-yaml                 python:yaml                 python3-pyyaml      python3-PyYAML                 py3-yaml       python-yaml
ca-certificates              -                           -                   -                              -              -
libssl-dev                   <openssl/ssl.h>             openssl-devel       libopenssl-devel               openssl-dev    openssl
libboost-dev                 <boost/asio.hpp>            boost-devel         libboost_headers-devel         boost-dev      boost
libboost-json-dev            <boost/json.hpp>            boost-devel         libboost_json-devel            boost-dev      boost
libboost-program-options-dev <boost/program_options.hpp> boost-devel         libboost_program_options-devel boost-dev      boost
libboost-url-dev             <boost/url.hpp>             boost-devel         libboost_url-devel             boost-dev      boost
libboost-test-dev            <boost/test/unit_test.hpp>  boost-devel         libboost_test-devel            boost-dev      boost
libyaml-cpp-dev              <yaml-cpp/yaml.h>           yaml-cpp-devel      yaml-cpp-devel                 yaml-cpp-dev   yaml-cpp
prometheus-cpp-dev           <prometheus/registry.h>     -                   -                              -              -
libclang-rt-dev              -                           compiler-rt         -                              compiler-rt    compiler-rt
iproute2                     ip                          iproute             iproute2                       iproute2       iproute2
util-linux                   nsenter                     util-linux          util-linux                     util-linux     util-linux
libc6-dev                    <stdio.h>                   glibc-devel         glibc-devel                    musl-dev       glibc
libseccomp2                  -                           -                   -                              -              -
apache2-utils                htpasswd                    httpd-tools         apache2-utils                  apache2-utils  apache
'

# require_packages_without_dpkg PACKAGE...: ends the script if a package is missing, with the command that installs it.
require_packages_without_dpkg() {
    local package name missing=() names=() unknown=() install column message=
    read -r column install < <(package_manager)
    for package in "$@"; do
        if is_present "$(package_without_dpkg "$package" 2)"; then continue; fi
        missing+=("$package")
        name=$(package_without_dpkg "$package" "$column")
        if [[ $name == - ]]; then unknown+=("$package"); else names+=("$name"); fi
    done
    ((${#missing[@]} > 0)) || return 0
    if ((${#names[@]} > 0)); then
        message="; install them: $install $(printf '%s\n' "${names[@]}" | sort -u | xargs)"
    fi
    if ((${#unknown[@]} > 0)); then message+="; name of the package unknown on this system: ${unknown[*]}"; fi
    die "missing on this system: ${missing[*]}$message"
}

# package_without_dpkg PACKAGE COLUMN: prints that column of the table, or the name itself if the package is not listed.
package_without_dpkg() {
    awk -v package="$1" -v column="$2" '
        $1 == package { print $column; found = 1 }
        END { if (!found) print package }' <<<"$TCR_PACKAGES_WITHOUT_DPKG"
}

# package_manager: prints the table's column for this system, and the install command. Uses Debian's names if the system is
# unknown.
package_manager() {
    local systems
    # shellcheck source=/dev/null
    systems=$( (. /etc/os-release && echo "${ID:-} ${ID_LIKE:-}") 2>/dev/null) || true
    case " $systems " in
    *' fedora '* | *' rhel '*) echo 3 dnf install ;;
    *suse*) echo 4 zypper install ;;
    *' alpine '*) echo 5 apk add ;;
    *' arch '*) echo 6 pacman -S ;;
    *) echo "1 as Debian names them:" ;;
    esac
}

# is_present FILE: whether the program, header or Python module of the table's second column exists.
is_present() {
    case $1 in
    -) true ;;
    '<'*) "${CXX:-c++}" -E -x c++ - <<<"#include $1" >/dev/null 2>&1 ;;
    python:*) python3 -c "import ${1#python:}" 2>/dev/null ;;
    *) have "$1" ;;
    esac
}

# --- apt -----------------------------------------------------------------------------------------------

# apt_get ARGUMENT...: runs apt-get as root. Waits for the lock: another apt may be running on a machine that has just
# started.
apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 "$@"
}

# fetch_from_package PACKAGE FILE FOLDER: extracts FILE of a Debian package to FOLDER, without installing the package.
fetch_from_package() {
    local package=$1 file=$2 folder=$3
    rm -rf "$folder.new"
    mkdir -p "$folder.new"
    # apt downloads as its own user, and warns if that user may not write to this folder.
    (cd "$folder.new" && { apt-get -q download "$package" || { apt_get update && apt-get -q download "$package"; }; }) &&
        dpkg -x "$folder.new/$package"_*.deb "$folder.new/package" &&
        mkdir -p "$folder" &&
        mv "$folder.new/package/$file" "$folder/" &&
        rm -rf "$folder.new"
}

# program_path PROGRAM: prints the path of the machine's own program, or the path that ensure_program uses.
program_path() { command -v "$1" || echo "$TCR_CACHE/$1/$1"; }

# ensure_program PACKAGE FILE: sets TCR_PROGRAM to the path of a program: the machine's own, or FILE of the Debian package.
# It does not install the package, because some packages would start a server. Ends the script on failure.
ensure_program() {
    local package=$1 file=$2 program
    program=$(basename "$file")
    TCR_PROGRAM=$(program_path "$program")
    if [[ ! -x $TCR_PROGRAM ]]; then
        have apt-get || die "the program $program is missing (in Debian it is in the package $package)"
        run_step "fetching $program into $TCR_CACHE/$program" "$TCR_LOGS/$program.log" \
            fetch_from_package "$package" "$file" "$TCR_CACHE/$program" || exit 1
    fi
}
