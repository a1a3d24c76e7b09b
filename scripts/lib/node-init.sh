#!/usr/bin/env bash
# The first process of a sandbox's node, run by node.sh in namespaces of its own: makes the folders that the node's
# programs write to private, then holds the namespaces until it is ended. Its end, and that of all processes started in
# them, takes every mount and every link with it.
# node-init.sh NODE_FOLDER DONE_FILE FOLDER...
set -euo pipefail
node=$1 finished=$2
shift 2

mount --make-rprivate /
# Pods' network namespaces, sockets and locks.
mount -t tmpfs -o mode=755 tmpfs /run
for folder in "$@"; do
    mkdir -p "$node/private$folder"
    mount --bind "$node/private$folder" "$folder"
done
# A pod with hostPath /etc/hosts edits this copy.
mount --bind "$node/hosts" /etc/hosts
# For volumes with mount propagation, which want a shared tree; it is shared within this namespace only.
mount --make-rshared /
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
: >"$finished"
# Known to its starter by this name.
exec -a "$0" sleep infinity
