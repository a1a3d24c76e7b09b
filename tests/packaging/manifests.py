#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the three forms of the manifests in deploy/ are equal: kustomize, the all-in-one file, and the Helm chart.

Usage: manifests.py. Needs $TCR_HELM and $TCR_KUSTOMIZE; without them the test is skipped.
"""

import base64
import json
import os
import re
import tempfile
import unittest

import rendering
import rights
from rendering import DEPLOY, NAMESPACE, helm, kustomize, parse

MUTATING_WEBHOOK = ("MutatingWebhookConfiguration", "", "tcr-assistant-mutating-webhook-configuration")
# The names in the README and in the documentation of the original add-on.
NAMES = {
    ("Namespace", "", "tcr-assistant-system"),
    ("ClusterRole", "", "tcr-assistant-manager-role"),
    ("ClusterRoleBinding", "", "tcr-assistant-manager-rolebinding"),
    ("Role", NAMESPACE, "tcr-assistant-leader-election-role"),
    ("RoleBinding", NAMESPACE, "tcr-assistant-leader-election-rolebinding"),
    ("Role", "default", "tcr-assistant-events-role"),
    ("RoleBinding", "default", "tcr-assistant-events-rolebinding"),
    ("ServiceAccount", NAMESPACE, "tcr-assistant-controller-manager"),
    ("Service", NAMESPACE, "tcr-assistant-webhook-service"),
    ("Service", NAMESPACE, "tcr-assistant-metrics-service"),
    ("ValidatingWebhookConfiguration", "", "tcr-assistant-validating-webhook-configuration"),
    MUTATING_WEBHOOK,
    ("CustomResourceDefinition", "", "imagepullsecrets.tcr.tencentcloudcr.com"),
    ("Deployment", NAMESPACE, "tcr-assistant-controller-manager"),
    ("PodDisruptionBudget", NAMESPACE, "tcr-assistant-controller-manager"),
    ("NetworkPolicy", NAMESPACE, "tcr-assistant-controller-manager"),
}
POLICIES = {
    (kind, "", "tcr-assistant-" + what)
    for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
    for what in ("secrets", "serviceaccounts", "imagepullsecrets", "webhooks")
}
NEW_ACCOUNTS_POLICY = {
    (kind, "", "tcr-assistant-new-accounts") for kind in ("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding")
}
HOSTS_UPDATER = {
    ("ServiceAccount", NAMESPACE, "hosts-updater"),
    ("Role", NAMESPACE, "hosts-updater"),
    ("RoleBinding", NAMESPACE, "hosts-updater"),
    ("ConfigMap", NAMESPACE, "updater-config"),
    ("DaemonSet", NAMESPACE, "hosts-updater"),
}
HOSTS_NAMESPACE = "tcr-assistant-hosts"
DEPLOYMENT = ("Deployment", NAMESPACE, "tcr-assistant-controller-manager")
DAEMON_SET = ("DaemonSet", NAMESPACE, "hosts-updater")
JOB = ("Job", NAMESPACE, "tcr-assistant-cleanup")
TEST_POD = ("Pod", NAMESPACE, "tcr-assistant-test")
CONTROLLER_LABELS = {"app.kubernetes.io/name": "tcr-assistant", "app.kubernetes.io/component": "controller-manager"}

SAMPLE = "imagepullsecret-sample"

# Values of the original add-on, with every public key.
ORIGINAL = """
global:
  imagePullSecretsCrs:
    - name: tcr-dg284imq-vpc
      namespaces: "*"
      serviceAccounts: "*"
      type: docker
      dockerUsername: "100012345678"
      dockerPassword: a.b.tcr-token
      dockerServer: demo-vpc.tencentcloudcr.com
    - name: tcr-dg284imq-public
      namespaces: default,kube-system
      serviceAccounts: default
      type: docker
      dockerUsername: 100012345678
      dockerPassword: a.b.tcr-token
      dockerServer: demo.tencentcloudcr.com
  cluster:
    region: gz
    longregion: ap-guangzhou
  hosts:
    - domain: demo-vpc.tencentcloudcr.com
      ip: 172.16.1.95
      disabled: false
    - {domain: demo.tencentcloudcr.com, ip: 172.16.1.95, disabled: true}
"""


def rights_of(objects):
    """Returns the rights of the controller's account, by whatever role."""
    return {
        (grant.resource, grant.verb, grant.namespace, grant.names)
        for grant in rights.grants_of(objects)
        if grant.account == "tcr-assistant-controller-manager"
    }


def pod_of(obj):
    """Returns the metadata and spec of a pod, or of those that a workload creates."""
    return obj if obj["kind"] == "Pod" else obj["spec"]["template"]


