# shellcheck shell=bash
# A real registry, and what pushes to it and pulls from it. Needs common.sh and packages.sh.

# ensure_docker_registry: afterwards TCR_DOCKER_REGISTRY is its path. Taken out of Debian's package without installing
# that: it would start a registry on this machine.
ensure_docker_registry() {
    local folder=$TCR_CACHE/docker-registry
    ensure_packages apache2-utils skopeo
    TCR_DOCKER_REGISTRY=$(command -v docker-registry || echo "$folder/docker-registry")
    if [[ ! -x $TCR_DOCKER_REGISTRY ]]; then
        run_step "fetching docker-registry into $folder" "$TCR_LOGS/docker-registry.log" \
            fetch_from_package docker-registry usr/bin/docker-registry "$folder" || exit 1
    fi
    export TCR_DOCKER_REGISTRY
}
