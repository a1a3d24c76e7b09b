# shellcheck shell=bash
# A real registry, and what pushes to it and pulls from it. Needs common.sh and packages.sh.

TCR_REGISTRY_PACKAGES=(apache2-utils skopeo)

# ensure_docker_registry: afterwards TCR_DOCKER_REGISTRY is its path.
ensure_docker_registry() {
    ensure_packages "${TCR_REGISTRY_PACKAGES[@]}"
    ensure_program docker-registry usr/bin/docker-registry
    export TCR_DOCKER_REGISTRY=$TCR_PROGRAM
}
