#!/usr/bin/env python3
"""Holds the rights in deploy/ to what our accounts asked API servers for: none used that is not granted, none granted that
is not used.

Usage: rights.py [--used-only] [--self-test] RECORD. Needs $TCR_HELM for the rights that the chart's hook brings along.

RECORD has the lines that scripts/lib/rights.sh takes out of the audit logs of a whole run. --used-only leaves out the
second half, for a run of some of them. A request that was refused is no fault where deploy/ grants it: that was a test
that had taken rights away.
"""

import collections
import sys

import rendering
from rendering import NAMESPACE

Request = collections.namedtuple("Request", "test account verb group resource namespace name decision")
Grant = collections.namedtuple("Grant", "account source group resource verb namespace names")

# What every account may ask for, by roles of Kubernetes' own (system:discovery, system:basic-user).
EVERYBODYS = ("/version", "/api", "/apis", "/openapi", "/healthz", "/livez", "/readyz")


def read_record(lines):
    for line in lines:
        fields = line.rstrip("\n").split("\t")
        if len(fields) == len(Request._fields):
            yield Request(*fields)


def grants_of(things):
    """Every single right: one account, one verb on one resource. A namespace of None is all of them."""
    grants = []
    for thing in things.values():
        if thing["kind"] not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        namespace = thing["metadata"].get("namespace")
        role = things[thing["roleRef"]["kind"], namespace or "", thing["roleRef"]["name"]]
        for subject in thing["subjects"]:
            for rule in role["rules"]:
                for group in rule["apiGroups"]:
                    for resource in rule["resources"]:
                        for verb in rule["verbs"]:
                            grants.append(Grant(
                                subject["name"], f"{role['kind']} {role['metadata']['name']}", group, resource, verb,
                                namespace, tuple(rule.get("resourceNames", ())),
                            ))
    return grants


def allows(grant, request):
    return (
        grant.account == request.account
        and grant.group == request.group
        and grant.resource == request.resource
        and grant.verb == request.verb
        and grant.namespace in (None, request.namespace)
        and (not grant.names or request.name in grant.names)
    )


def needs(grant, request, grants):
    """Would the request have been refused without that right, or with one for fewer?"""
    if request.decision != "allow" or not allows(grant, request):
        return False
    # A right in all namespaces is for work in others; in our own a Role would do.
    if grant.namespace is None and request.namespace == NAMESPACE:
        return False
    narrower = [
        other for other in grants
        if other != grant and allows(other, request) and len(other.names) > 0 and not grant.names
    ]
    return not narrower


def shown(what):
    name = "/".join(part for part in (what.group, what.resource) if part)
    return f"{what.account}: {what.verb} {name}"


def judge(requests, grants, used_only=False):
    """Sentences about what is wrong, and, for each right, the tests that use it."""
    problems = set()
    users = {grant: set() for grant in grants}
    known = {grant.account for grant in grants}
    for request in requests:
        # Other accounts of that namespace are the tests' own.
        if request.account not in known or request.resource.split("?")[0].startswith(EVERYBODYS):
            continue
        if not any(allows(grant, request) for grant in grants):
            problems.add(
                f"used and not granted: {shown(request)} in namespace '{request.namespace}', "
                f"name '{request.name}' ({request.decision}; {request.test})"
            )
        for grant in grants:
            if needs(grant, request, grants):
                users[grant].add(request.test.rsplit("-", 1)[0])
    if not used_only:
        for grant, tests in users.items():
            if not tests:
                problems.add(
                    f"granted and not used: {shown(grant)} in {'all namespaces' if grant.namespace is None else grant.namespace}"
                    f"{' named ' + ', '.join(grant.names) if grant.names else ''} ({grant.source})"
                )
    return sorted(problems), users


def self_test():
    """The judge must notice."""
    right = Grant("a", "Role r", "", "secrets", "get", None, ())
    asked = Request("it-x-1", "a", "get", "", "secrets", "elsewhere", "*", "allow")
    assert judge([asked], [right])[0] == []
    assert judge([], [right])[0][0].startswith("granted and not used")
    assert judge([asked._replace(namespace=NAMESPACE)], [right])[0][0].startswith("granted and not used")
    assert judge([asked._replace(decision="forbid")], [right])[0][0].startswith("granted and not used")
    assert judge([asked, asked._replace(verb="update", decision="forbid")], [right])[0][0].startswith("used and not granted")
    # Granted by a test, not by us.
    assert judge([asked, asked._replace(verb="update")], [right])[0][0].startswith("used and not granted")
    named = right._replace(names=("one",))
    assert judge([asked], [named])[0][0].startswith("granted and not used")
    assert len(judge([asked], [named])[0]) == 2
    assert judge([asked._replace(resource="/version?timeout=1s")], [])[0] == []


def main(words):
    self_test()
    if words == ["--self-test"]:
        return 0
    used_only = "--used-only" in words
    record = next(word for word in words if not word.startswith("--"))
    with open(f"{rendering.DEPLOY}/allinone/tcr-assistant.yaml", encoding="utf-8") as file:
        grants = grants_of(rendering.parse(file.read()))
    grants += grants_of(rendering.hooks())
    with open(record, encoding="utf-8") as file:
        problems, users = judge(list(read_record(file)), grants, used_only)
    for problem in problems:
        print(problem)
    for grant, tests in sorted(users.items()):
        if len(tests) == 1:
            print(f"one test alone uses: {shown(grant)} ({grant.source}): {', '.join(tests)}")
    print(f"{len(grants)} rights, {sum(1 for tests in users.values() if tests)} of them seen used, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    rendering.skip_without_tools()
    sys.exit(main(sys.argv[1:]))
