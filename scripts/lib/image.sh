# shellcheck shell=bash
# Builds the image from Dockerfile with podman, which needs no daemon. Needs common.sh, packages.sh and, from build.sh,
# TCR_BUILD_LOGS.

# mmdebstrap makes the base image. runc also supports control groups of version 1.
TCR_IMAGE_PACKAGES=(ccache git jq mmdebstrap podman runc)
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
# How many results are kept: enough for two branches and one earlier version.
TCR_IMAGE_KEPT=3

image_version() { sed -n 's/^project(tcr_assistant VERSION \([0-9.]*\).*/\1/p' "$TCR_ROOT/CMakeLists.txt"; }

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
        echo "$@" "$TCR_IMAGE_DEBIAN"
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
# build needs no network, control group or separate namespaces.
podman_build() {
    local context=$1 tag=$2
    shift 2
    image_podman build --isolation chroot --pull=never --timestamp "$IMAGE_EPOCH" \
        --build-arg SOURCE_DATE_EPOCH="$IMAGE_EPOCH" --build-arg TCR_COMMIT="$IMAGE_COMMIT" \
        --build-arg DEBIAN="$TCR_IMAGE_DEBIAN" --build-arg TCR_VERSION="$(image_version)" --tag "$tag" "$@" "$context"
}

# build_image_packages: builds the stage with the packages. It gets a name, so that prune_image_storage keeps it.
build_image_packages() { podman_build "$TCR_ROOT" "localhost/tcr-assistant-packages-$TCR_IMAGE_DEBIAN" --target packages; }

# build_image_itself: builds the image with this machine's ccache. If both compilers are the same, the release build has
# compiled everything before.
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

# prune_image_storage: removes the containers of interrupted builds and all layers except the base and the packages. The
# images themselves are kept as archives. A cached step without files, such as ARG, would be reused for any commit, and
# its time and name would be in the history of the image.
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

# ensure_image: builds the image unless it exists. Sets IMAGE_ARCHIVE to its docker-archive, and IMAGE_KEY to the hash of
# its inputs.
ensure_image() {
    ensure_podman
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
    run_step "building $(image_name) (about 6 min the first time)" "$TCR_BUILD_LOGS/image.log" build_image_itself || exit 1
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
    run_step "installing the packages that compile the image (about 2 min the first time)" \
        "$TCR_BUILD_LOGS/image-packages.log" build_image_packages || exit 1
}

# --- contents ----------------------------------------------------------------------------------------

# image_layer ARCHIVE: prints the name of its only layer.
image_layer() { tar -xOf "$1" manifest.json | jq -r '.[0].Layers | if length == 1 then .[0] else error("not one layer") end'; }

# image_file ARCHIVE PATH: prints a file of the image.
image_file() { tar -xOf "$1" "$(image_layer "$1")" | tar -xO "$2"; }

# image_config ARCHIVE: prints its configuration as JSON.
image_config() { tar -xOf "$1" "$(tar -xOf "$1" manifest.json | jq -r '.[0].Config')"; }
