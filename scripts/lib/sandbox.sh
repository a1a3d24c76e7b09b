# shellcheck shell=bash
# One named control plane: its folder, settings and processes. Needs common.sh, control-plane.sh,
# process.sh and pki.sh; node.sh where it has a node.

TCR_SANDBOX_HOME=${TCR_SANDBOX_HOME:-$TCR_CACHE/sandboxes}

# In the order of their start. The API server's webhooks and its way to kubelet want the node's network first.
CONTROL_PLANE_COMPONENTS=(etcd apiserver controller-manager)
NODE_COMPONENTS=(node containerd registry "${CONTROL_PLANE_COMPONENTS[@]}" scheduler kubelet)

# select_sandbox NAME: sets the variables below for it; it need not exist.
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

# A sandbox with a node has this folder from its start to its end.
has_node() { [[ -d $SANDBOX_DIR/node ]]; }

# lock_sandbox: start, stop and restart of one sandbox must not overlap. The folder itself is the lock,
# so that nothing is left behind; another script may have removed it while we waited for it.
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

# The file `env` is written when the ports are chosen and read by every later command. Values are
# quoted by the shell, so it can be sourced whatever the folder is called.
write_settings() {
    local name
    for name in SANDBOX_NAME SANDBOX_DIR SANDBOX_APISERVER_PORT SANDBOX_ETCD_PORT SANDBOX_ETCD_PEER_PORT \
        SANDBOX_CONTROLLER_MANAGER_PORT SANDBOX_AUDIT SANDBOX_DURABLE SANDBOX_CONTROL_PLANE SANDBOX_KUBECTL; do
        printf '%s=%q\n' "$name" "${!name}"
    done
    # KUBECACHEDIR keeps kubectl's discovery cache in the sandbox: one left in the home folder would
    # describe the next server that happens to get this port.
    printf 'KUBECONFIG=%q\nKUBECACHEDIR=%q\n' "$SANDBOX_DIR/kubeconfig" "$SANDBOX_DIR/kubectl-cache"
}

sandbox_exists() { [[ -f $SANDBOX_DIR/env ]]; }

