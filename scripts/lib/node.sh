# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# A real node in a sandbox: kubelet, containerd, a CNI and a private registry, in their own network and mount
# namespaces, and a scheduler. Needs common.sh, packages.sh, go.sh, go-tools.sh, kubernetes.sh, docker-registry.sh, process.sh, pki.sh
# and sandbox.sh.
#
# The kernel removes the node's namespaces, with their links and mounts, when the last of its processes has ended. The
# node's cgroup lists all of these processes. Outside the namespaces a node has one rule in the host's NAT table, the
# folders of the cgroup and, while it runs, a few empty folders below /var as mount points.

TCR_NODE_MODULE=$TCR_ROOT/tests/cluster/node
TCR_CONTAINERD_MODULE=$TCR_ROOT/tests/cluster/containerd
TCR_NODE_PACKAGES=(iproute2 iptables util-linux mount gcc libc6-dev libseccomp2)

# The address of the API server in a cluster: the first of the Services' addresses.
NODE_SERVICE_IP=10.0.0.1
NODE_NAME=sandbox-node
NODE_REGISTRY=127.0.0.1:5000
# Folders with fixed paths that kubelet, containerd, the CNI and the shipped DaemonSet write to.
NODE_PRIVATE_FOLDERS=(/var/lib/kubelet /var/lib/cni /var/lib/tcr-assistant /var/log/containers)
# A list of the folders that were created as mount points because they did not exist.
NODE_MADE_FOLDERS=$TCR_CACHE/folders-made-for-nodes

# --- requirements ----------------------------------------------------------------------------------

# node_obstacle: prints why this machine cannot run a node. Prints nothing if it can.
node_obstacle() {
    local cgroup
    cgroup=$(node_cgroup_hierarchies | head -n 1)
    if [[ -z $cgroup ]]; then
        echo "there is no cgroup controller for memory"
    elif ! { mkdir "$cgroup/tcr-try-$$" && rmdir "$cgroup/tcr-try-$$"; } 2>/dev/null; then
        echo "$cgroup is not writable"
    elif [[ ! -r /dev/kmsg ]]; then
        echo "kubelet needs /dev/kmsg"
    elif ! unshare --mount --net true 2>/dev/null; then
        echo "mount and network namespaces cannot be created"
    elif ! unshare --mount --net sh -c 'ip link add name v0 type veth peer name v1 && ip link add name b0 type bridge' 2>/dev/null; then
        echo "the kernel has no veth or no bridge"
    elif ! unshare --net iptables -w -t nat -A POSTROUTING -j MASQUERADE 2>/dev/null ||
        ! iptables -w -t nat -S >/dev/null 2>&1; then
        echo "iptables cannot translate addresses"
    elif ! grep -qw overlay /proc/filesystems && ! modprobe overlay 2>/dev/null; then
        echo "the kernel has no overlay file system"
    fi
}

# node_cgroup_hierarchies: prints the cgroup hierarchies, one a line. The first has the memory controller.
node_cgroup_hierarchies() {
    if grep -qsw memory /sys/fs/cgroup/cgroup.controllers; then
        echo /sys/fs/cgroup
    else
        # shellcheck disable=SC2016 # awk expands it
        awk '$3 == "cgroup" && $4 ~ /(^|,)memory(,|$)/ { memory = $2 }
            $3 == "cgroup2" || $3 == "cgroup" && $4 !~ /(^|,)memory(,|$)/ { others = others $2 "\n" }
            END { if (memory) printf "%s\n%s", memory, others }' /proc/self/mounts
    fi
}

require_node_support() {
    local obstacle
    (($(id -u) == 0)) || die "this machine cannot run a node: kubelet needs root"
    ensure_packages "${TCR_NODE_PACKAGES[@]}"
    obstacle=$(node_obstacle)
    [[ -z $obstacle ]] || die "this machine cannot run a node: $obstacle"
}

# ensure_node: installs or builds the programs of a node. Ends the script if the machine cannot run a node.
ensure_node() {
    require_node_support
    ensure_go_tools "$TCR_KUBERNETES_MODULE" kubelet kube-scheduler
    ensure_go_tools "$TCR_CONTAINERD_MODULE" containerd containerd-shim-runc-v2 ctr
    ensure_docker_registry
    find_node_programs
    if [[ ! -x $NODE_CNI/bridge ]]; then
        run_step "fetching the network plugins into $NODE_CNI" "$TCR_LOGS/cni.log" \
            fetch_from_package containernetworking-plugins usr/lib/cni "$TCR_CACHE" || exit 1
    fi
    if [[ ! -x $NODE_RUNC ]]; then
        run_step "fetching runc into $(dirname "$NODE_RUNC")" "$TCR_LOGS/runc.log" \
            fetch_from_package runc usr/sbin/runc "$(dirname "$NODE_RUNC")" || exit 1
    fi
    if [[ ! $NODE_WAIT -nt $TCR_NODE_MODULE/wait.c ]]; then
        gcc -Os -static -s -o "$NODE_WAIT.new" "$TCR_NODE_MODULE/wait.c" && mv "$NODE_WAIT.new" "$NODE_WAIT"
    fi
}

