# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Extracts the statuses that the controller wrote from the audit log of an API server. tests/packaging/statuses.py checks
# what kstatus concludes from them. Needs jq.

# record_statuses AUDIT_LOG: appends a line to the file $TCR_STATUS_RECORD for each different status of an ImagePullSecret:
# the object without its spec, times and lists. Does nothing if TCR_STATUS_RECORD is not set.
record_statuses() {
    local log=$1
    [[ -n ${TCR_STATUS_RECORD:-} && -f $log ]] || return 0
    # The last line may be incomplete, because a test killed the server. Other tests may append at the same time.
    (grep -F '"resource":"imagepullsecrets"' "$log" || true) | jq -cR '
        fromjson? | select(.user.username == "system:serviceaccount:tcr-assistant-system:tcr-assistant-controller-manager" and
                           .objectRef.subresource == "status" and .responseObject.kind == "ImagePullSecret")
        | .responseObject
        | { apiVersion, kind, metadata: { name: "any", generation: .metadata.generation },
            status: { observedGeneration: .status.observedGeneration,
                      conditions: [.status.conditions[]? | del(.lastTransitionTime)] } }' |
        sort -u | flock "$TCR_STATUS_RECORD.lock" tee -a "$TCR_STATUS_RECORD" >/dev/null
}
