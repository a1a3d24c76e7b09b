#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# The first process of a sandbox's node. node.sh runs it in new namespaces. It makes private the folders to which the
# node's programs write, and keeps the namespaces open until it is ended. The kernel removes all mounts and links when
# this process and all others in the namespaces have ended.
# node-init.sh NODE_FOLDER DONE_FILE FOLDER...
set -euo pipefail
node=$1 finished=$2
shift 2

mount --make-rprivate /
# /run contains the network namespaces of pods, sockets and locks.
mount -t tmpfs -o mode=755 tmpfs /run
for folder in "$@"; do
    mkdir -p "$node/private$folder"
    mount --bind "$node/private$folder" "$folder"
done
# A pod with hostPath /etc/hosts edits this copy.
mount --bind "$node/hosts" /etc/hosts
# Volumes with mount propagation need a shared tree. It is shared within this namespace only.
mount --make-rshared /
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
: >"$finished"
# node.sh identifies the process by this name.
exec -a "$0" sleep infinity