# ensure_kubelet_keyring: sets TCR_KUBELET_KEYRING to a program that chooses logins for images as kubelet does.
ensure_kubelet_keyring() {
    ensure_go_tools "$TCR_NODE_MODULE" kubelet-keyring
    TCR_KUBELET_KEYRING=$(go_tools_folder "$TCR_NODE_MODULE")/kubelet-keyring
    export TCR_KUBELET_KEYRING
}

# find_node_programs: sets the paths of the node's programs, whether they exist or not.
find_node_programs() {
    NODE_KUBERNETES=$(go_tools_folder "$TCR_KUBERNETES_MODULE")
    NODE_CONTAINERD=$(go_tools_folder "$TCR_CONTAINERD_MODULE")
    NODE_WAIT=$NODE_KUBERNETES/wait
    NODE_RUNC=/usr/sbin/runc
    NODE_CNI=/usr/lib/cni
    # The Debian packages are not installed: programs extracted from them are enough.
    [[ -x $NODE_RUNC ]] || NODE_RUNC=$TCR_CACHE/runc/runc
    [[ -x $NODE_CNI/bridge ]] || NODE_CNI=$TCR_CACHE/cni
    TCR_DOCKER_REGISTRY=$(program_path docker-registry)
}

# --- the node's number, which determines its names and addresses -------------------------------------

# select_node: sets the variables below. Fails if the sandbox currently has no node.
select_node() {
    NODE_DIR=$SANDBOX_DIR/node
    [[ -f $NODE_DIR/number ]] || return 1
    set_node_variables "$(<"$NODE_DIR/number")"
}

set_node_variables() {
    NODE_CGROUP=tcr-node-$1
    NODE_LINK=tcr-node-$1
    NODE_HOST_IP=10.250.$1.1
    NODE_IP=10.250.$1.2
    NODE_PODS=10.251.$1.0/24
}

# claim_node_number: creates the cgroup of a free number. mkdir is atomic, so two sandboxes never get the same number.
claim_node_number() {
    local number hierarchy
    hierarchy=$(node_cgroup_hierarchies | head -n 1)
    for number in {0..99}; do
        set_node_variables "$number"
        if [[ -z $(ip -4 route show "10.250.$number.0/24") && ! -e /sys/class/net/$NODE_LINK ]] &&
            mkdir "$hierarchy/$NODE_CGROUP" 2>/dev/null; then
            echo "$number" >"$NODE_DIR/number"
            return
        fi
    done
    die "all 100 node numbers of this machine are in use; remove the cgroups of ended nodes: $hierarchy/tcr-node-*"
}

# --- start and stop ----------------------------------------------------------------------------------

start_node() {
    local folder init=$TCR_ROOT/scripts/lib/node-init.sh
    NODE_DIR=$SANDBOX_DIR/node
    mkdir -p "$NODE_DIR"
    remove_node
    claim_node_number
    make_node_cgroups
    for folder in "${NODE_PRIVATE_FOLDERS[@]}"; do
        if [[ ! -d $folder ]]; then
            mkdir -p "$folder"
            echo "$folder" >>"$NODE_MADE_FOLDERS"
        fi
    done
    [[ -f $NODE_DIR/hosts ]] || cp /etc/hosts "$NODE_DIR/hosts"
    rm -f "$NODE_DIR/is-made"
    # shellcheck disable=SC2153 # sandbox.sh sets it
    SPAWNED_AS=$init spawn "$PIDS/node.pid" "$LOGS/node.log" \
        unshare --mount --net "$init" "$NODE_DIR" "$NODE_DIR/is-made" "${NODE_PRIVATE_FOLDERS[@]}"
    wait_ready node 60 test -f "$NODE_DIR/is-made" || return 1
    running_pid "$PIDS/node.pid" >"$(node_procs)"
    connect_node
}

# node_procs: prints the cgroup.procs file of the node's programs. Their cgroup is separate from that of the pods, because
# a group of cgroup v2 has either processes or children.
node_procs() { echo "$(node_cgroup_hierarchies | head -n 1)/$NODE_CGROUP/programs/cgroup.procs"; }

