# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Provides a real registry, and the clients that push and pull. Needs common.sh and packages.sh.

TCR_REGISTRY_PACKAGES=(apache2-utils skopeo)

# ensure_docker_registry: sets TCR_DOCKER_REGISTRY to the path of the registry's program.
ensure_docker_registry() {
    ensure_packages "${TCR_REGISTRY_PACKAGES[@]}"
    ensure_program docker-registry usr/bin/docker-registry
    export TCR_DOCKER_REGISTRY=$TCR_PROGRAM
}
