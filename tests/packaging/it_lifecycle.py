#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs, upgrades and uninstalls with kubectl and with Helm on a real control plane, also over the original add-on, and
checks the admission policies for the controller's account. There is no node: the controller runs beside the control plane, as
its own account with the installed rights.

Usage: it_lifecycle.py TCR_ASSISTANT. Needs $TCR_HELM and $TCR_KUSTOMIZE; without them the test is skipped.
"""

import base64
import itertools
import json
import os
import sys
import tempfile
import unittest

import rendering
from cluster import Cluster, eventually
from rendering import CHART, DEPLOY, HELM, NAMESPACE, VALUE_SETS, parse

PROGRAM = os.path.abspath(sys.argv.pop(1)) if __name__ == "__main__" else ""
CRD = "imagepullsecrets.tcr.tencentcloudcr.com"
ALLINONE = os.path.join(DEPLOY, "allinone", "tcr-assistant.yaml")
HOSTS_NAMESPACE = "tcr-assistant-hosts"
HOSTS_PAGE = os.path.join(rendering.ROOT, "docs", "operate", "hosts-updater.md")
NAME = "tcr-dg284imq-vpc"
SECRET = "tcr.ips" + NAME
MUTATING_WEBHOOK = "tcr-assistant-mutating-webhook-configuration"

SPEC = f"""
apiVersion: tcr.tencentcloudcr.com/v1
kind: ImagePullSecret
metadata: {{name: {NAME}}}
spec:
  namespaces: "*"
  serviceAccounts: "*"
  docker: {{server: demo-vpc.tencentcloudcr.com, username: "100012345678", password: a.b.tcr-token}}