make_node_cgroups() {
    local hierarchy file controller controllers
    while read -r hierarchy; do
        mkdir -p "$hierarchy/$NODE_CGROUP"
        # A new group of this controller accepts no process until its processors are set.
        for file in cpuset.cpus cpuset.mems; do
            if [[ -f $hierarchy/$file && -f $hierarchy/cgroup.clone_children ]]; then
                cat "$hierarchy/$file" >"$hierarchy/$NODE_CGROUP/$file"
            fi
        done
        # By default, all pods together would get as much CPU time as one process of this machine.
        if [[ -f $hierarchy/$NODE_CGROUP/cpu.shares ]]; then echo 16384 >"$hierarchy/$NODE_CGROUP/cpu.shares"; fi
        # kubelet needs all controllers. With cgroup v2 a group must delegate them to its children.
        controllers=()
        if [[ -f $hierarchy/cgroup.controllers ]]; then read -ra controllers <"$hierarchy/cgroup.controllers" || true; fi
        for controller in "${controllers[@]}"; do
            echo "+$controller" 2>/dev/null >"$hierarchy/cgroup.subtree_control" || true
        done
        if [[ -f $hierarchy/$NODE_CGROUP/cpu.weight ]]; then echo 1600 >"$hierarchy/$NODE_CGROUP/cpu.weight"; fi
    done < <(node_cgroup_hierarchies)
    mkdir "$(dirname "$(node_procs)")"
}

# connect_node: connects the node to the host with a pair of links. Like kube-proxy, a NAT rule forwards the API server's
# address in the cluster to its port on 127.0.0.1, so the API server needs no settings for the node.
connect_node() {
    local holder
    holder=$(running_pid "$PIDS/node.pid")
    ip link add "$NODE_LINK" type veth peer name eth0 netns "$holder"
    ip address add "$NODE_HOST_IP/24" dev "$NODE_LINK"
    ip link set "$NODE_LINK" up
    ip route add "$NODE_PODS" via "$NODE_IP"
    echo 1 >"/proc/sys/net/ipv4/conf/$NODE_LINK/route_localnet"
    node_rule -A
    node_enter ip address add "$NODE_IP/24" dev eth0
    node_enter ip link set eth0 up
    node_enter ip route add default via "$NODE_HOST_IP"
}

# node_rule ACTION: adds (-A) or deletes (-D) the NAT rule for the API server.
node_rule() {
    iptables -w -t nat "$1" PREROUTING -i "$NODE_LINK" -d "$NODE_SERVICE_IP" -p tcp --dport 443 \
        -j DNAT --to-destination "127.0.0.1:$SANDBOX_APISERVER_PORT"
}

# remove_node: removes everything that start_node and the node's programs created, in any state. Does nothing if there is
# no node.
remove_node() {
    local hierarchy folder rule
    select_node || return 0
    while read -r hierarchy; do
        end_cgroup "$hierarchy/$NODE_CGROUP"
    done < <(node_cgroup_hierarchies)
    # Finds the rules by their link, because an earlier API server may have had another port.
    iptables -w -t nat -S PREROUTING | sed -n "s/^-A \(.* -i $NODE_LINK .*\)/\1/p" | while read -ra rule; do
        iptables -w -t nat -D "${rule[@]}" || true
    done
    # The kernel removes the link with the node's network, but with a delay.
    ip link delete "$NODE_LINK" 2>/dev/null || true
    # Only the last node removes the mount points: removing a folder would remove the mounts of other nodes.
    if [[ -f $NODE_MADE_FOLDERS ]] && ! other_nodes; then
        while read -r folder; do rmdir "$folder" 2>/dev/null || true; done <"$NODE_MADE_FOLDERS"
        rm -f "$NODE_MADE_FOLDERS"
    fi
    rm -f "$NODE_DIR/number"
}

other_nodes() { compgen -G "$(node_cgroup_hierarchies | head -n 1)/tcr-node-*" >/dev/null; }

