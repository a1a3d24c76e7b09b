# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Manages one named control plane: its folder, settings and processes. Needs common.sh, control-plane.sh, process.sh and
# pki.sh, and node.sh for a node.

TCR_SANDBOX_HOME=${TCR_SANDBOX_HOME:-$TCR_CACHE/sandboxes}

# In the order of their start. The API server needs the node's network for its webhooks and for kubelet.
CONTROL_PLANE_COMPONENTS=(etcd apiserver controller-manager)
NODE_COMPONENTS=(node containerd registry "${CONTROL_PLANE_COMPONENTS[@]}" scheduler kubelet)

# select_sandbox NAME: sets the variables below. The sandbox may be missing.
select_sandbox() {
    [[ $1 =~ ^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$ ]] ||
        die_usage "a sandbox's name is up to 40 lower-case letters, digits and '-', not '$1'"
    SANDBOX_NAME=$1
    make_cache_folder "$TCR_SANDBOX_HOME" TCR_SANDBOX_HOME
    SANDBOX_DIR=$(cd "$TCR_SANDBOX_HOME" && pwd)/$SANDBOX_NAME
    CERTS=$SANDBOX_DIR/certs
    LOGS=$SANDBOX_DIR/logs
    PIDS=$SANDBOX_DIR/pids
    SANDBOX_COMPONENTS=("${CONTROL_PLANE_COMPONENTS[@]}")
    if has_node; then SANDBOX_COMPONENTS=("${NODE_COMPONENTS[@]}"); fi
}

# has_node: whether the sandbox has a node. The folder exists from the start of the sandbox to its end.
has_node() { [[ -d $SANDBOX_DIR/node ]]; }

# lock_sandbox: locks the sandbox, because start, stop and restart must not overlap. The folder itself is the lock, so
# that no lock file remains. Another script may remove the folder meanwhile: then this function tries again.
lock_sandbox() {
    while true; do
        mkdir -p "$SANDBOX_DIR"
        { exec {SANDBOX_LOCK}<"$SANDBOX_DIR"; } 2>/dev/null || continue
        flock -w 300 "$SANDBOX_LOCK" || die "sandbox '$SANDBOX_NAME' is being started or stopped by another script"
        [[ $(stat -L -c %i "/dev/fd/$SANDBOX_LOCK") == "$(stat -c %i "$SANDBOX_DIR" 2>/dev/null)" ]] && return
        exec {SANDBOX_LOCK}<&-
    done
}

# --- settings ------------------------------------------------------------------------------------

# write_settings: prints the contents of the file `env`, which is written after the ports are chosen, and which every later
# command reads. The values are quoted, so the file can be sourced with any folder name.
write_settings() {
    local name
    for name in SANDBOX_NAME SANDBOX_DIR SANDBOX_APISERVER_PORT SANDBOX_ETCD_PORT SANDBOX_ETCD_PEER_PORT \
        SANDBOX_CONTROLLER_MANAGER_PORT SANDBOX_AUDIT SANDBOX_DURABLE SANDBOX_CONTROL_PLANE SANDBOX_KUBECTL \
        SANDBOX_KUBERNETES; do
        printf '%s=%q\n' "$name" "${!name}"
    done
    # KUBECACHEDIR puts kubectl's discovery cache into the sandbox. A cache in the home folder would be used for the next
    # server with the same port.
    printf 'KUBECONFIG=%q\nKUBECACHEDIR=%q\n' "$SANDBOX_DIR/kubeconfig" "$SANDBOX_DIR/kubectl-cache"
}

sandbox_exists() { [[ -f $SANDBOX_DIR/env ]]; }

load_settings() {
    sandbox_exists || die "there is no sandbox '$SANDBOX_NAME' (create it: scripts/sandbox start --name $SANDBOX_NAME)"
    # shellcheck source=/dev/null
    source "$SANDBOX_DIR/env"
    export KUBECONFIG KUBECACHEDIR
    # The file lacks SANDBOX_KUBERNETES if an earlier version of this script created the sandbox.
    select_kubernetes "${SANDBOX_KUBERNETES:=}"
    if has_node; then
        find_node_programs
        select_node || true
    fi
}

choose_ports() {
    free_ports 4
    SANDBOX_ETCD_PORT=${FREE_PORTS[0]}
    SANDBOX_ETCD_PEER_PORT=${FREE_PORTS[1]}
    SANDBOX_APISERVER_PORT=${FREE_PORTS[2]}
    SANDBOX_CONTROLLER_MANAGER_PORT=${FREE_PORTS[3]}
}

# --- components ----------------------------------------------------------------------------------

