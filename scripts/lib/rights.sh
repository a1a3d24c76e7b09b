# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Extracts the requests of our accounts from the audit log of an API server. With the records of the whole test suite,
# tests/packaging/rights.py checks the rights in deploy/. Needs jq.

# record_rights AUDIT_LOG NAME: appends a line to the file $TCR_RBAC_RECORD for each kind of request of an account in
# namespace tcr-assistant-system. NAME identifies the test. Does nothing if TCR_RBAC_RECORD is not set.
record_rights() {
    local log=$1 name=$2
    [[ -n ${TCR_RBAC_RECORD:-} && -f $log ]] || return 0
    # The last line may be incomplete, because a test killed the server. Other tests may append at the same time.
    (grep -F '"username":"system:serviceaccount:tcr-assistant-system:' "$log" || true) | jq -rR --arg name "$name" '
        fromjson? | select(.impersonatedUser == null and (.user.username | startswith("system:serviceaccount:tcr-assistant-system:")))
        # Skip requests of tests that use the token as an attacker would.
        | select((.userAgent // "") | startswith("tcr-assistant/"))
        | [ $name, (.user.username | split(":")[3]), .verb,
            (.objectRef.apiGroup // ""), ((.objectRef.resource // .requestURI) + (if .objectRef.subresource then "/" + .objectRef.subresource else "" end)),
            (.objectRef.namespace // ""),
            # Keep only names that a rule could contain, because tests use many others. All pull Secrets get one name.
            ((.objectRef.name // "") | if . == "" or test("^(tcr-assistant-|updater-config$|kube-system$)") then . elif startswith("tcr.ips") then "tcr.ips*" else "*" end),
            (.annotations["authorization.k8s.io/decision"] // "none") ]
        | @tsv' | sort -u | flock "$TCR_RBAC_RECORD.lock" tee -a "$TCR_RBAC_RECORD" >/dev/null
}