# end_cgroup FOLDER: ends the processes of the cgroup and its children, and removes it.
end_cgroup() {
    local folder=$1 started=$SECONDS pids
    # The kernel may need many seconds to end 200 processes and 100 namespaces.
    while ((SECONDS - started < 120)); do
        [[ -d $folder ]] || return 0
        mapfile -t pids < <(find "$folder" -name cgroup.procs -exec cat {} + 2>/dev/null)
        if ((${#pids[@]} > 0)); then kill -KILL "${pids[@]}" 2>/dev/null || true; fi
        find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || true
        sleep 0.05
    done
    warn "cannot remove the cgroup $folder"
}

# node_enter COMMAND...: runs COMMAND in the node's network namespace and mount namespace.
node_enter() {
    local holder
    holder=$(running_pid "$PIDS/node.pid") || die "the node of sandbox '$SANDBOX_NAME' does not run"
    nsenter --target "$holder" --net --mount -- "$@"
}

# spawn_in_node COMPONENT PROGRAM ARGUMENT...: starts a process in the node's namespaces and cgroup.
spawn_in_node() {
    local component=$1 holder
    shift
    holder=$(running_pid "$PIDS/node.pid") || die "the node of sandbox '$SANDBOX_NAME' does not run"
    SPAWNED_AS=$1 spawn "$PIDS/$component.pid" "$LOGS/$component.log" \
        "$TCR_ROOT/scripts/lib/node-enter.sh" "$holder" "$(node_procs)" "$@"
}

# --- containerd ----------------------------------------------------------------------------------------

CONTAINERD_SOCKET=/run/containerd/containerd.sock

start_containerd() {
    mkdir -p "$NODE_DIR/containerd" "$NODE_DIR/cni"
    write_cni_config >"$NODE_DIR/cni/10-sandbox.conflist"
    write_containerd_config >"$NODE_DIR/containerd.toml"
    PATH=$NODE_CONTAINERD:$PATH spawn_in_node containerd "$NODE_CONTAINERD/containerd" --config "$NODE_DIR/containerd.toml"
    wait_ready containerd 60 containerd_answers || return 1
    [[ -f $NODE_DIR/pause.tar ]] || write_image_archive "$NODE_DIR/pause.tar" localhost/pause:1 "$NODE_WAIT"
    import_image "$NODE_DIR/pause.tar" >>"$LOGS/containerd.log" 2>&1
}

containerd_answers() { node_ctr version >/dev/null 2>&1; }

node_ctr() { node_enter "$NODE_CONTAINERD/ctr" --address "$CONTAINERD_SOCKET" --namespace k8s.io "$@"; }

import_image() { node_ctr images import "$1"; }

# write_containerd_config: prints the configuration. It uses runc of Debian, because crun 1.8 is too old. Without
# restrict_oom_score_adj, containers do not start if this process may not raise its limits.
write_containerd_config() {
    cat <<TOML
version = 3
root = "$NODE_DIR/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.nri.v1.nri"]

[grpc]
address = "$CONTAINERD_SOCKET"

[plugins.'io.containerd.internal.v1.opt']
path = "$NODE_DIR/opt"

[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = "localhost/pause:1"

[plugins.'io.containerd.cri.v1.runtime']
restrict_oom_score_adj = true

[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = ["$NODE_CNI"]
conf_dir = "$NODE_DIR/cni"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
BinaryName = "$NODE_RUNC"
SystemdCgroup = false
TOML
}

write_cni_config() {
    cat <<JSON
{
  "cniVersion": "1.0.0",
  "name": "sandbox",
  "plugins": [{
    "type": "bridge",
    "bridge": "cni0",
    "isGateway": true,
    "ipMasq": true,
    "ipam": {"type": "host-local", "ranges": [[{"subnet": "$NODE_PODS"}]], "routes": [{"dst": "0.0.0.0/0"}]}
  }]
}
JSON
}

# write_image_archive FILE NAME PROGRAM: writes a docker-archive of an image that contains only this static program.
write_image_archive() {
    local file=$1 name=$2 program=$3 folder layer
    folder=$(mktemp -d)
    mkdir "$folder/root"
    cp "$program" "$folder/root/wait"
    tar -C "$folder/root" --owner 0 --group 0 --mtime @0 --sort name -cf "$folder/layer.tar" .
    layer=$(sha256sum <"$folder/layer.tar")
    printf '{"architecture":"%s","os":"linux","config":{"Entrypoint":["/wait"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
        "$(dpkg --print-architecture)" "${layer%% *}" >"$folder/config.json"
    printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$name" >"$folder/manifest.json"
    tar -C "$folder" -cf "$file" manifest.json config.json layer.tar
    rm -rf "$folder"
}

# --- kubelet and scheduler ---------------------------------------------------------------------------

start_scheduler() {
    issue_certificate "$CERTS" scheduler "/CN=system:kube-scheduler" clientAuth
    write_kubeconfig "$SANDBOX_DIR/scheduler.kubeconfig" "$CERTS" scheduler "sandbox-$SANDBOX_NAME" "$SANDBOX_APISERVER_PORT"
    spawn "$PIDS/scheduler.pid" "$LOGS/scheduler.log" "$NODE_KUBERNETES/kube-scheduler" \
        --kubeconfig "$SANDBOX_DIR/scheduler.kubeconfig" --leader-elect=false --secure-port 0 \
        --kube-api-qps 500 --kube-api-burst 1000
}

start_kubelet() {
    issue_certificate "$CERTS" kubelet "/O=system:nodes/CN=system:node:$NODE_NAME" clientAuth
    issue_certificate "$CERTS" kubelet-server "/CN=$NODE_NAME" serverAuth "IP:$NODE_IP,DNS:$NODE_NAME"
    write_kubeconfig "$NODE_DIR/kubelet.kubeconfig" "$CERTS" kubelet "sandbox-$SANDBOX_NAME" 443 "$NODE_SERVICE_IP"
    write_kubelet_config >"$NODE_DIR/kubelet.yaml"
    # Leave out name servers: pods must not use those of the host.
    : >"$NODE_DIR/resolv.conf"
    spawn_in_node kubelet "$NODE_KUBERNETES/kubelet" \
        --config "$NODE_DIR/kubelet.yaml" --kubeconfig "$NODE_DIR/kubelet.kubeconfig" \
        --hostname-override "$NODE_NAME" --node-ip "$NODE_IP"
    wait_ready kubelet 180 node_is_ready
}

node_is_ready() {
    [[ $("$SANDBOX_KUBECTL" --kubeconfig "$SANDBOX_DIR/kubeconfig" get node "$NODE_NAME" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null) == True ]]
}

write_kubelet_config() {
    cat <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $NODE_IP
port: 10250
readOnlyPort: 0
healthzPort: 0
tlsCertFile: $CERTS/kubelet-server.crt
tlsPrivateKeyFile: $CERTS/kubelet-server.key
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $CERTS/ca.crt}
authorization: {mode: Webhook}
containerRuntimeEndpoint: unix://$CONTAINERD_SOCKET
# Pods have limits in their own cgroups. The node itself has no limit.
cgroupDriver: cgroupfs
cgroupRoot: /$NODE_CGROUP
cgroupsPerQOS: true
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
localStorageCapacityIsolation: false
resolvConf: $NODE_DIR/resolv.conf
podLogsDir: $LOGS/pods
volumePluginDir: $NODE_DIR/volume-plugins
maxPods: 110
# The node ignores how full the disk of this machine is.
evictionHard: {memory.available: 10Mi, nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%}
imageGCHighThresholdPercent: 100
serializeImagePulls: false
# No rate limits for Events and pulls: tests count them.
registryPullQPS: 0
eventRecordQPS: 0
kubeAPIQPS: 200
kubeAPIBurst: 400
YAML
}

# --- the private registry ----------------------------------------------------------------------------

start_registry() {
    local folder=$NODE_DIR/registry
    mkdir -p "$folder"
    if [[ ! -f $folder/htpasswd ]]; then set_registry_password sandbox "$(openssl rand -hex 12)"; fi
    cat >"$folder/config.yml" <<YAML
version: 0.1
log: {level: info, accesslog: {disabled: false}}
storage: {filesystem: {rootdirectory: $folder/data}}
http: {addr: "$NODE_REGISTRY"}
auth: {htpasswd: {realm: sandbox, path: $folder/htpasswd}}
YAML
    spawn_in_node registry "$TCR_DOCKER_REGISTRY" serve "$folder/config.yml"
    wait_ready registry 60 registry_answers
}

registry_answers() {
    [[ $(node_enter curl --noproxy '*' -s -o /dev/null -w '%{http_code}' "http://$NODE_REGISTRY/v2/") == 401 ]]
}

# set_registry_password USER PASSWORD: sets the registry's only user. Replaces the file atomically. The registry reads it
# again when it changes.
set_registry_password() {
    local folder=$NODE_DIR/registry
    # Passes the password through standard input: every user of the machine could read an argument.
    (umask 077 && htpasswd -niB -C 4 "$1" <<<"$2" >"$folder/htpasswd.new" 2>/dev/null &&
        printf '{"auths":{"%s":{"auth":"%s"}}}' "$NODE_REGISTRY" "$(printf '%s:%s' "$1" "$2" | base64 -w 0)" >"$folder/login.json")
    mv "$folder/htpasswd.new" "$folder/htpasswd"
}

# push_image NAME FILE: pushes a docker-archive as NODE_REGISTRY/NAME.
push_image() {
    node_enter skopeo --insecure-policy copy -q --dest-tls-verify=false --dest-authfile "$NODE_DIR/registry/login.json" \
        "docker-archive:$2" "docker://$NODE_REGISTRY/$1"
}
