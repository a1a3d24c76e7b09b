#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what kstatus concludes from every status that our tests produced: it must agree with docs/use/reference.md, and with the
script for Argo CD in docs/operate/gitops.md.

Usage: statuses.py [--complete] RECORD. Needs $TCR_COMPUTE_STATUS and $TCR_SCRIPT_HEALTH.

RECORD contains one ImagePullSecret with its status per line. Unit tests append their reports
(tests/unit/controller/recorded_states.hpp), sandboxes what controllers wrote (scripts/lib/statuses.sh). --complete also fails if
a documented reason of Reconciling or Stalled is missing: use it after a run of all tests.
"""

import collections
import json
import os
import sys

import rendering

sys.path.insert(0, os.path.join(rendering.ROOT, "tests", "docs"))
import check_reference

PROGRESS = ("Reconciling", "Stalled")
HEALTH_SCRIPT = "resource.customizations.health.tcr.tencentcloudcr.com_ImagePullSecret"
HEALTH = {"Current": "Healthy", "InProgress": "Progressing", "Failed": "Degraded"}


def read_by(objects, *program):
    """Returns the first word of the program's line for each object."""
    text = "".join(json.dumps(each) + "\n" for each in objects)
    lines = rendering.must(*program, text=text).splitlines()
    if len(lines) != len(objects):
        raise RuntimeError(f"{program[0]} did not answer for each object")
    return [line.split("\t")[0] for line in lines]


def compute(objects):
    """Returns what kstatus concludes from each object: its status, such as Current."""
    return read_by(objects, os.environ["TCR_COMPUTE_STATUS"])


def health(objects):
    """Returns what Argo CD concludes from each object with our script: its health, such as Healthy."""
    blocks = check_reference.blocks(check_reference.read("docs", "operate", "gitops.md"))
    (script,) = [yaml[HEALTH_SCRIPT] for yaml in (rendering.yaml.safe_load(text) for _, text in blocks if HEALTH_SCRIPT in text)]
    return read_by(objects, os.environ["TCR_SCRIPT_HEALTH"], script)


def conditions_of(obj):
    return {each["type"]: each for each in obj["status"]["conditions"]}


def expected(obj):
    """Returns what kstatus must conclude, by the table of the reference."""
    # The observed generation is newer for a moment after etcd was restored from a snapshot.
    if obj["status"]["observedGeneration"] != obj["metadata"]["generation"]:
        return "InProgress"
    conditions = conditions_of(obj)
    return "Failed" if "Stalled" in conditions else "InProgress" if "Reconciling" in conditions else "Current"


def documented_reasons():
    """Returns the set of (condition, reason) of Reconciling and Stalled in the reference."""
    rows = check_reference.table(check_reference.read("docs", "use", "reference.md"), "condition", "status")
    named = check_reference.named
    return {
        (named(row[0])[0], reason) for row in rows if named(row[0])[0] in PROGRESS for reason in named(row[2])
    }


def problems_of(obj, concluded, health_of_script, documented):
    """Yields what is wrong with the status of an object."""
    conditions = conditions_of(obj)
    progress = [each for each in conditions.values() if each["type"] in PROGRESS]
    if concluded != expected(obj):
        yield f"kstatus concludes {concluded}, not {expected(obj)}"
    if health_of_script != HEALTH[concluded]:
        yield f"the health for Argo CD is {health_of_script}, not {HEALTH[concluded]}"
    if len(progress) > 1:
        yield "Reconciling and Stalled are both present"
    if any(each["status"] != "True" for each in progress):
        yield "a condition that does not hold is present"
    if not progress and conditions["Ready"]["status"] != "True":
        yield "it is not ready, and neither Reconciling nor Stalled"
    if any(each["observedGeneration"] != obj["status"]["observedGeneration"] for each in conditions.values()):
        yield "a condition has another observedGeneration"
    for each in progress:
        if (each["type"], each["reason"]) not in documented:
            yield f"{each['type']} with reason {each['reason']} is not documented"


def main():
    is_complete = sys.argv[1] == "--complete"
    with open(sys.argv[-1], encoding="utf-8") as file:
        objects = [json.loads(line) for line in sorted(set(file))]
    documented = documented_reasons()
    concluded = compute(objects)
    found = [
        f"{problem}: {json.dumps(obj)}"
        for obj, *read in zip(objects, concluded, health(objects))
        for problem in problems_of(obj, *read, documented)
    ]
    seen = {(each["type"], each["reason"]) for obj in objects for each in obj["status"]["conditions"]}
    if is_complete:
        found += [f"no test produced {type_} with reason {reason}"
                  for type_, reason in sorted(documented - seen)]
    counts = ", ".join(f"{status} {count}" for status, count in sorted(collections.Counter(concluded).items()))
    print(f"{len(objects)} different statuses: {counts or 'none'}")
    for each in found[:20]:
        print(each)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
