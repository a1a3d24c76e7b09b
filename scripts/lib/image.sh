# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Builds the image from Dockerfile with podman, which needs no daemon. Needs common.sh, packages.sh and, from build.sh,
# TCR_BUILD_LOGS.

# mmdebstrap makes the base image. runc also supports control groups of version 1.
TCR_IMAGE_PACKAGES=(ccache git jq mmdebstrap podman python3 runc)
# The sources of the image: the files that .dockerignore lists, and those that control the build.
TCR_IMAGE_SOURCES=(
    .dockerignore Dockerfile CMakeLists.txt CMakePresets.json cmake include scripts/lib/make_image_root.sh src
)
# Contains only images and layers of this project: removing the folder removes all of them. Files of running containers
# are below /run, which a reboot empties.
TCR_IMAGE_CACHE=$TCR_CACHE/image
# The version of Debian that the image is based on: 12 or 13. The default is in the Dockerfile.
TCR_IMAGE_DEBIAN=${TCR_IMAGE_DEBIAN:-$(sed -n 's/^ARG DEBIAN=//p' "$TCR_ROOT/Dockerfile" | head -n 1)}
case $TCR_IMAGE_DEBIAN in
12) TCR_IMAGE_SUITE=bookworm ;;
13) TCR_IMAGE_SUITE=trixie ;;
*) die_usage "TCR_IMAGE_DEBIAN must be 12 or 13, not '$TCR_IMAGE_DEBIAN'" ;;
esac
TCR_IMAGE_BASE=docker.io/library/debian:$TCR_IMAGE_DEBIAN-slim
# shellcheck disable=SC2034 # for the scripts
TCR_IMAGE_FILE=$TCR_ROOT/build/image/tcr-assistant.tar
# How many results are kept: enough for two branches and one earlier version, each for two platforms.
TCR_IMAGE_KEPT=6

image_version() { sed -n 's/^project(tcr_assistant VERSION \([0-9.]*\).*/\1/p' "$TCR_ROOT/CMakeLists.txt"; }

# image_platforms: prints the platforms that this machine can build for, its own first.
image_platforms() {
    case $(uname -m) in
    x86_64) printf '%s\n' linux/amd64 linux/arm64 ;;
    aarch64) echo linux/arm64 ;;
    *) die "the image can be built on amd64 and arm64, not on $(uname -m)" ;;
    esac
}

# own_platform: prints the platform of this machine. sed reads all lines: with head, the writer could be ended by SIGPIPE.
own_platform() { image_platforms | sed -n 1p; }

# image_name: prints the full name that a container runtime uses for tcr-assistant:VERSION.
image_name() { echo "docker.io/library/tcr-assistant:$(image_version)"; }

# image_podman ARGUMENT...: runs podman with its own storage. It does not access the user's images and containers.
image_podman() {
    local run
    run=/run/tcr-assistant/image-$(sha256sum <<<"$TCR_IMAGE_CACHE" | cut -c 1-12)
    CONTAINERS_CONF=$TCR_IMAGE_CACHE/containers.conf podman --root "$TCR_IMAGE_CACHE/storage" --runroot "$run/containers" --tmpdir "$run/libpod" \
        --storage-driver overlay --cgroup-manager cgroupfs --events-backend file --runtime runc "$@"
}

ensure_podman() {
    (($(id -u) == 0)) || die "building and running an image needs root"
    ensure_packages "${TCR_IMAGE_PACKAGES[@]}"
    mkdir -p "$TCR_IMAGE_CACHE"
    # By default, podman raises the limits of its containers. Without CAP_SYS_RESOURCE even root may not do that.
    printf '[containers]\ndefault_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]\n' \
        >"$TCR_IMAGE_CACHE/containers.conf.$$"
    # Another script may be reading the file.
    mv "$TCR_IMAGE_CACHE/containers.conf.$$" "$TCR_IMAGE_CACHE/containers.conf"
}

# --- sources -----------------------------------------------------------------------------------------

git_here() { git -c safe.directory="$TCR_ROOT" -C "$TCR_ROOT" "$@" 2>/dev/null; }

# image_commit: prints the last commit that changed the image's sources. A commit that changes only docs does not change
# the image.
image_commit() {
    local commit dirty=
    commit=$(git_here log -1 --format=%H -- "${TCR_IMAGE_SOURCES[@]}") || true
    if [[ -n $(git_here status --porcelain -- "${TCR_IMAGE_SOURCES[@]}") ]]; then dirty=-dirty; fi
    echo "${commit:-unknown}${commit:+$dirty}"
}

