# shellcheck shell=bash
# Debian packages: installs what is missing and nothing else. Needs common.sh.

# What a sandbox needs besides the control plane's binaries.
TCR_SANDBOX_PACKAGES=(ca-certificates curl jq openssl)
# What building the C++ code needs. Boost's packages stand here without a version: boost_package adds it.
TCR_BUILD_PACKAGES=(
    g++ cmake ninja-build ccache git pkg-config python3 python3-yaml
    libssl-dev libboost-dev libboost-json-dev libboost-program-options-dev
    libboost-url-dev libboost-test-dev libyaml-cpp-dev prometheus-cpp-dev
)
# What the libFuzzer programs need besides.
TCR_FUZZ_PACKAGES=(clang libclang-rt-dev)
# What the private Go needs, on machines without a Go new enough.
TCR_GO_PACKAGES=(python3 python3-venv)

# Oldest Boost that the code compiles with; CMakeLists.txt asks for the same.
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

# can_be_root: asks for sudo's password where the question can be seen; a step has no terminal.
can_be_root() {
    if (($(id -u) == 0)); then return; fi
    have sudo || return
    if [[ -t 0 ]]; then sudo -v; else sudo -n true 2>/dev/null; fi
}

# boost_package PACKAGE VERSION: sets BOOST_PACKAGE to the name of that package of that Boost, libboost-json-dev to
# libboost-json1.81-dev; the packages of other libraries keep their names.
boost_package() {
    BOOST_PACKAGE=$1
    if [[ $1 =~ ^libboost(-[a-z-]+)?-dev$ ]]; then BOOST_PACKAGE=libboost${BASH_REMATCH[1]}$2-dev; fi
}

# installed_boost: version of the newest installed Boost, if it is new enough.
installed_boost() {
    local version
    version=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'libboost1.*-dev' 2>/dev/null |
        sed -n 's/^installed libboost\([0-9.]*\)-dev$/\1/p' | sort -rV | head -n 1)
    if [[ -n $version ]] && version_at_least "$version" "$TCR_BOOST_MINIMUM"; then echo "$version"; fi
}

# available_boost: version to install: nothing where the distribution's default (libboost-dev) is new enough. Debian 12's
# default is too old, but it also has the minimum. Needs package lists.
available_boost() {
    local version
    version=$(apt-cache show --no-all-versions libboost-dev 2>/dev/null | sed -n 's/^Version: //p')
    if [[ -z $version ]] || ! version_at_least "$version" "$TCR_BOOST_MINIMUM"; then echo "$TCR_BOOST_MINIMUM"; fi
}

# missing_packages PACKAGE...: one line for each that is not installed.
missing_packages() {
    local boost installed package names=()
    # Versions of Boost's headers conflict: one that is new enough stays, or apt would remove it. An installed
    # libboost-dev proves nothing, so without one that is new enough all of Boost is missing.
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

# names_to_install PACKAGE...: the names that this distribution has them under, one a line. Needs package lists.
names_to_install() {
    local boost package
    boost=$(installed_boost)
    boost=${boost:-$(available_boost)}
    for package in "$@"; do
        boost_package "$package" "$boost"
        echo "$BOOST_PACKAGE"
    done
}

# ensure_packages PACKAGE...: milliseconds when all are there. Ends the script if it cannot.
ensure_packages() {
    local missing names
    if ! have dpkg-query; then
        require_packages_elsewhere "$@"
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

# Where names or proofs differ from Debian's: package, proof that it is there (a program, <a header>, or python:a module;
# - for none), and its name for dnf, zypper, apk and pacman (- where we know of none). A package that is not listed has the
# same name everywhere, and a program of that name.
TCR_PACKAGES_ELSEWHERE='
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

# require_packages_elsewhere PACKAGE...: ends the script, naming what is missing, unless everything is there.
require_packages_elsewhere() {
    local package name missing=() names=() unknown=() install column message=
    read -r column install < <(package_manager)
    for package in "$@"; do
        if is_proven "$(package_elsewhere "$package" 2)"; then continue; fi
        missing+=("$package")
        name=$(package_elsewhere "$package" "$column")
        if [[ $name == - ]]; then unknown+=("$package"); else names+=("$name"); fi
    done
    ((${#missing[@]} > 0)) || return 0
    if ((${#names[@]} > 0)); then
        message="; install them: $install $(printf '%s\n' "${names[@]}" | sort -u | xargs)"
    fi
    if ((${#unknown[@]} > 0)); then message+="; not packaged there as far as we know: ${unknown[*]}"; fi
    die "missing on this system: ${missing[*]}$message"
}

# package_elsewhere PACKAGE COLUMN: that column of the table; without a line there, the package's own name.
package_elsewhere() {
    awk -v package="$1" -v column="$2" '
        $1 == package { print $column; found = 1 }
        END { if (!found) print package }' <<<"$TCR_PACKAGES_ELSEWHERE"
}

# package_manager: the table's column for this system, and the command that installs; Debian's names where it is unknown.
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

# is_proven PROOF
is_proven() {
    case $1 in
    -) true ;;
    '<'*) "${CXX:-c++}" -E -x c++ - <<<"#include $1" >/dev/null 2>&1 ;;
    python:*) python3 -c "import ${1#python:}" 2>/dev/null ;;
    *) have "$1" ;;
    esac
}

# --- apt -----------------------------------------------------------------------------------------------

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
        have apt-get || die "there is no $program here (Debian has it in its package $package)"
        run_step "fetching $program into $TCR_CACHE/$program" "$TCR_LOGS/$program.log" \
            fetch_from_package "$package" "$file" "$TCR_CACHE/$program" || exit 1
    fi
}
