#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the rights in deploy/ with the requests of our accounts: every right that is used is granted, and every right that
is granted is used. Also compares the requests about Secrets with the rights of a controller that may access Secrets by name.

Usage: rights.py [--used-only] [--self-test] RECORD. Needs $TCR_HELM for the rights of the chart's hook.

RECORD contains the lines that scripts/lib/rights.sh extracts from the audit logs of a whole run. --used-only skips the check
for unused rights: use it after a run of some tests only. A refused request is no problem if deploy/ grants it: some tests
remove rights on purpose.
"""

import collections
import sys

import rendering
from rendering import NAMESPACE

Request = collections.namedtuple("Request", "test account verb group resource namespace name decision")
Grant = collections.namedtuple("Grant", "account source group resource verb namespace names")

# Paths that every account may read, by Kubernetes' own roles (system:discovery, system:basic-user).
PUBLIC_PATHS = ("/version", "/api", "/apis", "/openapi", "/healthz", "/livez", "/readyz")
# Requests that every account may send, by the same roles.
PUBLIC_RESOURCES = ("selfsubjectaccessreviews", "selfsubjectrulesreviews")
CONTROLLER = "tcr-assistant-controller-manager"
PULL_SECRETS = "tcr.ips*"  # the name of all pull Secrets in the record


def read_record(lines):
    for line in lines:
        fields = line.rstrip("\n").split("\t")
        if len(fields) == len(Request._fields):
            yield Request(*fields)


def grants_of(objects):
    """Returns each right: one account, one verb, one resource. The namespace None stands for all namespaces."""
    grants = []
    for obj in objects.values():
        if obj["kind"] not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        namespace = obj["metadata"].get("namespace")
        role = objects[obj["roleRef"]["kind"], namespace or "", obj["roleRef"]["name"]]
        for subject in obj["subjects"]:
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
    """Whether the API server would have refused the request without this right."""
    if request.decision != "allow" or not allows(grant, request):
        return False
    # For requests in our own namespace a Role is enough: they do not justify a right in all namespaces.
    if grant.namespace is None and request.namespace == NAMESPACE:
        return False
    narrower = [
        other for other in grants
        if other != grant and allows(other, request) and len(other.names) > 0 and not grant.names
    ]
    return not narrower


def describe(what):
    name = "/".join(part for part in (what.group, what.resource) if part)
    return f"{what.account}: {what.verb} {name}"


def find_problems(requests, grants, used_only=False):
    """Returns the problems as text, and for each right the tests that use it."""
    problems = set()
    users = {grant: set() for grant in grants}
    known = {grant.account for grant in grants}
    for request in requests:
        # Other accounts of that namespace belong to the tests.
        if request.account not in known or request.resource.split("?")[0].startswith(PUBLIC_PATHS):
            continue
        if request.resource in PUBLIC_RESOURCES:
            continue
        if not any(allows(grant, request) for grant in grants):
            problems.add(
                f"used and not granted: {describe(request)} in namespace '{request.namespace}', "
                f"name '{request.name}' ({request.decision}; {request.test})"
            )
        for grant in grants:
            if needs(grant, request, grants):
                users[grant].add(request.test.rsplit("-", 1)[0])
    if not used_only:
        for grant, tests in users.items():
            if not tests:
                place = "all namespaces" if grant.namespace is None else grant.namespace
                names = f" named {', '.join(grant.names)}" if grant.names else ""
                problems.add(f"granted and not used: {describe(grant)} in {place}{names} ({grant.source})")
    return sorted(problems), users


def by_name(grants):
    """Returns the rights with one name in place of the names of pull Secrets."""
    return [
        grant._replace(names=tuple(sorted({PULL_SECRETS if name.startswith("tcr.ips") else name for name in grant.names})))
        for grant in grants
    ]


def find_problems_by_name(requests, grants):
    """Returns the requests about Secrets that a controller with these rights could not send. Lists and watches by label in all
    namespaces are not among them: that controller sends others in their place."""
    problems = set()
    for request in requests:
        if (request.account, request.group, request.resource, request.decision) != (CONTROLLER, "", "secrets", "allow"):
            continue
        if request.verb in ("list", "watch") and not request.namespace and not request.name:
            continue
        if not any(allows(grant, request) for grant in grants):
            problems.add(
                f"used and not granted by name: {describe(request)} in namespace '{request.namespace}', "
                f"name '{request.name}' ({request.test})"
            )
    return sorted(problems)


def self_test():
    """Checks that find_problems() finds each kind of problem."""
    right = Grant("a", "Role r", "", "secrets", "get", None, ())
    request = Request("it-x-1", "a", "get", "", "secrets", "elsewhere", "*", "allow")
    assert find_problems([request], [right])[0] == []
    assert find_problems([], [right])[0][0].startswith("granted and not used")
    assert find_problems([request._replace(namespace=NAMESPACE)], [right])[0][0].startswith("granted and not used")
    assert find_problems([request._replace(decision="forbid")], [right])[0][0].startswith("granted and not used")
    refused = request._replace(verb="update", decision="forbid")
    assert find_problems([request, refused], [right])[0][0].startswith("used and not granted")
    # Granted by a test, not by deploy/.
    assert find_problems([request, request._replace(verb="update")], [right])[0][0].startswith("used and not granted")
    named = right._replace(names=("one",))
    assert find_problems([request], [named])[0][0].startswith("granted and not used")
    assert len(find_problems([request], [named])[0]) == 2
    assert find_problems([request._replace(resource="/version?timeout=1s")], [])[0] == []
    review = request._replace(verb="create", group="authorization.k8s.io", resource=PUBLIC_RESOURCES[0])
    assert find_problems([review], [right], used_only=True)[0] == []
    of_controller = request._replace(account=CONTROLLER, name=PULL_SECRETS)
    (pull_secrets,) = by_name([right._replace(account=CONTROLLER, names=("tcr.ipsx", "tcr.ipsy"))])
    assert find_problems_by_name([of_controller], [pull_secrets]) == []
    assert len(find_problems_by_name([of_controller._replace(name="*")], [pull_secrets])) == 1
    assert len(find_problems_by_name([of_controller._replace(verb="patch")], [pull_secrets])) == 1
    by_label = of_controller._replace(verb="list", name="", namespace="")
    assert find_problems_by_name([by_label], [pull_secrets]) == []
    assert len(find_problems_by_name([by_label._replace(namespace=NAMESPACE)], [pull_secrets])) == 1


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
        requests = list(read_record(file))
    problems, users = find_problems(requests, grants, used_only)
    overlay = grants_of(rendering.parse(rendering.kustomize("overlays/secrets-by-name")))
    problems += find_problems_by_name(requests, by_name(overlay))
    for problem in problems:
        print(problem)
    for grant, tests in sorted(users.items()):
        if len(tests) == 1:
            print(f"used by one test only: {describe(grant)} ({grant.source}): {', '.join(tests)}")
    print(f"{len(grants)} rights, {sum(1 for tests in users.values() if tests)} of them used, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    rendering.skip_without_tools()
    sys.exit(main(sys.argv[1:]))