load_settings() {
    sandbox_exists || die "there is no sandbox '$SANDBOX_NAME' (scripts/sandbox start --name $SANDBOX_NAME makes it)"
    # shellcheck source=/dev/null
    source "$SANDBOX_DIR/env"
    export KUBECONFIG KUBECACHEDIR
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

# component_port COMPONENT: nothing for a controller, whose ports are in its own file.
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

# setting_prefix COMPONENT: how the names of its settings begin.
setting_prefix() {
    local name=SANDBOX_${1^^}
    echo "${name//-/_}"
}

# The API servers that were started besides the control plane's own.
more_apiservers() {
    local file
    for file in "$SANDBOX_DIR"/apiserver-*.env; do
        [[ -e $file ]] || continue
        file=${file##*/}
        echo "${file%.env}"
    done
}

# The components that are there besides the control plane: controllers started in this sandbox.
controllers() {
    local file
    for file in "$PIDS"/controller.pid "$PIDS"/controller-*.pid; do
        file=${file##*/}
        [[ -e $PIDS/$file && $file != controller-manager.pid ]] || continue
        echo "${file%.pid}"
    done
}

known_component() {
    local component
    for component in "${SANDBOX_COMPONENTS[@]}" $(more_apiservers) $(controllers); do
        if [[ $component == "$1" ]]; then return; fi
    done
    die_usage "no component '$1' in sandbox '$SANDBOX_NAME' (there are: ${SANDBOX_COMPONENTS[*]} $( (more_apiservers && controllers) | xargs))"
}

start_etcd() {
    local url=http://127.0.0.1:$SANDBOX_ETCD_PORT peer=http://127.0.0.1:$SANDBOX_ETCD_PEER_PORT flags=()
    # Waiting for the disk is half of every write's time; only crash tests need it.
    if [[ $SANDBOX_DURABLE != 1 ]]; then flags+=(--unsafe-no-fsync); fi
    spawn "$PIDS/etcd.pid" "$LOGS/etcd.log" "$SANDBOX_CONTROL_PLANE/etcd" \
        --name sandbox --data-dir "$SANDBOX_DIR/etcd" \
        --listen-client-urls "$url" --advertise-client-urls "$url" \
        --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "sandbox=$peer" \
        --quota-backend-bytes 8589934592 --log-level warn "${flags[@]}"
}

# start_apiserver COMPONENT: several of them write one audit log, line by line.
start_apiserver() {
    local component=$1 flags=() extra=() etcd_port=$SANDBOX_ETCD_PORT prefix
    if [[ $component != apiserver ]]; then
        prefix=$(setting_prefix "$component")
        etcd_port=$(sed -n "s/^${prefix}_ETCD_PORT=//p" "$SANDBOX_DIR/$component.env")
    fi
    if [[ $SANDBOX_AUDIT == 1 ]]; then
        # Tests count calls by user: one file, never rotated away.
        flags+=(--audit-policy-file "$SANDBOX_DIR/audit-policy.yaml" --audit-log-path "$LOGS/audit.log"
            --audit-log-maxsize 65536)
    fi
    if has_node; then
        # Services have no addresses of their own that a host could reach: their pods are called directly.
        flags+=(--enable-aggregator-routing=true --kubelet-preferred-address-types InternalIP
            --kubelet-certificate-authority "$CERTS/ca.crt"
            --kubelet-client-certificate "$CERTS/admin.crt" --kubelet-client-key "$CERTS/admin.key")
    fi
    if [[ -f $SANDBOX_DIR/apiserver.flags ]]; then mapfile -t extra <"$SANDBOX_DIR/apiserver.flags"; fi
    # No endpoint reconciler: it would complain for ever that 127.0.0.1 cannot be an endpoint. Without an address to
    # advertise, the API server does not start on a machine that has no default route.
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

# The default limit of 20 requests a second would make every namespace look slow. No leader election:
# after a restart it would wait for its own old lease.
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

# A proxy of the user's environment has no business on the loopback.
local_curl() { curl --noproxy '*' --silent --fail --max-time 5 --output /dev/null "$@"; }

# api_answers PATH [COMPONENT]
api_answers() {
    local_curl --cacert "$CERTS/ca.crt" --cert "$CERTS/admin.crt" --key "$CERTS/admin.key" \
        "https://127.0.0.1:$(component_port "${2:-apiserver}")$1"
}

etcd_ready() { local_curl "http://127.0.0.1:$SANDBOX_ETCD_PORT/health"; }
apiserver_ready() { api_answers /readyz "$1"; }

# Only a controller manager that has started its controllers makes the default account.
controller_manager_ready() {
    local_curl --cacert "$CERTS/ca.crt" "https://127.0.0.1:$SANDBOX_CONTROLLER_MANAGER_PORT/healthz" &&
        api_answers /api/v1/namespaces/default/serviceaccounts/default
}

# wait_ready COMPONENT SECONDS CHECK...: fails at once when the process is gone.
wait_ready() {
    local component=$1 seconds=$2 started=$SECONDS shown=0
    shift 2
    until "$@"; do
        if ! is_running "$PIDS/$component.pid"; then
            printf 'error: %s ended while starting; the end of %s:\n' "$component" "$LOGS/$component.log" >&2
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

# start_component COMPONENT: and wait until it works.
start_component() {
    case $1 in
    etcd)
        start_etcd
        wait_ready etcd 60 etcd_ready
        ;;
    apiserver | apiserver-*)
        start_apiserver "$1"
        wait_ready "$1" 120 apiserver_ready "$1"
        ;;
    controller-manager)
        start_controller_manager
        wait_ready controller-manager 120 controller_manager_ready
        ;;
    node | containerd | registry | scheduler | kubelet) "start_$1" ;;
    esac
}

# stop_component COMPONENT: a controller gets time to finish its writes and release its lease.
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

# stop_components: last started, first stopped; etcd last, or the API server could not end in peace. A node's
# containers outlive its programs and end with the node.
stop_components() {
    local component node=()
    if has_node; then node=(kubelet scheduler node containerd registry); fi
    for component in $(controllers) "${node[@]}" controller-manager $(more_apiservers) apiserver etcd; do
        stop_component "$component"
    done
}