# image_epoch: prints the modification time of all files in the image.
image_epoch() {
    local epoch=${SOURCE_DATE_EPOCH:-}
    if [[ -z $epoch ]]; then epoch=$(git_here log -1 --format=%ct -- "${TCR_IMAGE_SOURCES[@]}") || true; fi
    echo "${epoch:-0}"
}

# image_key COMMIT EPOCH: prints a hash of all inputs of the image.
image_key() {
    (
        cd "$TCR_ROOT" || exit
        echo "$@" "$TCR_IMAGE_DEBIAN" "$IMAGE_PLATFORM"
        find "${TCR_IMAGE_SOURCES[@]}" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    ) | sha256sum | cut -c 1-16
}

# --- the base image ----------------------------------------------------------------------------------

make_image_base() {
    local folder status=0
    folder=$(mktemp -d) || return
    {
        make_debian_root "$TCR_IMAGE_SUITE" minbase "$folder/base.tar" &&
            image_podman import --change CMD=bash "$folder/base.tar" "$TCR_IMAGE_BASE"
    } || status=$?
    rm -rf "$folder"
    return "$status"
}

# --- building ----------------------------------------------------------------------------------------

# podman_build CONTEXT TAG ARGUMENT...: builds with the Dockerfile in the folder CONTEXT. The isolation is chroot: the
# build needs no network, control group or separate namespaces. docker sets BUILDPLATFORM by itself, podman 4.3 does not.
podman_build() {
    local context=$1 tag=$2
    shift 2
    image_podman build --isolation chroot --pull=never --platform "$IMAGE_PLATFORM" --timestamp "$IMAGE_EPOCH" \
        --build-arg SOURCE_DATE_EPOCH="$IMAGE_EPOCH" --build-arg TCR_COMMIT="$IMAGE_COMMIT" \
        --build-arg BUILDPLATFORM="$(own_platform)" --build-arg DEBIAN="$TCR_IMAGE_DEBIAN" \
        --build-arg TCR_VERSION="$(image_version)" --tag "$tag" "$@" "$context"
}

# build_image_packages: builds the stage with the packages. Gives the stage a name, so that prune_image_storage keeps it.
build_image_packages() {
    podman_build "$TCR_ROOT" "localhost/tcr-assistant-packages-$TCR_IMAGE_DEBIAN-${IMAGE_PLATFORM#*/}" --target packages
}

# build_image_itself: builds the image with this machine's ccache. If the image has the same compiler as this machine,
# ccache already has all results of the release build.
build_image_itself() {
    local compiled
    compiled=$(ccache --get-config cache_dir) || return
    mkdir -p "$compiled"
    podman_build "$TCR_ROOT" "$(image_name)" --volume "$compiled:/ccache"
}

# save_image NAME FILE: writes a docker-archive. The file appears only when it is complete.
save_image() {
    rm -f "$2.new"
    image_podman save --quiet --format docker-archive --output "$2.new" "$1" && mv "$2.new" "$2"
}

