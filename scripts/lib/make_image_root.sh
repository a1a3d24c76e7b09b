#!/bin/sh
# SPDX-License-Identifier: Apache-2.0

# Runs in the build stage of the image. make_image_root.sh BUILD_FOLDER ROOT copies the program in BUILD_FOLDER and all
# files that it needs below ROOT, which becomes the image. Each file gets the time SOURCE_DATE_EPOCH.
set -eu
umask 022

build=$1
root=$2
program=$root/usr/local/bin/tcr-assistant
compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[^=]*=//p' "$build/CMakeCache.txt")
# The name of the system that the program is for, in the names of folders and tools, such as aarch64-linux-gnu.
system=$("$compiler" -dumpmachine)

# add_libraries FILE: appends the libraries that FILE needs, directly or indirectly, to /tmp/libraries. ldd cannot do that
# for another architecture, because it runs the loader.
add_libraries() {
    for name in $("$system-readelf" --dynamic "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p'); do
        # Skip the loader: its path is in the program and is added below.
        case $name in ld-linux*) continue ;; esac
        library=/lib/$system/$name
        [ -e "$library" ] || library=/usr/lib/$system/$name
        if ! grep -sqxF "$library" /tmp/libraries; then
            echo "$library" >>/tmp/libraries
            add_libraries "$library"
        fi
    done
}

# packages_of FILE_WITH_PATHS: prints the Debian packages that own those files, as NAME:ARCHITECTURE if there can be more
# than one of that name. dpkg lists a file of /lib either under that name or below /usr, depending on the package.
packages_of() {
    sed -n 'p; s#^/usr/lib#/lib#p; s#^/lib#/usr/lib#p' "$1" >"$1.names"
    grep -lxFf "$1.names" /var/lib/dpkg/info/*.list | sed 's#.*/##; s#\.list$##' | sort -u
}

# add_package NAME ROLE: appends a line to the list from which the SBOM is made.
add_package() {
    dpkg-query -W -f "$2\t\${binary:Package}\t\${Version}\t\${source:Package}\t\${source:Version}\t\${Architecture}\n" "$1" |
        sed 's/:[a-z0-9]*\t/\t/' >>"$root/usr/share/tcr-assistant/packages.tsv"
}

install -D -m 755 "$build/tcr-assistant" "$program"
"$system-strip" --strip-all "$program"

# The loader, and the libraries with the file names that it looks for.
"$system-readelf" --program-headers "$program" | sed -n 's/.*program interpreter: \(.*\)\]$/\1/p' >/tmp/libraries
add_libraries "$program"
while read -r library; do
    install -D -m 755 "$library" "$root$library"
    readlink -f "$library" >>/tmp/files
    echo "$library" >>/tmp/files
done </tmp/libraries

# Copy each CA certificate under its hash, because OpenSSL then reads only the one that it needs. OpenSSL would load a
# single file with all certificates completely, but the memory limit is 30 MiB.
openssl_folder=$(openssl version -d | cut -d'"' -f2)
mkdir -p "$root/etc/ssl/certs" "$root$openssl_folder"
for link in /etc/ssl/certs/*.[0-9]; do
    cp "$(readlink -f "$link")" "$root/etc/ssl/certs/$(basename "$link")"
done
cp /etc/ssl/openssl.cnf "$root/etc/ssl/openssl.cnf"
ln -s /etc/ssl/certs "$root$openssl_folder/certs"
ln -s /etc/ssl/openssl.cnf "$root$openssl_folder/openssl.cnf"

cat >"$root/etc/passwd" <<'END'
root:x:0:0:root:/:/nonexistent
nonroot:x:65532:65532:nonroot:/:/nonexistent
END
cat >"$root/etc/group" <<'END'
root:x:0:
nonroot:x:65532:
END
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
cp /usr/lib/os-release "$root/etc/os-release"

# Lists the contents: for scanners (one file per package, in the format of dpkg), for the SBOM, and the licences.
mkdir -p "$root/var/lib/dpkg/status.d" "$root/usr/share/tcr-assistant"
for package in $(packages_of /tmp/files) base-files ca-certificates openssl; do
    name=${package%:*}
    dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$name"
    # The packages of one source have the same licences, and Boost's take 2 MB.
    source=$(dpkg-query -W -f '${source:Package}' "$package")
    install -D -m 644 "/usr/share/doc/$name/copyright" "$root/usr/share/doc/$source/copyright"
done
for package in $(packages_of /tmp/files); do add_package "$package" library; done
for package in base-files ca-certificates openssl; do add_package "$package" data; done
# The compiler lists the headers that it read. The program contains code of the packages that own them.
ninja -C "$build" -t deps | sed -n 's#^ *\(/usr/.*\)#\1#p' | xargs -r realpath -m | sort -u >/tmp/headers
for package in $(packages_of /tmp/headers); do add_package "$package" headers; done
readlink -f "$(command -v "$compiler")" "$(command -v "$system-ld")" "$(command -v cmake)" "$(command -v ninja)" >/tmp/tools
for package in $(packages_of /tmp/tools); do add_package "$package" tool; done

find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
