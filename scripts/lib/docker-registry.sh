# shellcheck shell=bash
# A real registry, and what pushes to it and pulls from it. Needs common.sh and packages.sh.

# ensure_docker_registry: afterwards TCR_DOCKER_REGISTRY is its path.
ensure_docker_registry() {
    ensure_packages apache2-utils skopeo
    ensure_program docker-registry usr/bin/docker-registry
    export TCR_DOCKER_REGISTRY=$TCR_PROGRAM
}
