#!/usr/bin/env python3
"""Installing, changing, taking over from the original add-on and uninstalling, by kubectl and by Helm, on a real control plane;
and the fence around the controller's account there. There is no node: the controller runs beside the control plane as its own
account, with the rights that were installed.

Usage: it_lifecycle.py TCR_ASSISTANT. Runs with $TCR_HELM and $TCR_KUSTOMIZE; without them it asks to be skipped.
"""

import base64
import json
import os
import sys
import unittest

import rendering
from plane import Plane, eventually
from rendering import CHART, DEPLOY, HELM, NAMESPACE, parse

PROGRAM = os.path.abspath(sys.argv.pop(1)) if __name__ == "__main__" else ""
CRD = "imagepullsecrets.tcr.tencentcloudcr.com"
ALLINONE = os.path.join(DEPLOY, "allinone", "tcr-assistant.yaml")
NAME = "tcr-dg284imq-vpc"
SECRET = "tcr.ips" + NAME

WISH = f"""
apiVersion: tcr.tencentcloudcr.com/v1
kind: ImagePullSecret
metadata: {{name: {NAME}}}
spec:
  namespaces: "*"
  serviceAccounts: "*"
  docker: {{server: demo-vpc.tencentcloudcr.com, username: "100012345678", password: a.b.tcr-token}}
"""

# What docs/use/install.md has people type.
LABELLED = "app.kubernetes.io/part-of=tcr-assistant"
CLUSTER_KINDS = "validatingwebhookconfiguration,mutatingwebhookconfiguration,clusterrolebinding,clusterrole"
POLICY_KINDS = "validatingadmissionpolicybinding,validatingadmissionpolicy"


def allinone():
    with open(ALLINONE, encoding="utf-8") as file:
        return file.read()