# prune_image_storage: removes the containers of interrupted builds and all layers except the base and the packages:
# otherwise podman would reuse a cached step without files, such as ARG, for any commit, and the history of the image
# would contain the time and name of the earlier step. The images themselves are kept as archives.
prune_image_storage() {
    local containers
    mapfile -t containers < <(image_podman ps --all --external --format '{{.ID}} {{.Status}}' |
        awk 'tolower($2) == "storage" { print $1 }')
    if ((${#containers[@]} > 0)); then image_podman rm --force "${containers[@]}"; fi
    if image_podman image exists "$(image_name)"; then image_podman untag "$(image_name)"; fi
    image_podman image prune --force
}

# prune_image_results: removes all but the newest results.
prune_image_results() {
    local old
    mapfile -t old < <(find "$TCR_IMAGE_CACHE/results" -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn |
        tail -n "+$((TCR_IMAGE_KEPT + 1))" | cut -d' ' -f2-)
    if ((${#old[@]} > 0)); then rm -rf "${old[@]}"; fi
}

# ensure_image PLATFORM: builds the image for that platform, such as linux/amd64, unless it exists. Sets IMAGE_ARCHIVE to
# its docker-archive, and IMAGE_KEY to the hash of its inputs.
ensure_image() {
    IMAGE_PLATFORM=$1
    ensure_podman
    image_platforms | grep -xF "$IMAGE_PLATFORM" >/dev/null ||
        die "this machine can build an image for $(image_platforms | paste -sd ' '), not for $IMAGE_PLATFORM"
    IMAGE_COMMIT=$(image_commit)
    IMAGE_EPOCH=$(image_epoch)
    IMAGE_KEY=$(image_key "$IMAGE_COMMIT" "$IMAGE_EPOCH")
    IMAGE_ARCHIVE=$TCR_IMAGE_CACHE/results/$IMAGE_KEY/tcr-assistant.tar
    if [[ -f $IMAGE_ARCHIVE ]]; then
        touch "$(dirname "$IMAGE_ARCHIVE")"
        return
    fi
    take_lock "$TCR_IMAGE_CACHE/.lock" "building an image"
    if [[ ! -f $IMAGE_ARCHIVE ]]; then build_image; fi
    release_lock
}

build_image() {
    ensure_image_base
    prune_image_storage >"$TCR_BUILD_LOGS/image-tidy.log" 2>&1 || warn "cannot tidy up (see $TCR_BUILD_LOGS/image-tidy.log)"
    run_step "building $(image_name) for $IMAGE_PLATFORM (about 6 min the first time)" "$TCR_BUILD_LOGS/image.log" \
        build_image_itself || exit 1
    mkdir -p "$(dirname "$IMAGE_ARCHIVE")"
    run_step "saving $(image_name)" "$TCR_BUILD_LOGS/image-save.log" save_image "$(image_name)" "$IMAGE_ARCHIVE" || exit 1
    prune_image_storage >"$TCR_BUILD_LOGS/image-tidy.log" 2>&1 || warn "cannot tidy up (see $TCR_BUILD_LOGS/image-tidy.log)"
    prune_image_results
}

# ensure_image_base: makes the base image of the Dockerfile, and the stage with its packages.
ensure_image_base() {
    if ! image_podman image exists "$TCR_IMAGE_BASE"; then
        run_step "making $TCR_IMAGE_BASE from Debian's packages (about 1 min)" "$TCR_BUILD_LOGS/image-base.log" \
            make_image_base || exit 1
    fi
    run_step "installing the packages that compile the image for $IMAGE_PLATFORM (about 2 min the first time)" \
        "$TCR_BUILD_LOGS/image-packages.log" build_image_packages || exit 1
}

# --- contents ----------------------------------------------------------------------------------------

# make_image_index FILE ARCHIVE...: writes an OCI archive with one index of the images in these docker-archives.
make_image_index() {
    python3 -B "$TCR_ROOT/scripts/lib/make_image_index.py" "$1.new" "${@:2}" && mv "$1.new" "$1"
}

# describe FILE: prints name, platforms, sizes and digests of the images in an archive.
describe() {
    local config layer
    say "$(tar -xOf "$1" manifest.json | jq -r '.[0].RepoTags[0]') in $1"
    while read -r config layer; do
        note "image for $(tar -xOf "$1" "$config" | jq -r '"\(.os)/\(.architecture)"')"
        note "  image   $(tar -xOf "$1" "$layer" | wc -c) bytes, $(tar -xOf "$1" "$config" | sha256sum | cut -c 1-64)"
        note "  layer   $(tar -xOf "$1" "$config" | jq -r '.rootfs.diff_ids[0]')"
        note "  binary  $(tar -xOf "$1" "$layer" | tar -xO usr/local/bin/tcr-assistant | wc -c) bytes stripped, $(
            tar -xOf "$1" "$layer" | tar -xO usr/local/bin/tcr-assistant | sha256sum | cut -c 1-64
        )"
    done < <(image_parts "$1")
}

# image_parts FILE: prints the configuration and the layer of each image in a docker-archive or an OCI archive, as names of
# files in the archive, one image a line.
image_parts() {
    local manifest
    if ! tar -tf "$1" index.json >/dev/null 2>&1; then
        tar -xOf "$1" manifest.json | jq -r '.[] | "\(.Config) \(.Layers[0])"'
        return
    fi
    tar -xOf "$1" "$(tar -xOf "$1" index.json | image_blobs .manifests[])" | image_blobs .manifests[] |
        while read -r manifest; do tar -xOf "$1" "$manifest" | image_blobs '(.config, .layers[0])' | paste -sd ' '; done
}

# image_blobs FILTER: reads JSON from standard input. Prints the name of the file in an OCI archive for each descriptor
# that FILTER selects.
image_blobs() { jq -r "$1"' | .digest | "blobs/\(sub(":"; "/"))"'; }

# image_layer ARCHIVE: prints the name of the image's layer. Fails if the image has several layers.
image_layer() { tar -xOf "$1" manifest.json | jq -r '.[0].Layers | if length == 1 then .[0] else error("not one layer") end'; }

# image_config ARCHIVE: prints the image's configuration as JSON.
image_config() { tar -xOf "$1" "$(tar -xOf "$1" manifest.json | jq -r '.[0].Config')"; }
