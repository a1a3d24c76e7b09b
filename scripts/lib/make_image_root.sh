#!/bin/sh
# Runs in the build stage of the image. make_image_root.sh BUILD_FOLDER ROOT copies the program in BUILD_FOLDER and all
# files that it needs below ROOT, which becomes the image. Each file gets the time SOURCE_DATE_EPOCH.
set -eu
umask 022

build=$1
root=$2
program=$root/usr/local/bin/tcr-assistant

# packages_of FILE_WITH_PATHS: prints the Debian packages that own those files. dpkg lists a file of /lib either under
# that name or below /usr, depending on the package.
packages_of() {
    sed -n 'p; s#^/usr/lib#/lib#p; s#^/lib#/usr/lib#p' "$1" >"$1.names"
    grep -lxFf "$1.names" /var/lib/dpkg/info/*.list | sed 's#.*/##; s#\.list$##; s#:.*##' | sort -u
}

# add_package NAME ROLE: appends a line to the list from which the SBOM is made.
add_package() {
    dpkg-query -W -f "$2\t\${binary:Package}\t\${Version}\t\${source:Package}\t\${source:Version}\t\${Architecture}\n" "$1" |
        sed 's/:[a-z0-9]*\t/\t/' >>"$root/usr/share/tcr-assistant/packages.tsv"
}

install -D -m 755 "$build/tcr-assistant" "$program"
strip --strip-all "$program"

# The libraries, with the file names that the loader looks for. One line of ldd is the loader itself.
ldd "$program" | sed -n 's#.*=> \(/[^ ]*\) .*#\1#p; s#^[[:space:]]*\(/[^ ]*\) .*#\1#p' | sort -u >/tmp/libraries
while read -r library; do
    install -D -m 755 "$library" "$root$library"
    readlink -f "$library" >>/tmp/files
    echo "$library" >>/tmp/files
done </tmp/libraries

# CA certificates under their hashes: OpenSSL reads only the one that it needs. It would load a single file with all
# certificates completely, and the memory limit is 30 MiB.
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
    dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$package"
    # The packages of one source have the same licences, and Boost's take 2 MB.
    source=$(dpkg-query -W -f '${source:Package}' "$package")
    install -D -m 644 "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$source/copyright"
done
for package in $(packages_of /tmp/files); do add_package "$package" library; done
for package in base-files ca-certificates openssl; do add_package "$package" data; done
# The compiler lists the headers that it read. The program contains code of the packages that own them.
ninja -C "$build" -t deps | sed -n 's#^ *\(/usr/.*\)#\1#p' | xargs -r realpath -m | sort -u >/tmp/headers
for package in $(packages_of /tmp/headers); do add_package "$package" headers; done
compiler=g++-$(g++ -dumpversion | cut -d. -f1)
for package in "$compiler" binutils cmake ninja-build; do add_package "$package" tool; done

find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