def pod_security(objects):
    """Returns the Pod Security level that each Namespace enforces."""
    return {
        name: obj["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for (kind, _, name), obj in objects.items()
        if kind == "Namespace"
    }


def container(objects, key=DEPLOYMENT):
    return pod_of(objects[key])["spec"]["containers"][0]


def without_rules(schema):
    """Removes the CEL rules from a part of a CRD, at all depths."""
    if isinstance(schema, dict):
        schema.pop("x-kubernetes-validations", None)
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        without_rules(part)


def value_set(name, *words):
    """Returns all objects for the chart's ci/NAME-values.yaml, including those of hooks."""
    path = os.path.join(rendering.CHART, "ci", f"{name}-values.yaml")
    return parse(rendering.must(*rendering.helm_words("--values", path, *words)))


class Forms(unittest.TestCase):
    """Compares kustomize, the all-in-one file and Helm."""

    maxDiff = None

    def assert_same(self, one, other):
        self.assertEqual(sorted(one), sorted(other))
        for key, obj in one.items():
            self.assertEqual(obj, other[key], key)

    def test_rendered_manifest_is_up_to_date(self):
        rendering.must(os.path.join(rendering.ROOT, "scripts", "render-manifests"), "--check")

    def test_rendered_manifest_begins_with_namespace_and_crd(self):
        with open(os.path.join(DEPLOY, "allinone", "tcr-assistant.yaml"), encoding="utf-8") as file:
            objects = parse(file.read())
        self.assertEqual([kind for kind, _, _ in objects][:2], ["Namespace", "CustomResourceDefinition"])

    def test_objects_have_the_documented_names(self):
        self.assertEqual(set(parse(kustomize("overlays/default"))), NAMES | POLICIES | HOSTS_UPDATER)
        self.assertEqual(set(parse(kustomize("overlays/controller-only"))), NAMES | POLICIES)
        for version in ("1.30", "1.28"):
            self.assertEqual(set(parse(kustomize(f"overlays/kubernetes-before-{version}"))), NAMES | HOSTS_UPDATER)

    def test_chart_without_values_equals_the_default_overlay(self):
        self.assert_same(parse(kustomize("overlays/default")), parse(helm("--set", "namespace.create=true")))

    def test_chart_without_hosts_updater_equals_controller_only(self):
        self.assert_same(
            parse(kustomize("overlays/controller-only")),
            parse(helm("--set", "namespace.create=true", "--set", "hostsUpdater.enabled=false")),
        )

    def test_chart_with_a_namespace_for_hosts_updater_equals_the_overlay(self):
        objects = parse(kustomize("overlays/hosts-namespace"))
        self.assert_same(
            objects, parse(helm("--set", f"namespace.create=true,hostsUpdater.namespace={HOSTS_NAMESPACE}"))
        )
        self.assertEqual(
            set(objects) - NAMES - POLICIES,
            {("Namespace", "", HOSTS_NAMESPACE)} | {(kind, HOSTS_NAMESPACE, name) for kind, _, name in HOSTS_UPDATER},
        )
        self.assertEqual(objects["RoleBinding", HOSTS_NAMESPACE, "hosts-updater"]["subjects"], [
            {"kind": "ServiceAccount", "name": "hosts-updater", "namespace": HOSTS_NAMESPACE}
        ])
        self.assertEqual(pod_security(objects), {NAMESPACE: "restricted", HOSTS_NAMESPACE: "privileged"})
        only = parse(kustomize("overlays/hosts-updater-only"))
        self.assertEqual(only, {key: obj for key, obj in objects.items() if key not in NAMES | POLICIES})

    def test_chart_for_older_servers_equals_the_overlay(self):
        objects = parse(helm("--set", "namespace.create=true", "--kube-version", "1.29.3"))
        self.assert_same(parse(kustomize("overlays/kubernetes-before-1.30")), objects)
        self.assertNotIn("lifecycle", container(objects))

    def test_manifests_for_the_oldest_servers_lack_only_what_these_do_not_know(self):
        newer = parse(kustomize("overlays/kubernetes-before-1.30"))
        older = parse(kustomize("overlays/kubernetes-before-1.28"))
        self.assertIn("x-kubernetes-validations", json.dumps(list(newer.values())))
        crd = ("CustomResourceDefinition", "", "imagepullsecrets.tcr.tencentcloudcr.com")
        without_rules(newer[crd])
        del newer["ValidatingWebhookConfiguration", "", "tcr-assistant-validating-webhook-configuration"]["webhooks"][0][
            "matchConditions"]
        self.assert_same(newer, older)
        for version in ("1.22.0", "v1.27.16-tke.1"):
            self.assert_same(older, parse(helm("--set", "namespace.create=true", "--kube-version", version)))
        self.assert_same(
            parse(kustomize("overlays/kubernetes-before-1.30")),
            parse(helm("--set", "namespace.create=true", "--kube-version", "1.28.0")),
        )

    def test_chart_leaves_policies_out_where_the_server_does_not_serve_them(self):
        policy = "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy"

        def has_policies(version, *apis):
            objects = parse(helm("--kube-version", version, *(word for api in apis for word in ("--api-versions", api))))
            return set(objects) >= POLICIES

        self.assertTrue(has_policies("1.36.3"), "helm template without a server does not know what it serves")
        self.assertTrue(has_policies("1.30.0", "v1/Pod", policy))
        self.assertFalse(has_policies("1.36.3", "v1/Pod"))
        self.assertFalse(has_policies("1.29.3"))

    def test_policy_for_new_accounts_replaces_the_webhook(self):
        overlay = parse(kustomize("overlays/new-accounts-policy"))
        chart = parse(helm("--set", "namespace.create=true,admission.newAccounts=policy"))
        self.assert_same(overlay, chart)
        self.assertEqual(set(overlay), NAMES - {MUTATING_WEBHOOK} | NEW_ACCOUNTS_POLICY | POLICIES | HOSTS_UPDATER)

    def test_auto_takes_the_policy_only_where_it_was_tested(self):
        def has_policy(version, *words):
            objects = parse(helm("--set", "admission.newAccounts=auto", "--kube-version", version, *words))
            self.assertNotEqual(MUTATING_WEBHOOK in objects, set(objects) >= NEW_ACCOUNTS_POLICY)
            return MUTATING_WEBHOOK not in objects

        api = ("--api-versions", "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy")
        self.assertTrue(has_policy("1.36.3", *api))
        self.assertTrue(has_policy("v1.37.0-tke.1", *api))
        self.assertFalse(has_policy("1.36.3"))
        self.assertFalse(has_policy("1.35.4", *api))
        self.assertFalse(has_policy("1.99.0", *api))

    def test_values_of_an_older_chart_keep_the_webhook(self):
        self.assertIn(MUTATING_WEBHOOK, parse(helm("--set", "admission=null")))

    def test_values_of_an_older_chart_keep_the_access_to_secrets(self):
        self.assert_same(parse(helm()), parse(helm("--set", "secretAccess=null")))

    def test_chart_with_secrets_by_name_has_the_rights_of_the_overlay(self):
        overlay = parse(kustomize("overlays/secrets-by-name"))
        chart = parse(helm("--set", "namespace.create=true,secretAccess.byName=true,secretAccess.names={" + SAMPLE + "}"))
        self.assertEqual(rights_of(overlay), rights_of(chart))
        default = parse(kustomize("overlays/default"))
        by_name = rights_of(overlay) - rights_of(default)
        self.assertEqual(by_name, (
            {("secrets", verb, None, ("tcr.ips" + SAMPLE,)) for verb in ("get", "list", "watch", "patch", "delete")} |
            {("secrets", verb, NAMESPACE, ()) for verb in ("list", "watch", "patch")}
        ))
        self.assertEqual(rights_of(default) - rights_of(overlay), {
            ("secrets", verb, None, ()) for verb in ("get", "list", "watch", "patch", "delete")
        })
        # Only RBAC differs.
        rbac = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
        for objects in (overlay, chart):
            self.assert_same(
                {key: obj for key, obj in objects.items() if key[0] not in rbac},
                {key: obj for key, obj in default.items() if key[0] not in rbac},
            )

    def test_overlay_with_secrets_by_name_contains_the_output_of_rbac(self):
        program = os.environ.get("TCR_ASSISTANT", os.path.join(rendering.ROOT, "build", "release", "tcr-assistant"))
        if not os.path.exists(program):
            self.skipTest(f"{program} is missing")
        with open(os.path.join(DEPLOY, "overlays", "secrets-by-name", "granted-names.yaml"), encoding="utf-8") as file:
            self.assertEqual(file.read(), rendering.must(program, "rbac", SAMPLE))

    def test_all_pods_use_the_same_image(self):
        objects = parse(kustomize("overlays/default"))
        images = {
            each["image"]
            for obj in objects.values()
            if obj["kind"] in ("Deployment", "DaemonSet")
            for each in obj["spec"]["template"]["spec"]["containers"]
        }
        self.assertEqual(images, {"tcr-assistant:0.1.0"})

    def test_controllers_pod_is_restricted(self):
        pod = parse(kustomize("overlays/default"))[DEPLOYMENT]["spec"]["template"]["spec"]
        self.assertTrue(pod["securityContext"]["runAsNonRoot"])
        self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
        (one,) = pod["containers"]
        self.assertEqual(one["resources"], {k: {"cpu": "100m", "memory": "30Mi"} for k in ("requests", "limits")})
        self.assertEqual(
            one["securityContext"],
            {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
        )


class Values(unittest.TestCase):
    """Checks what the chart renders from values."""

    def with_values(self, text, *words):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text)
            file.flush()
            return rendering.run(*rendering.helm_words("--no-hooks", "--values", file.name, *words))

    def rendered(self, text, *words):
        done = self.with_values(text, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return parse(done.stdout)

    def refused(self, text, *parts):
        done = self.with_values(text)
        self.assertNotEqual(done.returncode, 0, text)
        for part in parts:
            self.assertIn(part, done.stderr)

    def test_values_of_the_original_add_on_work(self):
        objects = self.rendered(ORIGINAL)
        listed = rendering.yaml.safe_load(
            base64.b64decode(objects["Secret", NAMESPACE, "tcr-assistant-instances"]["data"]["instances.yaml"])
        )
        crs = listed["global"]["imagePullSecretsCrs"]
        self.assertEqual([each["name"] for each in crs], ["tcr-dg284imq-vpc", "tcr-dg284imq-public"])
        # The original values have this user name with and without quotes.
        self.assertEqual({each["dockerUsername"] for each in crs}, {"100012345678"})
        self.assertEqual(listed["global"]["cluster"], {"region": "gz", "longregion": "ap-guangzhou"})
        hosts = rendering.yaml.safe_load(objects["ConfigMap", NAMESPACE, "updater-config"]["data"]["hosts.yaml"])
        self.assertEqual(
            hosts["hosts"],
            [{"domain": "demo-vpc.tencentcloudcr.com", "ip": "172.16.1.95", "disabled": False},
             {"domain": "demo.tencentcloudcr.com", "ip": "172.16.1.95", "disabled": True}],
        )
        self.assertIn("--instances-file=/etc/tcr-assistant/instances/instances.yaml", container(objects)["args"])
        volumes = objects[DEPLOYMENT]["spec"]["template"]["spec"]["volumes"]
        self.assertEqual(volumes, [{"name": "instances", "secret": {"secretName": "tcr-assistant-instances"}}])
        # No other object contains a password.
        del objects["Secret", NAMESPACE, "tcr-assistant-instances"]
        self.assertNotIn("a.b.tcr-token", json.dumps(list(objects.values())))

    def test_instances_and_a_cloud_key(self):
        objects = self.rendered("""
instances:
  - {registryId: tcr-one, region: ap-guangzhou, domains: [public, vpc], credential: {type: tcr, tokenType: temp}}
removalDelay: 1h30m
cloud: {keySecret: keys}
serviceAccount: {annotations: {tke.cloud.tencent.com/role-arn: "qcs::cam::role"}}
""")
        args = container(objects)["args"]
        self.assertIn("--cloud-key-dir=/etc/tcr-assistant/cloud-key", args)
        self.assertIn("--instances-file=/etc/tcr-assistant/instances/instances.yaml", args)
        self.assertIn("--removal-delay=1h30m", args)
        mounted = {each["name"]: each["mountPath"] for each in container(objects)["volumeMounts"]}
        self.assertEqual(
            mounted, {"instances": "/etc/tcr-assistant/instances", "cloud-key": "/etc/tcr-assistant/cloud-key"}
        )
        account = objects["ServiceAccount", NAMESPACE, "tcr-assistant-controller-manager"]
        self.assertEqual(account["metadata"]["annotations"], {"tke.cloud.tencent.com/role-arn": "qcs::cam::role"})

    def test_existing_secret_as_list_of_instances(self):
        objects = self.rendered("instancesSecret: my-list\n")
        self.assertNotIn(("Secret", NAMESPACE, "tcr-assistant-instances"), objects)
        volumes = objects[DEPLOYMENT]["spec"]["template"]["spec"]["volumes"]
        self.assertEqual(volumes, [{"name": "instances", "secret": {"secretName": "my-list"}}])

    def test_switches(self):
        objects = self.rendered("""
logLevel: debug
replicas: 3
extraArgs: [--max-in-flight=8]
extraEnv: [{name: A, value: b}]
priorityClassName: ""
preStopSleepSeconds: 0
admissionPolicies: {enabled: false}
podDisruptionBudget: {enabled: false}
networkPolicy: {webhookCIDRs: [10.0.0.0/28, "2001:db8::/64"]}
serviceMonitor: {enabled: true, labels: {release: prometheus}}
crd: {install: false}
""")
        pod = objects[DEPLOYMENT]["spec"]["template"]["spec"]
        self.assertEqual(pod["containers"][0]["args"], ["controller", "--log-level=debug", "--max-in-flight=8"])
        self.assertNotIn("priorityClassName", pod)
        self.assertNotIn("lifecycle", pod["containers"][0])
        self.assertEqual(objects[DEPLOYMENT]["spec"]["replicas"], 3)
        kinds = {kind for kind, _, _ in objects}
        for left_out in ("ValidatingAdmissionPolicy", "PodDisruptionBudget", "CustomResourceDefinition", "Namespace"):
            self.assertNotIn(left_out, kinds)
        self.assertIn("ServiceMonitor", kinds)
        webhook = objects["NetworkPolicy", NAMESPACE, "tcr-assistant-controller-manager"]["spec"]["ingress"][0]
        self.assertEqual(
            webhook["from"], [{"ipBlock": {"cidr": "10.0.0.0/28"}}, {"ipBlock": {"cidr": "2001:db8::/64"}}]
        )

    def test_other_namespace_is_used_everywhere(self):
        text = rendering.must(*rendering.helm_words("--namespace", "elsewhere"))
        lines = [
            line for line in text.splitlines() if NAMESPACE in line and not line.lstrip().startswith("#")
        ]
        self.assertEqual(lines, [])

    def test_invalid_values_are_refused_with_their_path(self):
        self.refused("replica: 3\n", "replica")
        self.refused("logLevel: loud\n", "logLevel")
        self.refused("replicas: two\n", "replicas")
        self.refused("hostsUpdater: {enable: false}\n", "hostsUpdater", "enable")
        self.refused("hostsUpdater: {namespace: Hosts_1}\n", "hostsUpdater", "namespace")
        self.refused("instances: [{region: ap-guangzhou}]\n", "instances", "registryId")
        self.refused("removalDelay: 5\n", "removalDelay")
        self.refused("removalDelay: 5 minutes\n", "removalDelay")
        entry = "name: x, dockerUsername: u, dockerPassword: p, dockerServer: s.y"
        self.refused("global: {imagePullSecretsCrs: [{" + entry + ", type: oci}]}\n", "imagePullSecretsCrs", "type")
        self.refused("global: {imagePullSecretsCrs: [{" + entry + ", namespace: x}]}\n", "imagePullSecretsCrs", "namespace")
        self.refused("global: {hosts: [{domain: x}]}\n", "hosts", "ip")
        self.refused("networkPolicy: {webhookCIDRs: [everywhere]}\n", "webhookCIDRs")
        self.refused("image: {digest: latest}\n", "digest")
        self.refused("hostNetwork: yes please\n", "hostNetwork")
        self.refused("dnsPolicy: None\n", "dnsPolicy")
        self.refused("ports: {webhook: 0}\n", "webhook")
        self.refused("ports: {webhooks: 9443}\n", "ports", "webhooks")
        self.refused("webhooks: {serviceAccounts: {failurePolicy: fail}}\n", "failurePolicy")
        self.refused("webhooks: {serviceAccounts: {excludedNamespaces: ['kube-*']}}\n", "excludedNamespaces")
        self.refused("webhooks: {serviceAccounts: {namespaceSelector: {team: a}}}\n", "namespaceSelector", "team")
        self.refused("webhooks: {imagePullSecrets: {namespaceSelector: {}}}\n", "imagePullSecrets", "namespaceSelector")
        self.refused("admission: {newAccounts: always}\n", "newAccounts")
        # Labels that select the controller's pods.
        self.refused("commonLabels: {app.kubernetes.io/name: x}\n", "commonLabels")
        self.refused("podLabels: {app.kubernetes.io/component: x}\n", "podLabels")
        self.refused("commonAnnotations: {a: 1}\n", "commonAnnotations")
        self.refused("topologySpreadConstraints: [{maxSkew: 1}]\n", "topologySpreadConstraints", "topologyKey")
        self.refused("extraVolumeMounts: [{name: a}]\n", "extraVolumeMounts", "mountPath")

    def test_a_server_has_the_pattern_of_the_crd(self):
        with open(os.path.join(DEPLOY, "helm", "tcr-assistant", "values.schema.json"), encoding="utf-8") as file:
            values = json.load(file)["properties"]["global"]["properties"]["imagePullSecretsCrs"]["items"]["properties"]
        crd = parse(kustomize("overlays/default"))["CustomResourceDefinition", "", "imagepullsecrets.tcr.tencentcloudcr.com"]
        spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
        server = spec["docker"]["properties"]["server"]
        self.assertEqual(
            values["dockerServer"], {key: server[key] for key in ("type", "minLength", "maxLength", "pattern")}
        )
        entry = "global: {imagePullSecretsCrs: [{name: x, dockerUsername: u, dockerPassword: p, dockerServer: '%s'}]}\n"
        for good in ("registry.example.com/team", "*.example.com", "[fd00::5]:5000"):
            self.assertEqual(self.with_values(entry % good).returncode, 0, good)
        for bad in ("https://registry.example.com", "registry.example.com/", "registry"):
            self.refused(entry % bad, "dockerServer")

    def test_a_refusal_shows_no_password(self):
        done = self.with_values(
            "global: {imagePullSecretsCrs: [{name: X!, dockerUsername: u, dockerPassword: sesame, dockerServer: s.y}]}\n"
        )
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("sesame", done.stderr)

    def test_names_of_secrets_come_from_the_values(self):
        by_name = {"secretAccess": {"byName": True}}
        role = ("ClusterRole", "", "tcr-assistant-secret-access-role")

        def names(values):
            objects = self.rendered(json.dumps(by_name | values))
            return objects[role]["rules"][0]["resourceNames"] if role in objects else None

        # A rule with an empty list of names would be about all Secrets.
        self.assertIsNone(names({}))
        self.assertEqual(names({"global": {"imagePullSecretsCrs": [{
            "name": "b", "dockerServer": "x.y", "dockerUsername": "u", "dockerPassword": "p"
        }]}, "instances": [
            {"registryId": "tcr-1", "region": "r"},
            {"registryId": "tcr-2", "region": "r", "domains": ["public", "vpc", "custom", "x.y:5000/team"]},
        ]}), ["tcr.ips" + name for name in ("b", "tcr-1-public", "tcr-2-public", "tcr-2-vpc", "tcr-2-x.y-5000-team")])
        self.assertEqual(
            names({"secretAccess": {"byName": True, "names": ["b", "a", "b"]}}), ["tcr.ipsa", "tcr.ipsb"]
        )
        self.refused('secretAccess: {byName: true, names: ["Not_a_name"]}', "secretAccess")
        self.refused("secretAccess: {byName: true, name: [a]}", "secretAccess")

    def test_uninstall_hook_has_no_more_rights_on_secrets(self):
        def secret_rules(*words):
            hooks = rendering.hooks("pre-delete", *words)
            return [
                (kind, rule.get("resourceNames"), rule["verbs"])
                for kind in ("ClusterRole", "Role")
                for key, obj in sorted(hooks.items()) if key[0] == kind
                for rule in obj["rules"] if rule["resources"] == ["secrets"]
            ]

        self.assertEqual(secret_rules(), [("ClusterRole", None, ["get", "list", "delete"])])
        # The chart knows no name, so the Job could remove nothing.
        self.assertEqual(rendering.hooks("pre-delete", "--set", "secretAccess.byName=true"), {})
        self.assertEqual(secret_rules("--set", "secretAccess.byName=true,secretAccess.names={a}"), [
            ("ClusterRole", ["tcr.ipsa"], ["get", "list", "delete"]), ("Role", None, ["list", "delete"])
        ])

    def test_uninstall_hook_has_its_own_account(self):
        hooks = rendering.hooks().values()
        self.assertEqual(
            sorted(obj["kind"] for obj in hooks),
            ["ClusterRole", "ClusterRoleBinding", "Job", "Role", "RoleBinding", "ServiceAccount"],
        )
        for obj in hooks:
            notes = obj["metadata"]["annotations"]
            self.assertEqual(notes["helm.sh/hook"], "pre-delete")
            self.assertEqual(notes["helm.sh/hook-delete-policy"], "before-hook-creation,hook-succeeded")
            self.assertEqual(obj["metadata"]["name"], "tcr-assistant-cleanup")

    def test_namespace_of_hosts_updater(self):
        objects = self.rendered(f"""
global: {{hosts: [{{domain: demo.tencentcloudcr.com, ip: 172.16.1.95}}]}}
commonLabels: {{example.com/team: platform}}
serviceMonitor: {{enabled: true}}
hostsUpdater: {{namespace: {HOSTS_NAMESPACE}}}
""", "--namespace", "elsewhere")
        # Helm creates the release's namespace itself.
        self.assertEqual(pod_security(objects), {HOSTS_NAMESPACE: "privileged"})
        labels = objects["Namespace", "", HOSTS_NAMESPACE]["metadata"]["labels"]
        self.assertEqual(labels["app.kubernetes.io/part-of"], "tcr-assistant")
        self.assertEqual(labels["example.com/team"], "platform")
        self.assertIn("172.16.1.95", objects["ConfigMap", HOSTS_NAMESPACE, "updater-config"]["data"]["hosts.yaml"])
        self.assertEqual(
            {key for key in objects if key[1] == HOSTS_NAMESPACE},
            {(kind, HOSTS_NAMESPACE, name) for kind, _, name in HOSTS_UPDATER},
        )
        # The release's own namespace is not created twice.
        self.assertEqual(pod_security(self.rendered(f"hostsUpdater: {{namespace: {NAMESPACE}}}\n")), {})
        self.assertEqual(pod_security(self.rendered(f"hostsUpdater: {{enabled: false, namespace: {HOSTS_NAMESPACE}}}\n")), {})

    def test_pod_security_level_of_the_namespace(self):
        own = f"hostsUpdater.namespace={HOSTS_NAMESPACE}"
        for values, level in (
            ("", "privileged"), ("hostsUpdater.namespace=" + NAMESPACE, "privileged"),
            ("hostsUpdater.enabled=false", "privileged"), (own, "restricted"), (own + ",hostNetwork=true", "privileged"),
            (own + ",podSecurityContext.runAsNonRoot=false,podSecurityContext.runAsUser=0", "privileged"),
            (own + ",securityContext.allowPrivilegeEscalation=true", "privileged"),
            (own + ",extraVolumes[0].name=a,extraVolumes[0].nfs.server=a", "privileged"),
            (own + ",extraVolumes[0].name=a,extraVolumes[0].hostPath.path=/a", "privileged"),
            (own + ",extraVolumes[0].name=a,extraVolumes[0].configMap.name=a", "restricted"),
        ):
            objects = parse(helm("--set", ",".join(["namespace.create=true"] + [values] * bool(values))))
            self.assertEqual(pod_security(objects)[NAMESPACE], level, values)

    def test_controller_in_the_nodes_network(self):
        objects = value_set("eks")
        pod = objects[DEPLOYMENT]["spec"]["template"]["spec"]
        self.assertTrue(pod["hostNetwork"])
        self.assertNotIn("dnsPolicy", pod)
        one = pod["containers"][0]
        self.assertEqual({each["name"]: each["containerPort"] for each in one["ports"]},
                         {"webhook": 10260, "metrics": 10261, "probes": 10262})
        self.assertEqual(one["args"][1:], ["--webhook-bind-address=:10260", "--metrics-bind-address=:10261",
                                           "--health-probe-bind-address=:10262"])
        self.assertEqual([each["port"] for rule in objects["NetworkPolicy", *DEPLOYMENT[1:]]["spec"]["ingress"]
                          for each in rule["ports"]], [10260, 10261])
        for service, port, target in (("webhook", 443, 10260), ("metrics", 8080, 10261)):
            (found,) = objects["Service", NAMESPACE, f"tcr-assistant-{service}-service"]["spec"]["ports"]
            self.assertEqual((found["port"], found["targetPort"]), (port, target))
        for key in (DAEMON_SET, JOB, TEST_POD):
            self.assertNotIn("hostNetwork", pod_of(objects[key])["spec"], key)

    def test_webhook_port_alone(self):
        objects = value_set("gke")
        self.assertEqual(container(objects)["args"], ["controller", "--webhook-bind-address=:10250"])
        (port,) = objects["Service", NAMESPACE, "tcr-assistant-webhook-service"]["spec"]["ports"]
        self.assertEqual((port["port"], port["targetPort"]), (443, 10250))

    def test_user_can_be_left_to_the_cluster(self):
        objects = value_set("openshift")
        for key in (DEPLOYMENT, JOB, TEST_POD):
            self.assertEqual(
                pod_of(objects[key])["spec"]["securityContext"],
                {"runAsNonRoot": True, "runAsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}}, key,
            )
        self.assertNotIn(DAEMON_SET, objects)

    def test_security_contexts_are_values(self):
        objects = parse(rendering.must(*rendering.helm_words(
            "--set", "podSecurityContext.fsGroup=7,securityContext.privileged=false,securityContext.capabilities=null",
        )))
        for key in (DEPLOYMENT, JOB, TEST_POD):
            self.assertEqual(pod_of(objects[key])["spec"]["securityContext"]["fsGroup"], 7, key)
            self.assertEqual(
                container(objects, key)["securityContext"],
                {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "privileged": False}, key,
            )

    def test_image_by_digest_and_its_pull_secrets(self):
        objects = value_set("full")
        image = "registry.example.com/infra/tcr-assistant@sha256:" + "0123456789abcdef" * 4
        for key in (DEPLOYMENT, DAEMON_SET, JOB, TEST_POD):
            self.assertEqual(container(objects, key)["image"], image, key)
            self.assertEqual(pod_of(objects[key])["spec"]["imagePullSecrets"], [{"name": "registry"}], key)

    def test_common_labels_and_annotations_are_on_every_object(self):
        more = "--set=namespace.create=true,serviceMonitor.enabled=true,serviceMonitor.labels.release=one"
        objects = value_set("full", more)
        self.assertEqual(set(objects), set(rendering.parse(rendering.must(*rendering.helm_words(
            "--set=namespace.create=true,serviceMonitor.enabled=true")))) | {("Secret", NAMESPACE, "tcr-assistant-instances")})
        plain = parse(helm())
        for key, obj in objects.items():
            for meta in [obj["metadata"]] + ([pod_of(obj)["metadata"]] if key in (DEPLOYMENT, DAEMON_SET, JOB) else []):
                self.assertIn("example.com/team", meta["labels"], key)
                self.assertEqual(meta["labels"]["app.kubernetes.io/name"], "tcr-assistant", key)
                self.assertEqual(meta["annotations"]["example.com/contact"], "platform@example.com", key)
            # An object that exists cannot get another selector.
            if key in plain and "selector" in obj.get("spec", {}):
                self.assertEqual(obj["spec"]["selector"], plain[key]["spec"]["selector"], key)
        monitor = objects["ServiceMonitor", *DEPLOYMENT[1:]]["metadata"]["labels"]
        self.assertEqual((monitor["release"], monitor["example.com/team"]), ("one", "platform"))
        crd = objects["CustomResourceDefinition", "", "imagepullsecrets.tcr.tencentcloudcr.com"]
        self.assertEqual(crd["metadata"]["annotations"]["helm.sh/resource-policy"], "keep")
        account = objects["ServiceAccount", *DEPLOYMENT[1:]]["metadata"]["annotations"]
        self.assertEqual(account["tke.cloud.tencent.com/role-arn"], "qcs::cam::role")
        # Labels and annotations for one pod override those for all objects.
        for key, team, pod in ((DEPLOYMENT, "registry", "controller"), (DAEMON_SET, "nodes", "agent")):
            meta = objects[key]["spec"]["template"]["metadata"]
            self.assertEqual(meta["labels"]["example.com/team"], team)
            self.assertEqual(meta["annotations"]["example.com/pod"], pod)
        self.assertEqual(
            objects[DEPLOYMENT]["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"],
            "controller-manager",
        )

    def test_webhooks_select_objects(self):
        objects = value_set("full")
        name = "tcr-assistant-{}-webhook-configuration"
        (validating,) = objects["ValidatingWebhookConfiguration", "", name.format("validating")]["webhooks"]
        self.assertEqual(validating["failurePolicy"], "Ignore")
        self.assertEqual(validating["objectSelector"], {"matchLabels": {"example.com/checked": "yes"}})
        (mutating,) = objects["MutatingWebhookConfiguration", "", name.format("mutating")]["webhooks"]
        self.assertEqual(mutating["failurePolicy"], "Fail")
        self.assertEqual(mutating["objectSelector"],
                         {"matchExpressions": [{"key": "example.com/unserved", "operator": "DoesNotExist"}]})
        left_out = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": [NAMESPACE, "kube-system"]}
        self.assertEqual(mutating["namespaceSelector"], {
            "matchLabels": {"example.com/served": "yes"},
            "matchExpressions": [left_out, {"key": "example.com/legacy", "operator": "DoesNotExist"}],
        })
        # The policy for new accounts selects the same objects as the mutating webhook.
        policy = value_set("full", "--set=admission.newAccounts=policy")[
            "MutatingAdmissionPolicy", "", "tcr-assistant-new-accounts"]["spec"]
        self.assertEqual(policy["failurePolicy"], mutating["failurePolicy"])
        for selector in ("namespaceSelector", "objectSelector"):
            self.assertEqual(policy["matchConstraints"][selector], mutating[selector])

    def test_scheduling_and_volumes(self):
        objects = value_set("full")
        pod = objects[DEPLOYMENT]["spec"]["template"]["spec"]
        self.assertEqual(pod["dnsPolicy"], "Default")
        self.assertIn("nodeAffinity", pod["affinity"])
        self.assertEqual(pod["topologySpreadConstraints"], [{
            "maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": CONTROLLER_LABELS},
        }])
        one = pod["containers"][0]
        self.assertIn({"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"}, one["env"])
        self.assertEqual([each["name"] for each in pod["volumes"]], ["instances", "cloud-key", "authorities"])
        self.assertEqual([each["mountPath"] for each in one["volumeMounts"]],
                         ["/etc/tcr-assistant/instances", "/etc/tcr-assistant/cloud-key", "/etc/authorities"])
        agent = objects[DAEMON_SET]["spec"]["template"]["spec"]
        self.assertIn("nodeAffinity", agent["affinity"])
        self.assertEqual(agent["priorityClassName"], "system-node-critical")

    def test_own_selector_of_a_topology_spread_stays(self):
        selector = {"matchExpressions": [{"key": "a", "operator": "Exists"}]}
        spread = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": selector}
        objects = self.rendered(json.dumps({"topologySpreadConstraints": [spread]}))
        self.assertEqual(objects[DEPLOYMENT]["spec"]["template"]["spec"]["topologySpreadConstraints"], [spread])
        objects = self.rendered("topologySpreadConstraints: []\n")
        self.assertNotIn("topologySpreadConstraints", objects[DEPLOYMENT]["spec"]["template"]["spec"])

    def test_volumes_without_mounts_and_mounts_without_volumes(self):
        objects = self.rendered("extraVolumes: [{name: a, emptyDir: {}}]\n")
        self.assertEqual(objects[DEPLOYMENT]["spec"]["template"]["spec"]["volumes"], [{"name": "a", "emptyDir": {}}])
        self.assertNotIn("volumeMounts", container(objects))
        objects = self.rendered("extraVolumeMounts: [{name: a, mountPath: /a}]\n")
        self.assertEqual(container(objects)["volumeMounts"], [{"name": "a", "mountPath": "/a"}])

    def test_test_pod_runs_the_same_image_with_the_controllers_account(self):
        ((key, pod),) = rendering.hooks("test").items()
        self.assertEqual(key, TEST_POD)
        self.assertEqual(pod["spec"]["serviceAccountName"], "tcr-assistant-controller-manager")
        self.assertEqual(pod["spec"]["containers"][0]["image"], "tcr-assistant:0.1.0")
        self.assertEqual(pod["spec"]["containers"][0]["args"], ["explain", "--all-namespaces"])
        # The webhooks' Service must not send requests to the test pod.
        self.assertNotEqual(pod["metadata"]["labels"]["app.kubernetes.io/component"], "controller-manager")


class Chart(unittest.TestCase):
    """Checks what Artifact Hub shows, and the chart's page."""

    def setUp(self):
        with open(os.path.join(rendering.CHART, "Chart.yaml"), encoding="utf-8") as file:
            self.chart = rendering.yaml.safe_load(file)
        self.notes = {
            name.removeprefix("artifacthub.io/"): rendering.yaml.safe_load(text)
            for name, text in self.chart["annotations"].items()
        }

    def test_images_are_those_of_the_default_values(self):
        self.assertEqual([each["image"] for each in self.notes["images"]], [container(parse(helm()))["image"]])

    def test_crd_is_the_one_that_the_chart_installs(self):
        (crd,) = [obj for obj in parse(helm()).values() if obj["kind"] == "CustomResourceDefinition"]
        shown = {(each["name"], each["kind"], each["version"]) for each in self.notes["crds"]}
        self.assertEqual(shown, {(crd["metadata"]["name"], crd["spec"]["names"]["kind"], crd["spec"]["versions"][0]["name"])})
        (example,) = self.notes["crdsExamples"]
        self.assertEqual((example["apiVersion"], example["kind"]), ("tcr.tencentcloudcr.com/v1", "ImagePullSecret"))

    def test_page_describes_every_value(self):
        with open(os.path.join(rendering.CHART, "README.md"), encoding="utf-8") as file:
            rows = re.findall(r"^\| `([^`]+)` \|.*\|([^|]*)\|$", file.read(), re.MULTILINE)
        self.assertGreater(len(rows), 50)
        self.assertEqual([name for name, description in rows if not description.strip()], [])

    def test_entries_have_the_documented_form(self):
        self.assertEqual(self.notes["category"], "security")
        self.assertEqual(self.notes["license"], "Apache-2.0")
        for link in self.notes["links"]:
            self.assertTrue(link["name"] and link["url"].startswith("https://"), link)
        for change in self.notes["changes"]:
            self.assertIn(change["kind"], ("added", "changed", "deprecated", "removed", "fixed", "security"))
            self.assertTrue(change["description"])


if __name__ == "__main__":
    rendering.skip_without_tools()
    unittest.main(verbosity=2)
