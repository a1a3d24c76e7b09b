# shellcheck shell=bash
# What our accounts asked an API server for, out of its audit log: so that the whole test suite proves the rights in
# deploy/ (tests/packaging/rights.py). Needs jq.

# record_rights AUDIT_LOG NAME: appends to the file $TCR_RBAC_RECORD, if that is set, a line for each kind of request that an
# account of namespace tcr-assistant-system made. NAME tells which test it was.
record_rights() {
    local log=$1 name=$2
    [[ -n ${TCR_RBAC_RECORD:-} && -f $log ]] || return 0
    # A test may end with a server killed in the middle of a line, and another test at the same moment.
    (grep -F '"username":"system:serviceaccount:tcr-assistant-system:' "$log" || true) | jq -rR --arg name "$name" '
        fromjson? | select(.impersonatedUser == null and (.user.username | startswith("system:serviceaccount:tcr-assistant-system:")))
        | [ $name, (.user.username | split(":")[3]), .verb,
            (.objectRef.apiGroup // ""), ((.objectRef.resource // .requestURI) + (if .objectRef.subresource then "/" + .objectRef.subresource else "" end)),
            (.objectRef.namespace // ""),
            # Names that a rule could name; those of the tests are legion.
            ((.objectRef.name // "") | if test("^(tcr-assistant-|updater-config$|kube-system$)") then . else (if . == "" then "" else "*" end) end),
            (.annotations["authorization.k8s.io/decision"] // "none") ]
        | @tsv' | sort -u | flock "$TCR_RBAC_RECORD.lock" tee -a "$TCR_RBAC_RECORD" >/dev/null
}