class Lifecycle(unittest.TestCase):
    """Each case begins and ends with a cluster without us."""

    @classmethod
    def setUpClass(cls):
        os.environ["TCR_ASSISTANT"] = PROGRAM
        cls.plane = Plane("lifecycle")
        cls.addClassCleanup(cls.plane.stop)

    # --- what the cases share

    def start_controller(self):
        self.plane.sandbox("controller", "start", "--webhooks")

    def stop_controller(self):
        self.plane.sandbox("controller", "stop")

    def wish(self):
        """The webhook must answer, and its certificate be known."""
        self.assertTrue(eventually(lambda: self.plane.try_kubectl("apply", "-f", "-", text=WISH).returncode == 0))

    def references(self, namespace, account="default"):
        found = self.plane.find("serviceaccount", namespace, account)
        return [each["name"] for each in (found or {}).get("imagePullSecrets", [])]

    def assert_served(self, namespace):
        self.assertTrue(eventually(lambda: SECRET in self.references(namespace)), namespace)
        self.assertTrue(eventually(lambda: self.plane.find("secret", namespace, SECRET)), namespace)

    def serve_a_new_namespace(self, name):
        self.plane.kubectl("create", "namespace", name)
        self.addCleanup(self.plane.kubectl, "delete", "namespace", name, "--wait=false")
        self.assert_served(name)

    def assert_installed(self, things):
        missing = [key for key in things if not self.plane.find(*key)]
        self.assertEqual(missing, [])

    def clean_up(self):
        done = rendering.run(PROGRAM, "cleanup", "--kubeconfig", self.plane.settings["KUBECONFIG"])
        self.assertEqual(done.returncode, 0, done.stderr)
        left = json.loads(self.plane.kubectl("get", "secrets", "-A", "-o", "json"))["items"]
        self.assertEqual([each["metadata"]["name"] for each in left if each["metadata"]["name"].startswith("tcr")], [])
        accounts = json.loads(self.plane.kubectl("get", "serviceaccounts", "-A", "-o", "json"))["items"]
        self.assertEqual([each["metadata"] for each in accounts if SECRET in json.dumps(each.get("imagePullSecrets"))], [])

    def assert_nothing_left(self, *but):
        """Of what the one file holds."""
        left = [key for key in parse(allinone()) if self.plane.find(*key)]
        self.assertEqual(left, list(but))

    def delete_crd(self):
        self.plane.kubectl("delete", "crd", CRD)

    def uninstall_by_kubectl(self):
        """As docs/use/install.md says: the CRD stays, and with it the ImagePullSecrets."""
        self.plane.kubectl("delete", CLUSTER_KINDS, "-l", LABELLED)
        self.plane.kubectl("delete", POLICY_KINDS, "-l", LABELLED)
        self.plane.kubectl("delete", "role,rolebinding", "-n", "default", "-l", LABELLED)
        self.plane.kubectl("delete", "namespace", NAMESPACE)

    def helm(self, *words):
        return rendering.run(HELM, *words, "--namespace", NAMESPACE)

    def must_helm(self, *words):
        done = self.helm(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    # --- cases

    def test_kubectl(self):
        # An earlier version: a column less, and one replica.
        things = parse(allinone())
        things["CustomResourceDefinition", "", CRD]["spec"]["versions"][0]["additionalPrinterColumns"].pop()
        things["Deployment", NAMESPACE, "tcr-assistant-controller-manager"]["spec"]["replicas"] = 1
        self.plane.apply(rendering.yaml.safe_dump_all(list(things.values())))
        self.assert_installed(things)
        self.plane.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd/" + CRD)
        self.start_controller()
        self.wish()
        self.serve_a_new_namespace("by-kubectl")
        # The fence was not in the way, and is one.
        self.fence_holds("by-kubectl")

        # What people wrote into updater-config is theirs.
        hosts = {"data": {"hosts.yaml": "hosts: [{domain: a.example, ip: 10.1.1.1}]"}}
        self.plane.kubectl("patch", "configmap", "-n", NAMESPACE, "updater-config", "-p", json.dumps(hosts))
        self.plane.apply(allinone())
        self.assertEqual(self.plane.find("configmap", NAMESPACE, "updater-config")["data"], hosts["data"])
        columns = self.plane.find("crd", "", CRD)["spec"]["versions"][0]["additionalPrinterColumns"]
        self.assertEqual(columns[-1]["name"], "Expires")
        deployment = self.plane.find("deployment", NAMESPACE, "tcr-assistant-controller-manager")
        self.assertEqual(deployment["spec"]["replicas"], 2)
        # Applied once more, it would change nothing.
        self.assertEqual(self.plane.kubectl("diff", "-f", "-", text=allinone()), "")
        self.assert_served("by-kubectl")

        self.stop_controller()
        self.clean_up()
        deployment = self.plane.find("deployment", NAMESPACE, "tcr-assistant-controller-manager")
        self.assertEqual(deployment["spec"]["replicas"], 0)
        self.uninstall_by_kubectl()
        self.assert_nothing_left(("CustomResourceDefinition", "", CRD))
        self.assertTrue(self.plane.find("imagepullsecret", "", NAME))
        self.delete_crd()

    def test_helm(self):
        self.must_helm("install", "tcr-assistant", CHART, "--create-namespace")
        self.assert_installed(parse(allinone()))
        self.start_controller()
        self.wish()
        made = rendering.yaml.safe_load(WISH)
        made["metadata"] = {
            "name": "made",
            "labels": {
                "app.kubernetes.io/managed-by": "tcr-assistant", "tcr.tencentcloudcr.com/instance": "tcr-dg284imq",
            },
        }
        self.plane.apply(rendering.yaml.safe_dump(made))
        self.serve_a_new_namespace("by-helm")

        # Changed values, and a CRD that somebody set back.
        self.plane.kubectl(
            "patch", "crd", CRD, "--type", "json",
            "-p", '[{"op": "remove", "path": "/spec/versions/0/additionalPrinterColumns/6"}]',
        )
        hosts = "global.hosts[0].domain=a.example,global.hosts[0].ip=10.1.1.1"
        self.must_helm("upgrade", "tcr-assistant", CHART, "--set", "logLevel=debug,replicas=3", "--set", hosts)
        self.assertEqual(self.arguments(), ["controller", "--log-level=debug"])
        self.assertIn("a.example", self.plane.find("configmap", NAMESPACE, "updater-config")["data"]["hosts.yaml"])
        columns = self.plane.find("crd", "", CRD)["spec"]["versions"][0]["additionalPrinterColumns"]
        self.assertEqual(columns[-1]["name"], "Expires")
        self.assert_served("by-helm")

        # caBundle is the controller's: an upgrade leaves it.
        webhook = self.plane.find(
            "validatingwebhookconfiguration", "", "tcr-assistant-validating-webhook-configuration"
        )["webhooks"][0]
        self.assertIn(b"CERTIFICATE", base64.b64decode(webhook["clientConfig"]["caBundle"]))

        self.must_helm("rollback", "tcr-assistant", "1")
        self.assertEqual(self.arguments(), ["controller"])
        self.assertNotIn("data", self.plane.find("configmap", NAMESPACE, "updater-config"))
        self.assert_served("by-helm")
        bad = self.helm("upgrade", "tcr-assistant", CHART, "--set", "replica=3")
        self.assertIn("replica", bad.stderr)
        self.assertNotEqual(bad.returncode, 0)

        # An account names what is not there, and what is not ours: the hook has to look at both.
        self.plane.kubectl(
            "create", "secret", "generic", "tcr.ipstheirs", "-n", "by-helm", "--from-literal=a=b",
        )
        names = [{"name": "tcr.ipsgone"}, {"name": "tcr.ipstheirs"}, {"name": SECRET}]
        self.plane.kubectl("patch", "serviceaccount", "-n", "by-helm", "default", "-p", json.dumps({"imagePullSecrets": names}))

        # No node runs the hook's Job: its work is done here, and with the hook's own rights. All of them are needed: an
        # ImagePullSecret was made of a list, and the lease is gone.
        self.stop_controller()
        self.plane.kubectl("delete", "lease", "-n", NAMESPACE, "tcr-assistant-leader-election")
        self.clean_up_as_the_hook()
        self.must_helm("uninstall", "tcr-assistant", "--no-hooks")
        self.plane.kubectl("delete", "namespace", NAMESPACE)
        self.assert_nothing_left(("CustomResourceDefinition", "", CRD))
        self.assertTrue(self.plane.find("imagepullsecret", "", NAME))
        self.delete_crd()

    def arguments(self):
        deployment = self.plane.find("deployment", NAMESPACE, "tcr-assistant-controller-manager")
        return deployment["spec"]["template"]["spec"]["containers"][0]["args"]

    def clean_up_as_the_hook(self):
        hooks = [thing for thing in rendering.hooks().values() if thing["kind"] != "Job"]
        self.plane.apply(rendering.yaml.safe_dump_all(hooks))
        folder = os.path.join(self.plane.settings["SANDBOX_DIR"], "cleanup-account")
        self.plane.sandbox("service-account", NAMESPACE, "tcr-assistant-cleanup", folder)
        server = self.plane.settings["SANDBOX_APISERVER_PORT"]
        file = os.path.join(folder, "kubeconfig")
        with open(file, "w", encoding="utf-8") as out:
            out.write(
                "apiVersion: v1\nkind: Config\ncurrent-context: main\n"
                "contexts: [{name: main, context: {cluster: one, user: me}}]\n"
                f"clusters: [{{name: one, cluster: {{server: 'https://127.0.0.1:{server}', "
                f"certificate-authority: '{folder}/ca.crt'}}}}]\n"
                f"users: [{{name: me, user: {{tokenFile: '{folder}/token'}}}}]\n"
            )
        done = rendering.run(PROGRAM, "cleanup", "--kubeconfig", file, "--namespace", NAMESPACE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIsNone(self.plane.find("imagepullsecret", "", "made"))
        self.assertEqual(self.references("by-helm"), ["tcr.ipstheirs"])
        self.plane.kubectl("delete", "secret", "-n", "by-helm", "tcr.ipstheirs")
        # Nothing was left for an administrator to find.
        self.clean_up()
        for thing in hooks:
            kind, namespace, name = rendering.key_of(thing)
            self.plane.kubectl("delete", kind, name, *(("-n", namespace) if namespace else ()))

    def test_takeover_by_kubectl(self):
        before = self.original_add_on()
        self.delete_what_cannot_be_taken_over()
        self.plane.apply(allinone())
        self.taken_over(before)
        self.stop_controller()
        self.clean_up()
        self.uninstall_by_kubectl()
        self.delete_crd()
        self.assert_nothing_left()

    def test_takeover_by_helm(self):
        before = self.original_add_on()
        self.delete_what_cannot_be_taken_over()
        refused = self.helm("install", "tcr-assistant", CHART)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("exists and cannot be imported into the current release", refused.stderr)
        self.must_helm("install", "tcr-assistant", CHART, "--take-ownership")
        self.taken_over(before)
        self.stop_controller()
        self.clean_up()
        self.must_helm("uninstall", "tcr-assistant", "--no-hooks")
        self.plane.kubectl("delete", "namespace", NAMESPACE)
        self.delete_crd()
        self.assert_nothing_left()

    # --- the original add-on

    def delete_what_cannot_be_taken_over(self):
        """As docs/use/install.md says."""
        self.plane.kubectl("delete", "-n", NAMESPACE, "deployment/tcr-assistant-controller-manager", "daemonset/hosts-updater")
        self.plane.kubectl("delete", "-n", NAMESPACE, "secret/tcr-assistant-webhook-server-cert")
        self.plane.kubectl("delete", "validatingwebhookconfiguration", "tcr-assistant-validating-webhook-configuration")

    def original_add_on(self):
        """Its objects by their names, as far as they are public. Returns its Secret and the account that it served."""
        self.plane.kubectl("create", "namespace", NAMESPACE)
        rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"]}]
        account = {"kind": "ServiceAccount", "name": "default", "namespace": NAMESPACE}
        rbac = "rbac.authorization.k8s.io"
        pod = {
            "metadata": {"labels": {"control-plane": "controller-manager"}},
            "spec": {"containers": [{"name": "manager", "image": "original:1"}]},
        }
        selector = {"matchLabels": {"control-plane": "controller-manager"}}
        here = {"namespace": NAMESPACE}
        crd = parse(allinone())["CustomResourceDefinition", "", CRD]
        for version in crd["spec"]["versions"]:
            version["schema"]["openAPIV3Schema"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        del crd["metadata"]["labels"], crd["metadata"]["annotations"]
        things = [
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
        self.plane.kubectl("apply", "-f", "-", text=rendering.yaml.safe_dump_all(things))
        self.plane.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd/" + CRD)
        self.assertTrue(eventually(lambda: self.plane.try_kubectl("apply", "-f", "-", text=WISH).returncode == 0))
        self.plane.kubectl("create", "namespace", "served")
        self.addCleanup(self.plane.kubectl, "delete", "namespace", "served")
        self.plane.kubectl(
            "create", "secret", "docker-registry", SECRET, "-n", "served", "--docker-server=demo-vpc.tencentcloudcr.com",
            "--docker-username=100012345678", "--docker-password=former",
        )
        self.assertTrue(eventually(lambda: self.plane.find("serviceaccount", "served", "default")))
        change = {"imagePullSecrets": [{"name": "theirs"}, {"name": SECRET}]}
        self.plane.kubectl("patch", "serviceaccount", "-n", "served", "default", "-p", json.dumps(change))
        # Nobody answers it here, so nothing may be written after it.
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
        self.plane.kubectl("apply", "-f", "-", text=rendering.yaml.safe_dump(configuration))
        return self.plane.find("secret", "served", SECRET), self.plane.find("serviceaccount", "served", "default")

    def taken_over(self, before):
        secret, account = before
        self.assert_installed(parse(allinone()))
        role = self.plane.find("clusterrole", "", "tcr-assistant-manager-role")
        self.assertNotIn("*", json.dumps(role["rules"]))
        self.start_controller()
        # The original's webhook would refuse every ImagePullSecret, its certificate is nothing that we could renew.
        webhooks = self.plane.find(
            "validatingwebhookconfiguration", "", "tcr-assistant-validating-webhook-configuration")["webhooks"]
        self.assertEqual([each["name"] for each in webhooks], ["imagepullsecrets.tcr.tencentcloudcr.com"])
        certificate = self.plane.find("secret", NAMESPACE, "tcr-assistant-webhook-server-cert")
        self.assertEqual(certificate["metadata"]["labels"]["tcr.tencentcloudcr.com/webhook-certificate"], "self-made")
        self.wish()

        def adopted():
            found = self.plane.find("secret", "served", SECRET)
            return found if found["metadata"].get("labels", {}).get("app.kubernetes.io/managed-by") == "tcr-assistant" else None

        found = eventually(adopted)
        self.assertTrue(found)
        self.assertEqual(found["metadata"]["uid"], secret["metadata"]["uid"])
        self.assertIn(b"a.b.tcr-token", base64.b64decode(found["data"][".dockerconfigjson"]))
        # It had its reference already: not a write.
        self.assertEqual(self.plane.find("serviceaccount", "served", "default"), account)

    # --- the fence

    def fence_holds(self, namespace):
        """By raw requests: kubectl would first ask for what the account may not read."""
        secrets, own = f"/api/v1/namespaces/{namespace}/secrets", f"/api/v1/namespaces/{NAMESPACE}/secrets"
        accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        types = "/apis/tcr.tencentcloudcr.com/v1/imagepullsecrets"
        config = {".dockerconfigjson": '{"auths":{}}'}

        def secret(name, kind, data=None, **metadata):
            body = {"apiVersion": "v1", "kind": "Secret", "type": kind, "stringData": data or {"a": "b"}}
            return {**body, "metadata": {"name": name, **metadata}}

        def status(method, path, body=None):
            content = "application/merge-patch+json" if method == "PATCH" else "application/json"
            code, answer = self.plane.call(method, path, body, content=content)
            return code, answer.get("message", "")

        def allowed(*request):
            code, message = status(*request)
            self.assertIn(code, (200, 201), message)

        def refused(policy, *request):
            code, message = status(*request)
            self.assertEqual(code, 422, message or request)
            self.assertIn(f"ValidatingAdmissionPolicy '{policy}'", message)

        dockerconfig = "kubernetes.io/dockerconfigjson"
        fence = "tcr-assistant-secrets"
        theirs = secret("theirs", "Opaque")
        self.assertEqual(self.plane.call("POST", secrets, theirs, user=None)[0], 201)
        allowed("POST", secrets, secret("tcr.ipsone", dockerconfig, config))
        allowed("PATCH", secrets + "/tcr.ipsone", {"metadata": {"labels": {"a": "b"}}})
        allowed("POST", own, secret("tcr-assistant-token-x", "tcr.tencentcloudcr.com/token"))
        allowed("DELETE", own + "/tcr-assistant-token-x")
        refused(fence, "POST", secrets, secret("one", dockerconfig, config))
        refused(fence, "POST", secrets, secret("tcr.ipstwo", "Opaque"))
        refused(fence, "POST", secrets, secret("tcr-assistant-token-x", "tcr.tencentcloudcr.com/token"))
        refused(fence, "POST", own, secret("tcr-assistant-token-x", "Opaque"))
        refused(fence, "POST", own, secret("another", "tcr.tencentcloudcr.com/token"))
        tls = {"tls.crt": "", "tls.key": ""}
        refused(fence, "POST", secrets, secret("tcr-assistant-webhook-server-cert", "kubernetes.io/tls", tls))
        of_account = {"kubernetes.io/service-account.name": "default"}
        token = secret("tcr.ipsthree", "kubernetes.io/service-account-token", annotations=of_account)
        refused(fence, "POST", "/api/v1/namespaces/kube-system/secrets", token)
        refused(fence, "PATCH", secrets + "/theirs", {"metadata": {"labels": {"a": "b"}}})
        refused(fence, "DELETE", secrets + "/theirs")

        fence = "tcr-assistant-serviceaccounts"
        one = accounts + "/fenced"
        body = {"metadata": {"name": "fenced", "labels": {"x": "y"}}, "imagePullSecrets": [{"name": "f1"}, {"name": "f2"}]}
        self.assertEqual(self.plane.call("POST", accounts, body, user=None)[0], 201)

        def names(*words):
            return {"imagePullSecrets": [{"name": word} for word in words]}

        allowed("PATCH", one, names("f1", "tcr.ipsone", "f2", "tcr.ipstwo"))
        allowed("PATCH", one, names("f1", "f2", "tcr.ipsone"))
        for list_ in (names("f2", "f1"), names("f1"), names(), names("f1", "f2", "f3"), {"imagePullSecrets": None}):
            refused(fence, "PATCH", one, list_)
        refused(fence, "PATCH", one, {"secrets": [{"name": "theirs"}]})
        refused(fence, "PATCH", one, {"automountServiceAccountToken": False})
        for change in (
            {"labels": {"x": "z"}}, {"labels": None}, {"annotations": {"a": "b"}}, {"finalizers": ["a.example/b"]},
            {"ownerReferences": [{"apiVersion": "v1", "kind": "Secret", "name": "theirs", "uid": "1"}]},
        ):
            refused(fence, "PATCH", one, {"metadata": change})
        self.assertEqual(self.plane.call("DELETE", one)[0], 403)

        fence = "tcr-assistant-imagepullsecrets"
        made = {**rendering.yaml.safe_load(WISH), "metadata": {"name": "made"}}
        refused(fence, "POST", types, made)
        made["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "tcr-assistant"}
        allowed("POST", types, made)
        allowed("PATCH", types + "/made", {"spec": {"namespaces": "nowhere"}})
        allowed("DELETE", types + "/made")
        refused(fence, "PATCH", f"{types}/{NAME}", {"spec": {"namespaces": "default"}})
        refused(fence, "PATCH", f"{types}/{NAME}", {"metadata": {"labels": {"app.kubernetes.io/managed-by": "tcr-assistant"}}})
        refused(fence, "DELETE", f"{types}/{NAME}")
        # What no controller made, none takes away.
        allowed("DELETE", secrets + "/tcr.ipsone")
        # Whoever may write a webhook's rules and address sees and changes every object of the cluster.
        fence = "tcr-assistant-webhooks"
        group = "/apis/admissionregistration.k8s.io/v1/"
        for kind in ("validating", "mutating"):
            path = f"{group}{kind}webhookconfigurations/tcr-assistant-{kind}-webhook-configuration"
            webhook = self.plane.call("GET", path, user=None)[1]["webhooks"][0]

            def changed(webhook=webhook, **fields):
                return {"webhooks": [{**webhook, **fields}]}

            allowed("PATCH", path + "?dryRun=All", changed(clientConfig={**webhook["clientConfig"], "caBundle": None}))
            rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"], "operations": ["*"]}
            policy = "Fail" if webhook["failurePolicy"] == "Ignore" else "Ignore"
            for change in (
                changed(rules=[rule]), changed(clientConfig={"url": "https://thief.example/"}), changed(failurePolicy=policy),
                changed(timeoutSeconds=30), changed(namespaceSelector={}) if kind == "mutating" else changed(matchConditions=[]),
                {"webhooks": [webhook, {**webhook, "name": "two.tcr.tencentcloudcr.com"}]}, {"webhooks": []},
            ):
                refused(fence, "PATCH", path, change)
        # Nobody else is fenced.
        self.assertEqual(self.plane.call("DELETE", secrets + "/theirs", user=None)[0], 200)


if __name__ == "__main__":
    rendering.skip_without_tools()
    unittest.main(verbosity=2)