"""

# From the commands of docs/use/install.md.
LABELLED = "app.kubernetes.io/part-of=tcr-assistant"
CLUSTER_KINDS = "validatingwebhookconfiguration,mutatingwebhookconfiguration,clusterrolebinding,clusterrole"
POLICY_KINDS = "validatingadmissionpolicybinding,validatingadmissionpolicy"


class Lifecycle(unittest.TestCase):
    """Each case begins and ends with a cluster in which tcr-assistant is not installed."""

    @classmethod
    def setUpClass(cls):
        os.environ["TCR_ASSISTANT"] = PROGRAM
        cls.cluster = Cluster("lifecycle")
        cls.addClassCleanup(cls.cluster.stop)
        cls.serves_policies = cls.cluster.minor >= 30

    # --- shared steps

    def manifest(self):
        """Returns what docs/use/install.md says to apply on this version of Kubernetes."""
        if not self.serves_policies:
            return rendering.kustomize("overlays/kubernetes-before-1.30")
        with open(ALLINONE, encoding="utf-8") as file:
            return file.read()

    def render(self, *words):
        """Renders the chart for the version of this server."""
        return rendering.helm("--kube-version", f"1.{self.cluster.minor}.0", *words)

    def start_controller(self):
        self.cluster.sandbox("controller", "start", "--webhooks")

    def stop_controller(self):
        self.cluster.sandbox("controller", "stop")

    def apply_spec(self):
        """Creates an ImagePullSecret. Retries until the webhook is reachable and its certificate is trusted."""
        self.assertTrue(eventually(lambda: self.cluster.try_kubectl("apply", "-f", "-", text=SPEC).returncode == 0))

    def references(self, namespace, account="default"):
        found = self.cluster.find("serviceaccount", namespace, account)
        return [each["name"] for each in (found or {}).get("imagePullSecrets", [])]

    def assert_served(self, namespace):
        self.assertTrue(eventually(lambda: SECRET in self.references(namespace)), namespace)
        self.assertTrue(eventually(lambda: self.cluster.find("secret", namespace, SECRET)), namespace)

    def create_served_namespace(self, name):
        self.cluster.kubectl("create", "namespace", name)
        self.addCleanup(self.cluster.kubectl, "delete", "namespace", name, "--wait=false")
        self.assert_served(name)

    def assert_installed(self, objects):
        missing = [key for key in objects if not self.cluster.find(*key)]
        self.assertEqual(missing, [])

    def clean_up(self):
        done = rendering.run(PROGRAM, "cleanup", "--kubeconfig", self.cluster.settings["KUBECONFIG"])
        self.assertEqual(done.returncode, 0, done.stderr)
        left = json.loads(self.cluster.kubectl("get", "secrets", "-A", "-o", "json"))["items"]
        self.assertEqual([each["metadata"]["name"] for each in left if each["metadata"]["name"].startswith("tcr")], [])
        accounts = json.loads(self.cluster.kubectl("get", "serviceaccounts", "-A", "-o", "json"))["items"]
        self.assertEqual([each["metadata"] for each in accounts if SECRET in json.dumps(each.get("imagePullSecrets"))], [])

    def assert_nothing_remains(self, *expected):
        """Checks that of the objects in the manifest only `expected` exist."""
        left = [key for key in parse(self.manifest()) if self.cluster.find(*key)]
        self.assertEqual(left, list(expected))

    def delete_crd(self):
        self.cluster.kubectl("delete", "crd", CRD)

    def uninstall_by_kubectl(self):
        """Follows docs/use/install.md. The CRD stays, and with it the ImagePullSecrets."""
        self.cluster.kubectl("delete", CLUSTER_KINDS, "-l", LABELLED)
        if self.serves_policies:
            self.cluster.kubectl("delete", POLICY_KINDS, "-l", LABELLED)
        self.cluster.kubectl("delete", "role,rolebinding", "-n", "default", "-l", LABELLED)
        self.cluster.kubectl("delete", "namespace", NAMESPACE)

    def helm(self, *words):
        return rendering.run(HELM, *words, "--namespace", NAMESPACE)

    def must_helm(self, *words):
        done = self.helm(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def kubeconfig_of(self, account, namespace=NAMESPACE):
        """Writes a kubeconfig for one of our accounts. Returns its path."""
        folder = os.path.join(self.cluster.settings["SANDBOX_DIR"], account)
        self.cluster.sandbox("service-account", namespace, account, folder)
        server = self.cluster.settings["SANDBOX_APISERVER_PORT"]
        file = os.path.join(folder, "kubeconfig")
        with open(file, "w", encoding="utf-8") as out:
            out.write(
                "apiVersion: v1\nkind: Config\ncurrent-context: main\n"
                "contexts: [{name: main, context: {cluster: one, user: me}}]\n"
                f"clusters: [{{name: one, cluster: {{server: 'https://127.0.0.1:{server}', "
                f"certificate-authority: '{folder}/ca.crt'}}}}]\n"
                f"users: [{{name: me, user: {{tokenFile: '{folder}/token'}}}}]\n"
            )
        return file

    # --- cases

    def test_kubectl(self):
        # Imitate an earlier version, which had one column less and one replica.
        objects = parse(self.manifest())
        objects["CustomResourceDefinition", "", CRD]["spec"]["versions"][0]["additionalPrinterColumns"].pop()
        objects["Deployment", NAMESPACE, "tcr-assistant-controller-manager"]["spec"]["replicas"] = 1
        self.cluster.apply(rendering.yaml.safe_dump_all(list(objects.values())))
        self.assert_installed(objects)
        self.cluster.kubectl("wait", "--for=condition=Established", "--timeout=180s", "crd/" + CRD)
        self.start_controller()
        self.apply_spec()
        self.create_served_namespace("by-kubectl")
        if self.serves_policies:
            # The policies did not block the controller. They must block everything else.
            self.check_admission_policies("by-kubectl")

        # Applying the manifest again keeps the user's data in updater-config.
        hosts = {"data": {"hosts.yaml": "hosts: [{domain: a.example, ip: 10.1.1.1}]"}}
        self.cluster.kubectl("patch", "configmap", "-n", NAMESPACE, "updater-config", "-p", json.dumps(hosts))
        self.cluster.apply(self.manifest())
        self.assertEqual(self.cluster.find("configmap", NAMESPACE, "updater-config")["data"], hosts["data"])
        columns = self.cluster.find("crd", "", CRD)["spec"]["versions"][0]["additionalPrinterColumns"]
        self.assertEqual(columns[-1]["name"], "Expires")
        deployment = self.cluster.find("deployment", NAMESPACE, "tcr-assistant-controller-manager")
        self.assertEqual(deployment["spec"]["replicas"], 2)
        # A further apply would change nothing.
        self.assertEqual(self.cluster.kubectl("diff", "-f", "-", text=self.manifest()), "")
        self.assert_served("by-kubectl")

        self.stop_controller()
        self.clean_up()
        deployment = self.cluster.find("deployment", NAMESPACE, "tcr-assistant-controller-manager")
        self.assertEqual(deployment["spec"]["replicas"], 0)
        self.uninstall_by_kubectl()
        self.assert_nothing_remains(("CustomResourceDefinition", "", CRD))
        self.assertTrue(self.cluster.find("imagepullsecret", "", NAME))
        self.delete_crd()

    def test_helm(self):
        self.must_helm("install", "tcr-assistant", CHART, "--create-namespace")
        self.assert_installed(parse(self.manifest()))
        self.start_controller()
        self.apply_spec()
        made = rendering.yaml.safe_load(SPEC)
        made["metadata"] = {
            "name": "made",
            "labels": {
                "app.kubernetes.io/managed-by": "tcr-assistant", "tcr.tencentcloudcr.com/instance": "tcr-dg284imq",
            },
        }
        self.cluster.apply(rendering.yaml.safe_dump(made))
        self.create_served_namespace("by-helm")
        self.assertTrue(eventually(lambda: self.chart_test().returncode == 0), self.chart_test().stdout)

        # Upgrade with changed values, and with a CRD that another client reverted.
        self.cluster.kubectl(
            "patch", "crd", CRD, "--type", "json",
            "-p", '[{"op": "remove", "path": "/spec/versions/0/additionalPrinterColumns/6"}]',
        )
        hosts = "global.hosts[0].domain=a.example,global.hosts[0].ip=10.1.1.1"
        self.must_helm("upgrade", "tcr-assistant", CHART, "--set", "logLevel=debug,replicas=3", "--set", hosts)
        self.assertEqual(self.controller_arguments(), ["controller", "--log-level=debug"])
        self.assertIn("a.example", self.cluster.find("configmap", NAMESPACE, "updater-config")["data"]["hosts.yaml"])
        columns = self.cluster.find("crd", "", CRD)["spec"]["versions"][0]["additionalPrinterColumns"]
        self.assertEqual(columns[-1]["name"], "Expires")
        self.assert_served("by-helm")

        # The controller writes caBundle: an upgrade keeps it.
        webhook = self.cluster.find(
            "validatingwebhookconfiguration", "", "tcr-assistant-validating-webhook-configuration"
        )["webhooks"][0]
        self.assertIn(b"CERTIFICATE", base64.b64decode(webhook["clientConfig"]["caBundle"]))

        self.must_helm("rollback", "tcr-assistant", "1")
        self.assertEqual(self.controller_arguments(), ["controller"])
        self.assertNotIn("data", self.cluster.find("configmap", NAMESPACE, "updater-config"))
        self.assert_served("by-helm")
        bad = self.helm("upgrade", "tcr-assistant", CHART, "--set", "replica=3")
        self.assertIn("replica", bad.stderr)
        self.assertNotEqual(bad.returncode, 0)

        # The account references a missing Secret and a foreign one: the hook must read both.
        self.cluster.kubectl(
            "create", "secret", "generic", "tcr.ipstheirs", "-n", "by-helm", "--from-literal=a=b",
        )
        names = [{"name": "tcr.ipsgone"}, {"name": "tcr.ipstheirs"}, {"name": SECRET}]
        self.cluster.kubectl("patch", "serviceaccount", "-n", "by-helm", "default", "-p", json.dumps({"imagePullSecrets": names}))

        # No node runs the hook's Job, so the test runs the same command with the hook's rights. The objects of this case
        # make each of these rights necessary: one ImagePullSecret is managed by a list, and the lease is deleted.
        self.stop_controller()
        self.cluster.kubectl("delete", "secret", "-n", "by-helm", SECRET)
        found = self.chart_test()
        self.assertEqual(found.returncode, 1)
        self.assertIn(f"Namespace by-helm, ImagePullSecret {NAME}: Secret {SECRET} does not exist", found.stdout)
        self.cluster.kubectl("delete", "lease", "-n", NAMESPACE, "tcr-assistant-leader-election")
        self.clean_up_with_rights_of_the_hook()
        self.must_helm("uninstall", "tcr-assistant", "--no-hooks")
        self.cluster.kubectl("delete", "namespace", NAMESPACE)
        self.assert_nothing_remains(("CustomResourceDefinition", "", CRD))
        self.assertTrue(self.cluster.find("imagepullsecret", "", NAME))
        self.delete_crd()

    def test_helm_with_secrets_by_name(self):
        """The accounts of the chart, of its test and of its hook may read no other Secret, and everything works."""
        by_name = ("--set", f"secretAccess.byName=true,secretAccess.names={{{NAME}}}")
        self.must_helm("install", "tcr-assistant", CHART, "--create-namespace", *by_name)
        self.start_controller()
        self.apply_spec()
        self.create_served_namespace("by-name")
        self.assertTrue(eventually(lambda: self.chart_test().returncode == 0), self.chart_test().stdout)
        for account in ("tcr-assistant-controller-manager", "tcr-assistant-cleanup"):
            self.assertEqual(self.may_list_secrets(account), "no\n", account)

        # Grant all Secrets and then only those by name again, while the controller runs.
        self.must_helm("upgrade", "tcr-assistant", CHART, "--reset-values")
        self.assertEqual(self.may_list_secrets("tcr-assistant-controller-manager"), "yes\n")
        self.create_served_namespace("all-secrets")
        self.must_helm("upgrade", "tcr-assistant", CHART, *by_name)
        self.create_served_namespace("by-name-again")

        self.stop_controller()
        hooks = [obj for obj in rendering.hooks("pre-delete", *by_name).values() if obj["kind"] != "Job"]
        self.cluster.apply(rendering.yaml.safe_dump_all(hooks))
        done = rendering.run(
            PROGRAM, "cleanup", "--kubeconfig", self.kubeconfig_of("tcr-assistant-cleanup"), "--namespace", NAMESPACE
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"Checked only the names that this account may access: {SECRET}.", done.stdout)
        self.clean_up()
        self.must_helm("uninstall", "tcr-assistant", "--no-hooks")
        self.uninstall_by_kubectl()
        self.delete_crd()
        self.assert_nothing_remains()

    def may_list_secrets(self, account):
        """Returns "yes" or "no" with a line break: whether the account in our namespace may list all Secrets."""
        user = f"system:serviceaccount:{NAMESPACE}:{account}"
        return self.cluster.try_kubectl("auth", "can-i", "list", "secrets", "-A", "--as", user).stdout

    def test_helm_with_the_policy_for_new_accounts(self):
        """`auto` installs the policy where it was tested, else the webhook, and an upgrade exchanges them."""
        auto = ("--set", "admission.newAccounts=auto")
        self.must_helm("install", "tcr-assistant", CHART, "--create-namespace", *auto)
        has_policy = self.cluster.minor >= 36
        self.assert_new_accounts_are_served_by(policy=has_policy)
        self.start_controller()
        self.apply_spec()
        self.create_served_namespace("by-policy")
        self.stop_controller()
        if has_policy:
            # The sandbox created the webhook with the controller.
            self.cluster.kubectl("delete", "mutatingwebhookconfiguration", MUTATING_WEBHOOK)
            # The policy takes effect some seconds after its creation.
            names = (f"new-{number}" for number in itertools.count())
            self.assertTrue(eventually(lambda: self.references_of_new_account("by-policy", next(names)) == [SECRET]))
        # Without this option, Helm keeps the values of the installation.
        self.must_helm("upgrade", "tcr-assistant", CHART, "--reset-values")
        self.assert_new_accounts_are_served_by(policy=False)
        self.must_helm("upgrade", "tcr-assistant", CHART, *auto)
        self.assert_new_accounts_are_served_by(policy=has_policy)
        self.clean_up()
        self.must_helm("uninstall", "tcr-assistant", "--no-hooks")
        self.cluster.kubectl("delete", "namespace", NAMESPACE)
        self.delete_crd()
        self.assert_nothing_remains()

    def assert_new_accounts_are_served_by(self, policy):
        self.assertEqual(bool(self.cluster.find("mutatingwebhookconfiguration", "", MUTATING_WEBHOOK)), not policy)
        if self.cluster.minor >= 36:
            for kind in ("mutatingadmissionpolicy", "mutatingadmissionpolicybinding"):
                self.assertEqual(bool(self.cluster.find(kind, "", "tcr-assistant-new-accounts")), policy)

    def references_of_new_account(self, namespace, name):
        """Creates an account. Returns the references of the answer: the controller may add others later."""
        created = json.loads(self.cluster.kubectl("create", "serviceaccount", name, "-n", namespace, "-o", "json"))
        return [each["name"] for each in created.get("imagePullSecrets", [])]

    def chart_test(self):
        """Runs the command of `helm test`, with its account: there is no node for its pod."""
        (pod,) = rendering.hooks("test").values()
        file = self.kubeconfig_of(pod["spec"]["serviceAccountName"])
        return rendering.run(PROGRAM, *pod["spec"]["containers"][0]["args"], "--kubeconfig", file)

    def test_value_sets(self):
        """The API server accepts what the chart renders for each file of values, and keeps it."""
        self.must_helm("install", "tcr-assistant", CHART, "--create-namespace")
        self.assertIn("The cluster has no ImagePullSecret.", self.chart_test().stdout)
        for path in VALUE_SETS:
            with self.subTest(values=os.path.basename(path)):
                self.must_helm("upgrade", "tcr-assistant", CHART, "--values", path)
                for key, obj in parse(self.render("--values", path)).items():
                    self.assert_contains(self.cluster.find(*key), obj, key)
                hooks = [obj for event in ("pre-delete", "test") for obj in rendering.hooks(event, "--values", path).values()]
                self.cluster.apply(rendering.yaml.safe_dump_all(hooks), "--dry-run=server")
        self.must_helm("uninstall", "tcr-assistant", "--no-hooks")
        self.cluster.kubectl("delete", "namespace", NAMESPACE)
        self.delete_crd()
        self.assert_nothing_remains()

    def pods(self, namespace, component):
        """Returns how many pods of the component exist. Without a scheduler and a node they stay pending."""
        selector = "app.kubernetes.io/component=" + component
        return len(json.loads(self.cluster.kubectl("get", "pods", "-n", namespace, "-l", selector, "-o", "json"))["items"])

    def refusals(self, namespace):
        """Returns the Events of pods that Pod Security refused."""
        events = json.loads(self.cluster.kubectl("get", "events", "-n", namespace, "-o", "json"))["items"]
        return [each for each in events if "violates PodSecurity" in each["message"]]

    def apply_node(self):
        """Creates a Node, so that the DaemonSet's controller creates a pod."""
        labels = {"kubernetes.io/os": "linux"}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one", "labels": labels}}
        self.cluster.apply(json.dumps(node))
        self.addCleanup(self.cluster.kubectl, "delete", "node", "one")

    def test_hosts_updater_in_a_namespace_of_its_own(self):
        """Moves the agent with Helm, as on its page: it needs "privileged", the controller conforms to "restricted"."""
        self.apply_node()
        self.cluster.kubectl("create", "namespace", NAMESPACE)
        levels = [f"pod-security.kubernetes.io/{mode}=restricted" for mode in ("enforce", "warn")]
        self.cluster.kubectl("label", "namespace", NAMESPACE, *levels)
        hosts = "global.hosts[0].domain=a.example,global.hosts[0].ip=10.1.1.1"
        self.must_helm("install", "tcr-assistant", CHART, "--set", hosts)
        self.assertTrue(eventually(lambda: self.pods(NAMESPACE, "controller-manager") == 2))
        self.assertTrue(eventually(lambda: self.refusals(NAMESPACE)))
        self.assertEqual({each["involvedObject"]["kind"] for each in self.refusals(NAMESPACE)}, {"DaemonSet"})
        self.assertEqual(self.pods(NAMESPACE, "hosts-updater"), 0)

        own = ("--set", "hostsUpdater.namespace=" + HOSTS_NAMESPACE)
        self.cluster.kubectl("delete", "daemonset", "-n", NAMESPACE, "hosts-updater", "--cascade=foreground")
        notes = self.must_helm("upgrade", "tcr-assistant", CHART, "--reuse-values", *own)
        self.assertIn("enforce=restricted", notes)
        self.assertTrue(eventually(lambda: self.pods(HOSTS_NAMESPACE, "hosts-updater") == 1))
        self.assertEqual(self.refusals(HOSTS_NAMESPACE), [])
        for key in parse(self.render(*own)):
            if key[1] == HOSTS_NAMESPACE:
                self.assertTrue(self.cluster.find(*key), key)
                self.assertFalse(self.cluster.find(key[0], NAMESPACE, key[2]), key)
        for event in ("pre-delete", "test"):
            text = rendering.yaml.safe_dump_all(rendering.hooks(event, *own).values())
            done = self.cluster.try_kubectl("apply", "--dry-run=server", "-f", "-", text=text)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

        # The agent reads its ConfigMap in its own namespace, with its account's rights.
        with tempfile.NamedTemporaryFile("w+") as file:
            done = rendering.run(
                PROGRAM, "hosts-updater", "--once", "--hosts-file", file.name, "--check-dns=false",
                "--namespace", HOSTS_NAMESPACE, "--kubeconfig", self.kubeconfig_of("hosts-updater", HOSTS_NAMESPACE),
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(file.name, encoding="utf-8") as now:
                self.assertIn("10.1.1.1 a.example", now.read())

        self.must_helm("uninstall", "tcr-assistant", "--no-hooks")
        self.assertTrue(eventually(lambda: not self.cluster.find("namespace", "", HOSTS_NAMESPACE)))
        self.cluster.kubectl("delete", "namespace", NAMESPACE)
        self.delete_crd()
        self.assert_nothing_remains()

    def test_hosts_updater_is_moved_by_kubectl(self):
        if not self.serves_policies:
            self.skipTest("deploy/overlays/hosts-namespace contains admission policies")
        self.apply_node()
        self.cluster.apply(self.manifest())
        hosts = {"data": {"hosts.yaml": "hosts: [{domain: a.example, ip: 10.1.1.1}]"}}
        self.cluster.kubectl("patch", "configmap", "-n", NAMESPACE, "updater-config", "-p", json.dumps(hosts))
        self.assertTrue(eventually(lambda: self.pods(NAMESPACE, "hosts-updater") == 1))
        with open(HOSTS_PAGE, encoding="utf-8") as file:
            section = file.read().split("### Move it to a namespace of its own")[1].split("\n## ")[0]
        delete, _, move = section.split("```\n")[1::2]
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(DEPLOY, os.path.join(folder, "deploy"))
            kubectl = f'kubectl() {{ {self.cluster.settings["SANDBOX_KUBECTL"]} "$@"; }}'
            rendering.must("bash", "-euc", f"cd {folder}\n{kubectl}\n{delete}{move}")
        self.assertEqual(self.cluster.find("configmap", HOSTS_NAMESPACE, "updater-config")["data"], hosts["data"])
        self.assertTrue(eventually(lambda: self.pods(HOSTS_NAMESPACE, "hosts-updater") == 1))
        overlay = parse(rendering.kustomize("overlays/hosts-namespace"))
        self.assert_installed(overlay)
        self.assertEqual(self.cluster.kubectl("diff", "-k", os.path.join(DEPLOY, "overlays", "hosts-namespace")), "")
        agent = {key for key in parse(self.manifest()) if key not in overlay}
        self.assertEqual([key for key in agent if self.cluster.find(*key)], [])
        # The controller's pods are created again under the new level.
        self.cluster.kubectl("delete", "pods", "-n", NAMESPACE, "--all")
        self.assertTrue(eventually(lambda: self.pods(NAMESPACE, "controller-manager") == 2))
        self.assertEqual(self.refusals(NAMESPACE), [])
        self.uninstall_by_kubectl()
        self.cluster.kubectl("delete", "namespace", HOSTS_NAMESPACE)
        self.delete_crd()
        self.assert_nothing_remains()

    def assert_contains(self, found, wanted, place):
        """Checks that `found` has at least the fields of `wanted`; the API server adds defaults."""
        if isinstance(wanted, dict):
            for name, value in wanted.items():
                # Empty fields are omitted.
                if value or (found and name in found):
                    self.assertIn(name, found, place)
                    self.assert_contains(found[name], value, (*place, name))
        elif isinstance(wanted, list):
            self.assertEqual(len(found), len(wanted), place)
            for index, value in enumerate(wanted):
                self.assert_contains(found[index], value, (*place, index))
        else:
            self.assertEqual(found, wanted, place)

    def controller_arguments(self):
        deployment = self.cluster.find("deployment", NAMESPACE, "tcr-assistant-controller-manager")
        return deployment["spec"]["template"]["spec"]["containers"][0]["args"]

    def clean_up_with_rights_of_the_hook(self):
        hooks = [obj for obj in rendering.hooks().values() if obj["kind"] != "Job"]
        self.cluster.apply(rendering.yaml.safe_dump_all(hooks))
        file = self.kubeconfig_of("tcr-assistant-cleanup")
        done = rendering.run(PROGRAM, "cleanup", "--kubeconfig", file, "--namespace", NAMESPACE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIsNone(self.cluster.find("imagepullsecret", "", "made"))
        self.assertEqual(self.references("by-helm"), ["tcr.ipstheirs"])
        self.cluster.kubectl("delete", "secret", "-n", "by-helm", "tcr.ipstheirs")
        # A cleanup with the rights of an administrator finds nothing more to remove.
        self.clean_up()
        for obj in hooks:
            kind, namespace, name = rendering.key_of(obj)
            self.cluster.kubectl("delete", kind, name, *(("-n", namespace) if namespace else ()))

    def test_takeover_by_kubectl(self):
        before = self.original_add_on()
        self.delete_what_cannot_be_taken_over()
        self.cluster.apply(self.manifest())
        self.assert_taken_over(before)
        self.stop_controller()
        self.clean_up()
        self.uninstall_by_kubectl()
        self.delete_crd()
        self.assert_nothing_remains()

    def test_takeover_by_helm(self):
        before = self.original_add_on()
        self.delete_what_cannot_be_taken_over()
        refused = self.helm("install", "tcr-assistant", CHART)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("exists and cannot be imported into the current release", refused.stderr)
        self.must_helm("install", "tcr-assistant", CHART, "--take-ownership")
        self.assert_taken_over(before)
        self.stop_controller()
        self.clean_up()
        self.must_helm("uninstall", "tcr-assistant", "--no-hooks")
        self.cluster.kubectl("delete", "namespace", NAMESPACE)
        self.delete_crd()
        self.assert_nothing_remains()

    # --- the original add-on

    def delete_what_cannot_be_taken_over(self):
        """Follows docs/use/install.md."""
        self.cluster.kubectl("delete", "-n", NAMESPACE, "deployment/tcr-assistant-controller-manager", "daemonset/hosts-updater")
        self.cluster.kubectl("delete", "-n", NAMESPACE, "secret/tcr-assistant-webhook-server-cert")
        self.cluster.kubectl("delete", "validatingwebhookconfiguration", "tcr-assistant-validating-webhook-configuration")

    def original_add_on(self):
        """Creates the add-on's objects with their public names. Returns its pull Secret and the account that it served."""
        self.cluster.kubectl("create", "namespace", NAMESPACE)
        rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"]}]
        account = {"kind": "ServiceAccount", "name": "default", "namespace": NAMESPACE}
        rbac = "rbac.authorization.k8s.io"
        pod = {
            "metadata": {"labels": {"control-plane": "controller-manager"}},
            "spec": {"containers": [{"name": "manager", "image": "original:1"}]},
        }
        selector = {"matchLabels": {"control-plane": "controller-manager"}}
        here = {"namespace": NAMESPACE}
        crd = parse(self.manifest())["CustomResourceDefinition", "", CRD]
        for version in crd["spec"]["versions"]:
            version["schema"]["openAPIV3Schema"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        del crd["metadata"]["labels"], crd["metadata"]["annotations"]
        objects = [
            crd,
            {"apiVersion": rbac + "/v1", "kind": "ClusterRole", "metadata": {"name": "tcr-assistant-manager-role"},
             "rules": rules},
            {"apiVersion": rbac + "/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "tcr-assistant-manager-rolebinding"},
             "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "tcr-assistant-manager-role"}, "subjects": [account]},
            {"apiVersion": rbac + "/v1", "kind": "Role", "metadata": {"name": "tcr-assistant-leader-election-role", **here},
             "rules": rules},
            {"apiVersion": rbac + "/v1", "kind": "RoleBinding",
             "metadata": {"name": "tcr-assistant-leader-election-rolebinding", **here},
             "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "tcr-assistant-leader-election-role"}, "subjects": [account]},
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "tcr-assistant-webhook-service", **here},
             "spec": {"ports": [{"port": 443, "targetPort": 9443}], "selector": {"control-plane": "controller-manager"}}},
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "updater-config", **here},
             "data": {"hosts": "172.16.1.95 a.example"}},
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "original-leader-lock", **here}},
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "tcr-assistant-webhook-server-cert", **here},
             "type": "kubernetes.io/tls", "data": {"tls.crt": "b3JpZ2luYWw=", "tls.key": "b3JpZ2luYWw="}},
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "tcr-assistant-controller-manager", **here},
             "spec": {"selector": selector, "template": pod}},
            {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "hosts-updater", **here},
             "spec": {"selector": selector, "template": pod}},
        ]
        self.cluster.kubectl("apply", "-f", "-", text=rendering.yaml.safe_dump_all(objects))
        self.cluster.kubectl("wait", "--for=condition=Established", "--timeout=180s", "crd/" + CRD)
        self.assertTrue(eventually(lambda: self.cluster.try_kubectl("apply", "-f", "-", text=SPEC).returncode == 0))
        self.cluster.kubectl("create", "namespace", "served")
        self.addCleanup(self.cluster.kubectl, "delete", "namespace", "served")
        self.cluster.kubectl(
            "create", "secret", "docker-registry", SECRET, "-n", "served", "--docker-server=demo-vpc.tencentcloudcr.com",
            "--docker-username=100012345678", "--docker-password=former",
        )
        self.assertTrue(eventually(lambda: self.cluster.find("serviceaccount", "served", "default")))
        change = {"imagePullSecrets": [{"name": "theirs"}, {"name": SECRET}]}
        self.cluster.kubectl("patch", "serviceaccount", "-n", "served", "default", "-p", json.dumps(change))
        # This webhook has no server, so ImagePullSecrets cannot be written after this point.
        webhook = {
            "name": "vimagepullsecret.kb.io", "admissionReviewVersions": ["v1"], "sideEffects": "None",
            "clientConfig": {"service": {"namespace": NAMESPACE, "name": "tcr-assistant-webhook-service", "path": "/validate"}},
            "rules": [{"apiGroups": ["tcr.tencentcloudcr.com"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
                       "resources": ["imagepullsecrets"]}],
        }
        configuration = {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "tcr-assistant-validating-webhook-configuration"}, "webhooks": [webhook],
        }
        self.cluster.kubectl("apply", "-f", "-", text=rendering.yaml.safe_dump(configuration))
        return self.cluster.find("secret", "served", SECRET), self.cluster.find("serviceaccount", "served", "default")

    def assert_taken_over(self, before):
        secret, account = before
        self.assert_installed(parse(self.manifest()))
        role = self.cluster.find("clusterrole", "", "tcr-assistant-manager-role")
        self.assertNotIn("*", json.dumps(role["rules"]))
        self.start_controller()
        # The original's webhook would refuse every ImagePullSecret, and our controller could not renew its certificate.
        webhooks = self.cluster.find(
            "validatingwebhookconfiguration", "", "tcr-assistant-validating-webhook-configuration")["webhooks"]
        self.assertEqual([each["name"] for each in webhooks], ["imagepullsecrets.tcr.tencentcloudcr.com"])
        certificate = self.cluster.find("secret", NAMESPACE, "tcr-assistant-webhook-server-cert")
        self.assertEqual(certificate["metadata"]["labels"]["tcr.tencentcloudcr.com/webhook-certificate"], "self-made")
        self.apply_spec()

        def adopted():
            found = self.cluster.find("secret", "served", SECRET)
            return found if found["metadata"].get("labels", {}).get("app.kubernetes.io/managed-by") == "tcr-assistant" else None

        found = eventually(adopted)
        self.assertTrue(found)
        self.assertEqual(found["metadata"]["uid"], secret["metadata"]["uid"])
        self.assertIn(b"a.b.tcr-token", base64.b64decode(found["data"][".dockerconfigjson"]))
        # The account had the reference already: the controller does not write it.
        self.assertEqual(self.cluster.find("serviceaccount", "served", "default"), account)

    # --- admission policies

    def check_admission_policies(self, namespace):
        """Sends raw requests, because kubectl would first read objects that the account may not read."""
        secrets, own = f"/api/v1/namespaces/{namespace}/secrets", f"/api/v1/namespaces/{NAMESPACE}/secrets"
        accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        types = "/apis/tcr.tencentcloudcr.com/v1/imagepullsecrets"
        config = {".dockerconfigjson": '{"auths":{}}'}

        def secret(name, kind, data=None, **metadata):
            body = {"apiVersion": "v1", "kind": "Secret", "type": kind, "stringData": data or {"a": "b"}}
            return {**body, "metadata": {"name": name, **metadata}}

        def status(method, path, body=None):
            content = "application/merge-patch+json" if method == "PATCH" else "application/json"
            code, answer = self.cluster.call(method, path, body, content=content)
            return code, answer.get("message", "")

        def allowed(*request):
            code, message = status(*request)
            self.assertIn(code, (200, 201), message)

        def refused(policy, *request):
            code, message = status(*request)
            self.assertEqual(code, 422, message or request)
            self.assertIn(f"ValidatingAdmissionPolicy '{policy}'", message)

        dockerconfig = "kubernetes.io/dockerconfigjson"
        policy = "tcr-assistant-secrets"
        theirs = secret("theirs", "Opaque")
        self.assertEqual(self.cluster.call("POST", secrets, theirs, user=None)[0], 201)
        allowed("POST", secrets, secret("tcr.ipsone", dockerconfig, config))
        allowed("PATCH", secrets + "/tcr.ipsone", {"metadata": {"labels": {"a": "b"}}})
        allowed("POST", own, secret("tcr-assistant-token-x", "tcr.tencentcloudcr.com/token"))
        allowed("DELETE", own + "/tcr-assistant-token-x")
        refused(policy, "POST", secrets, secret("one", dockerconfig, config))
        refused(policy, "POST", secrets, secret("tcr.ipstwo", "Opaque"))
        refused(policy, "POST", secrets, secret("tcr-assistant-token-x", "tcr.tencentcloudcr.com/token"))
        refused(policy, "POST", own, secret("tcr-assistant-token-x", "Opaque"))
        refused(policy, "POST", own, secret("another", "tcr.tencentcloudcr.com/token"))
        tls = {"tls.crt": "", "tls.key": ""}
        refused(policy, "POST", secrets, secret("tcr-assistant-webhook-server-cert", "kubernetes.io/tls", tls))
        annotations = {"kubernetes.io/service-account.name": "default"}
        token = secret("tcr.ipsthree", "kubernetes.io/service-account-token", annotations=annotations)
        refused(policy, "POST", "/api/v1/namespaces/kube-system/secrets", token)
        refused(policy, "PATCH", secrets + "/theirs", {"metadata": {"labels": {"a": "b"}}})
        refused(policy, "DELETE", secrets + "/theirs")

        policy = "tcr-assistant-serviceaccounts"
        one = accounts + "/limited"
        # Before Kubernetes 1.24, each account refers to a Secret with its token in `secrets`.
        body = {"metadata": {"name": "limited", "labels": {"x": "y"}}, "secrets": [{"name": "limited-token-x"}],
                "imagePullSecrets": [{"name": "f1"}, {"name": "f2"}]}
        self.assertEqual(self.cluster.call("POST", accounts, body, user=None)[0], 201)

        def names(*words):
            return {"imagePullSecrets": [{"name": word} for word in words]}

        allowed("PATCH", one, names("f1", "tcr.ipsone", "f2", "tcr.ipstwo"))
        allowed("PATCH", one, names("f1", "f2", "tcr.ipsone"))
        for list_ in (names("f2", "f1"), names("f1"), names(), names("f1", "f2", "f3"), {"imagePullSecrets": None}):
            refused(policy, "PATCH", one, list_)
        refused(policy, "PATCH", one, {"secrets": [{"name": "theirs"}]})
        refused(policy, "PATCH", one, {"secrets": None})
        refused(policy, "PATCH", one, {"automountServiceAccountToken": False})
        for change in (
            {"labels": {"x": "z"}}, {"labels": None}, {"annotations": {"a": "b"}}, {"finalizers": ["a.example/b"]},
            {"ownerReferences": [{"apiVersion": "v1", "kind": "Secret", "name": "theirs", "uid": "1"}]},
        ):
            refused(policy, "PATCH", one, {"metadata": change})
        self.assertEqual(self.cluster.call("DELETE", one)[0], 403)

        policy = "tcr-assistant-imagepullsecrets"
        made = {**rendering.yaml.safe_load(SPEC), "metadata": {"name": "made"}}
        refused(policy, "POST", types, made)
        made["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "tcr-assistant"}
        allowed("POST", types, made)
        allowed("PATCH", types + "/made", {"spec": {"namespaces": "nowhere"}})
        allowed("DELETE", types + "/made")
        refused(policy, "PATCH", f"{types}/{NAME}", {"spec": {"namespaces": "default"}})
        refused(policy, "PATCH", f"{types}/{NAME}", {"metadata": {"labels": {"app.kubernetes.io/managed-by": "tcr-assistant"}}})
        refused(policy, "DELETE", f"{types}/{NAME}")
        # The account may delete a pull Secret, but not an ImagePullSecret that it did not create.
        allowed("DELETE", secrets + "/tcr.ipsone")
        # A client that may write a webhook's rules and address can read and change every object of the cluster.
        policy = "tcr-assistant-webhooks"
        group = "/apis/admissionregistration.k8s.io/v1/"
        for kind in ("validating", "mutating"):
            path = f"{group}{kind}webhookconfigurations/tcr-assistant-{kind}-webhook-configuration"
            webhook = self.cluster.call("GET", path, user=None)[1]["webhooks"][0]

            def changed(webhook=webhook, **fields):
                return {"webhooks": [{**webhook, **fields}]}

            allowed("PATCH", path + "?dryRun=All", changed(clientConfig={**webhook["clientConfig"], "caBundle": None}))
            rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"], "operations": ["*"]}
            failure_policy = "Fail" if webhook["failurePolicy"] == "Ignore" else "Ignore"
            for change in (
                changed(rules=[rule]), changed(clientConfig={"url": "https://thief.example/"}),
                changed(failurePolicy=failure_policy), changed(timeoutSeconds=30),
                changed(namespaceSelector={}) if kind == "mutating" else changed(matchConditions=[]),
                {"webhooks": [webhook, {**webhook, "name": "two.tcr.tencentcloudcr.com"}]}, {"webhooks": []},
            ):
                refused(policy, "PATCH", path, change)
        # The policies do not limit other accounts.
        self.assertEqual(self.cluster.call("DELETE", secrets + "/theirs", user=None)[0], 200)


if __name__ == "__main__":
    rendering.skip_without_tools()
    unittest.main(verbosity=2)