# component_port COMPONENT: prints the component's port. Prints nothing for a controller, whose ports are in its own file.
component_port() {
    local prefix
    case $1 in
    etcd) echo "$SANDBOX_ETCD_PORT" ;;
    apiserver) echo "$SANDBOX_APISERVER_PORT" ;;
    controller-manager) echo "$SANDBOX_CONTROLLER_MANAGER_PORT" ;;
    apiserver-*)
        prefix=$(setting_prefix "$1")
        sed -n "s/^${prefix}_PORT=//p" "$SANDBOX_DIR/$1.env" 2>/dev/null || true
        ;;
    esac
}

# setting_prefix COMPONENT: prints the prefix of the names of the component's settings.
setting_prefix() {
    local name=SANDBOX_${1^^}
    echo "${name//-/_}"
}

# additional_apiservers: prints the API servers that were started besides the control plane's own.
additional_apiservers() {
    local file
    for file in "$SANDBOX_DIR"/apiserver-*.env; do
        [[ -e $file ]] || continue
        file=${file##*/}
        echo "${file%.env}"
    done
}

# controllers: prints the controllers that were started in this sandbox.
controllers() {
    local file
    for file in "$PIDS"/controller.pid "$PIDS"/controller-*.pid; do
        file=${file##*/}
        [[ -e $PIDS/$file && $file != controller-manager.pid ]] || continue
        echo "${file%.pid}"
    done
}

require_component() {
    local component
    for component in "${SANDBOX_COMPONENTS[@]}" $(additional_apiservers) $(controllers); do
        if [[ $component == "$1" ]]; then return; fi
    done
    die_usage "no component '$1' in sandbox '$SANDBOX_NAME' (its components: ${SANDBOX_COMPONENTS[*]} $( (additional_apiservers && controllers) | xargs))"
}

start_etcd() {
    local url=http://127.0.0.1:$SANDBOX_ETCD_PORT peer=http://127.0.0.1:$SANDBOX_ETCD_PEER_PORT flags=()
    # Syncing to the disk takes half of the time of each write. Only crash tests need it.
    if [[ $SANDBOX_DURABLE != 1 ]]; then flags+=(--unsafe-no-fsync); fi
    spawn "$PIDS/etcd.pid" "$LOGS/etcd.log" "$SANDBOX_CONTROL_PLANE/etcd" \
        --name sandbox --data-dir "$SANDBOX_DIR/etcd" \
        --listen-client-urls "$url" --advertise-client-urls "$url" \
        --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "sandbox=$peer" \
        --quota-backend-bytes 8589934592 --log-level warn "${flags[@]}"
}

# start_apiserver COMPONENT: starts an API server. All API servers append to the same audit log.
start_apiserver() {
    local component=$1 flags=() extra=() etcd_port=$SANDBOX_ETCD_PORT prefix
    if [[ $component != apiserver ]]; then
        prefix=$(setting_prefix "$component")
        etcd_port=$(sed -n "s/^${prefix}_ETCD_PORT=//p" "$SANDBOX_DIR/$component.env")
    fi
    if [[ $SANDBOX_AUDIT == 1 ]]; then
        # Tests count requests by user: the log must not be rotated.
        flags+=(--audit-policy-file "$SANDBOX_DIR/audit-policy.yaml" --audit-log-path "$LOGS/audit.log"
            --audit-log-maxsize 65536)
    fi
    if has_node; then
        # The host cannot reach the addresses of Services: the API server calls their pods directly.
        flags+=(--enable-aggregator-routing=true --kubelet-preferred-address-types InternalIP
            --kubelet-certificate-authority "$CERTS/ca.crt"
            --kubelet-client-certificate "$CERTS/admin.crt" --kubelet-client-key "$CERTS/admin.key")
    fi
    if [[ -f $SANDBOX_DIR/apiserver.flags ]]; then mapfile -t extra <"$SANDBOX_DIR/apiserver.flags"; fi
    # Turn off the endpoint reconciler: it would log errors all the time, because 127.0.0.1 is not allowed as an endpoint.
    # Set --advertise-address, because otherwise the API server does not start on a machine without a default route.
    spawn "$PIDS/$component.pid" "$LOGS/$component.log" "$SANDBOX_CONTROL_PLANE/kube-apiserver" \
        --etcd-servers "http://127.0.0.1:$etcd_port" \
        --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "$(component_port "$component")" \
        --tls-cert-file "$CERTS/server.crt" --tls-private-key-file "$CERTS/server.key" \
        --client-ca-file "$CERTS/ca.crt" \
        --service-account-issuer https://kubernetes.default.svc \
        --service-account-key-file "$CERTS/service-account.pub" \
        --service-account-signing-key-file "$CERTS/service-account.key" \
        --authorization-mode Node,RBAC --allow-privileged=true \
        --service-cluster-ip-range 10.0.0.0/24 --endpoint-reconciler-type none \
        --max-requests-inflight 3000 --max-mutating-requests-inflight 1000 \
        "${flags[@]}" "${extra[@]}"
}

# start_controller_manager: starts the controller manager. Raises its request limit, because the default of 20 requests a
# second would delay every namespace. Turns off its leader election, because after a restart it would wait until its
# former lease expires.
start_controller_manager() {
    spawn "$PIDS/controller-manager.pid" "$LOGS/controller-manager.log" \
        "$SANDBOX_CONTROL_PLANE/kube-controller-manager" \
        --kubeconfig "$SANDBOX_DIR/controller-manager.kubeconfig" \
        --authentication-kubeconfig "$SANDBOX_DIR/controller-manager.kubeconfig" \
        --authorization-kubeconfig "$SANDBOX_DIR/controller-manager.kubeconfig" \
        --bind-address 127.0.0.1 --secure-port "$SANDBOX_CONTROLLER_MANAGER_PORT" \
        --tls-cert-file "$CERTS/server.crt" --tls-private-key-file "$CERTS/server.key" \
        --client-ca-file "$CERTS/ca.crt" --root-ca-file "$CERTS/ca.crt" \
        --service-account-private-key-file "$CERTS/service-account.key" \
        --use-service-account-credentials --controllers '*' --leader-elect=false \
        --kube-api-qps 2000 --kube-api-burst 4000 \
        --concurrent-namespace-syncs 20 --concurrent-gc-syncs 40 --concurrent-serviceaccount-token-syncs 20
}

# --- readiness -----------------------------------------------------------------------------------

# local_curl ARGUMENT...: runs curl without the proxy of the user's environment, because the servers are on 127.0.0.1.
local_curl() { curl --noproxy '*' --silent --fail --max-time 5 --output /dev/null "$@"; }

# api_answers PATH [COMPONENT]: whether the API server returns a success for that path.
api_answers() {
    local_curl --cacert "$CERTS/ca.crt" --cert "$CERTS/admin.crt" --key "$CERTS/admin.key" \
        "https://127.0.0.1:$(component_port "${2:-apiserver}")$1"
}

etcd_ready() { local_curl "http://127.0.0.1:$SANDBOX_ETCD_PORT/health"; }
apiserver_ready() { api_answers /readyz "$1"; }

# controller_manager_ready: also checks that the default account exists, which is created only after the controllers have
# started.
controller_manager_ready() {
    local_curl --cacert "$CERTS/ca.crt" "https://127.0.0.1:$SANDBOX_CONTROLLER_MANAGER_PORT/healthz" &&
        api_answers /api/v1/namespaces/default/serviceaccounts/default
}

# wait_ready COMPONENT SECONDS CHECK...: waits until CHECK succeeds. Fails immediately if the process has ended.
wait_ready() {
    local component=$1 seconds=$2 started=$SECONDS shown=0
    shift 2
    until "$@"; do
        if ! is_running "$PIDS/$component.pid"; then
            printf 'error: %s ended during its start; the end of %s:\n' "$component" "$LOGS/$component.log" >&2
            tail -n 15 "$LOGS/$component.log" | cut -c 1-400 | sed 's/^/    | /' >&2
            return 1
        fi
        if ((SECONDS - started >= seconds)); then
            printf 'error: %s is not ready after %d s (see %s)\n' "$component" "$seconds" "$LOGS/$component.log" >&2
            return 1
        fi
        if (((SECONDS - started) / 10 > shown)); then
            shown=$(((SECONDS - started) / 10))
            note "... still waiting for $component, $((SECONDS - started)) s"
        fi
        sleep 0.1
    done
}

# start_component COMPONENT: starts the component and waits until it is ready.
start_component() {
    case $1 in
    etcd)
        start_etcd
        wait_ready etcd 180 etcd_ready
        ;;
    apiserver | apiserver-*)
        start_apiserver "$1"
        wait_ready "$1" 180 apiserver_ready "$1"
        ;;
    controller-manager)
        start_controller_manager
        wait_ready controller-manager 180 controller_manager_ready
        ;;
    node | containerd | registry | scheduler | kubelet) "start_$1" ;;
    esac
}

# stop_component COMPONENT: stops the component. A controller gets more time, to finish its writes and release its lease.
stop_component() {
    case $1 in
    controller-manager | etcd | apiserver | apiserver-* | scheduler | kubelet | containerd | registry)
        end_process "$PIDS/$1.pid" 10
        ;;
    node)
        remove_node
        rm -f "$PIDS/node.pid" "$PIDS/node.start"
        ;;
    *)
        end_process "$PIDS/$1.pid" 30
        rm -f "$SANDBOX_DIR/$1.env"
        ;;
    esac
}

# stop_components: stops all components in the reverse order of their start. etcd is the last, because the API server needs
# it to shut down. The containers of a node outlive its programs and end with the node.
stop_components() {
    local component node=()
    if has_node; then node=(kubelet scheduler node containerd registry); fi
    for component in $(controllers) "${node[@]}" controller-manager $(additional_apiservers) apiserver etcd; do
        stop_component "$component"
    done
}
