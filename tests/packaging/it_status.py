#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets tools wait for ImagePullSecrets on a real control plane: kstatus, `kubectl wait`, and Helm 4 with --wait, with credentials
that are good, bad, and created later. The other statuses are checked by statuses.py.

Usage: it_status.py TCR_ASSISTANT. Needs $TCR_COMPUTE_STATUS and $TCR_HELM4; without them the test is skipped.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

import rendering
import statuses
from cluster import Cluster, eventually
from rendering import NAMESPACE

PROGRAM = os.path.abspath(sys.argv.pop(1)) if __name__ == "__main__" else ""
HELM = os.environ.get("TCR_HELM4", "")


def literal(name, **changes):
    """Returns an ImagePullSecret for namespace default whose spec contains the password."""
    docker = {"server": "registry.example.com", "username": "u", "password": "p", **changes}
    return {
        "apiVersion": "tcr.tencentcloudcr.com/v1",
        "kind": "ImagePullSecret",
        "metadata": {"name": name},
        "spec": {"namespaces": "default", "docker": {key: value for key, value in docker.items() if value}},
    }


def referring(name, key="password"):
    """Returns an ImagePullSecret whose password is in the Secret of the same name."""
    return literal(name, password=None, passwordSecretRef={"name": name, "key": key})


class Status(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.environ["TCR_ASSISTANT"] = PROGRAM
        cls.cluster = Cluster("status")
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.sandbox("install")
        cls.cluster.kubectl("wait", "--for=condition=Established", "--timeout=180s",
                            "crd/imagepullsecrets.tcr.tencentcloudcr.com")

    # --- shared steps

    def start_controller(self):
        self.cluster.sandbox("controller", "start")
        self.addCleanup(self.cluster.sandbox, "controller", "stop")

    def apply(self, obj):
        self.cluster.apply(json.dumps(obj))
        self.addCleanup(self.cluster.kubectl, "delete", "ipss", obj["metadata"]["name"], "--ignore-not-found")

    def find(self, name):
        return self.cluster.find("imagepullsecret", "", name)

    def conditions(self, name):
        """Returns the types of the object's conditions."""
        return [each["type"] for each in self.find(name)["status"].get("conditions", [])]

    def put_password(self, name, namespace=NAMESPACE):
        secret = {
            "apiVersion": "v1", "kind": "Secret", "stringData": {"password": "p"},
            "metadata": {
                "name": name, "namespace": namespace, "labels": {"tcr.tencentcloudcr.com/credential": "true"},
            },
        }
        self.cluster.apply(json.dumps(secret))
        self.addCleanup(self.cluster.kubectl, "delete", "secret", "-n", namespace, name, "--ignore-not-found")

    def assert_kstatus(self, name, wanted):
        """Waits until kstatus concludes `wanted`."""
        self.assertTrue(eventually(lambda: statuses.compute([self.find(name)]) == [wanted]), self.find(name))

    def wait_for_ready(self, name, seconds=180):
        return self.cluster.try_kubectl("wait", "--for=condition=Ready", f"--timeout={seconds}s", "ipss/" + name)

    def chart_with(self, obj):
        """Writes a chart that contains the object. Returns its folder."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.mkdir(os.path.join(folder.name, "templates"))
        name = obj["metadata"]["name"]
        for file, content in (("Chart.yaml", {"apiVersion": "v2", "name": name, "version": "1.0.0"}),
                              ("templates/object.yaml", obj)):
            with open(os.path.join(folder.name, file), "w", encoding="utf-8") as text:
                json.dump(content, text)
        self.addCleanup(rendering.run, HELM, "uninstall", name, "--ignore-not-found")
        return folder.name

    def helm(self, verb, obj):
        """Starts Helm 4, which waits until the object is current, for at most three minutes."""
        words = (HELM, verb, obj["metadata"]["name"], self.chart_with(obj), "--wait", "--timeout=180s")
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def assert_succeeds(self, helm):
        _, errors = helm.communicate(timeout=240)
        self.assertEqual(helm.returncode, 0, errors)

    def assert_fails_early(self, helm, words):
        """Checks that Helm fails with this message, long before its timeout."""
        start = time.monotonic()
        _, errors = helm.communicate(timeout=240)
        self.assertNotEqual(helm.returncode, 0)
        self.assertIn(words, errors)
        self.assertLess(time.monotonic() - start, 120)

    # --- cases

    def test_an_object_without_a_report_is_in_progress(self):
        self.apply(literal("unreported"))
        self.assertEqual(self.find("unreported")["status"], {"observedGeneration": 0})
        self.assert_kstatus("unreported", "InProgress")
        # The original add-on wrote no observedGeneration.
        counts = {"status": {"secretsDesired": 1, "secretsSuccess": 1}}
        self.cluster.kubectl("patch", "ipss", "unreported", "--subresource=status", "--type=merge", "-p", json.dumps(counts))
        self.assert_kstatus("unreported", "InProgress")
        self.start_controller()
        self.assert_kstatus("unreported", "Current")
        edit = {"spec": {"docker": {"password": "new"}}}
        self.cluster.sandbox("controller", "stop")
        self.cluster.kubectl("patch", "ipss", "unreported", "--type=merge", "-p", json.dumps(edit))
        self.assert_kstatus("unreported", "InProgress")
        self.cluster.sandbox("controller", "start")
        self.assert_kstatus("unreported", "Current")

    def test_kubectl_waits(self):
        self.start_controller()
        self.apply(literal("good"))
        self.assertEqual(self.wait_for_ready("good").returncode, 0)
        self.assert_kstatus("good", "Current")
        self.apply(referring("late"))
        self.assert_kstatus("late", "InProgress")
        self.assertNotEqual(self.wait_for_ready("late", 1).returncode, 0)
        self.put_password("late")
        self.assertEqual(self.wait_for_ready("late").returncode, 0)
        self.assert_kstatus("late", "Current")

    def test_a_spec_that_is_not_realized_is_not_current(self):
        self.start_controller()
        self.put_password("edited")
        self.apply(referring("edited"))
        self.assert_kstatus("edited", "Current")
        # The previous password stays in use, so that the object stays ready.
        self.apply(referring("edited", key="absent"))
        self.assert_kstatus("edited", "Failed")
        ready = [c["status"] for c in self.find("edited")["status"]["conditions"] if c["type"] == "Ready"]
        self.assertEqual(ready, ["True"])
        self.apply(referring("edited"))
        self.assert_kstatus("edited", "Current")
        self.cluster.kubectl("delete", "secret", "-n", NAMESPACE, "edited")
        self.assert_kstatus("edited", "InProgress")

    def test_helm_waits_for_a_good_credential(self):
        self.start_controller()
        self.assert_succeeds(self.helm("install", literal("helm-good")))
        self.assert_kstatus("helm-good", "Current")

    def test_helm_waits_for_a_late_credential(self):
        self.start_controller()
        helm = self.helm("install", referring("helm-late"))
        self.addCleanup(helm.kill)
        self.assertTrue(eventually(lambda: self.find("helm-late")))
        self.assertTrue(eventually(lambda: "Reconciling" in self.conditions("helm-late")))
        self.assertIsNone(helm.poll())
        self.put_password("helm-late")
        self.assert_succeeds(helm)
        self.assert_kstatus("helm-late", "Current")

    def test_helm_fails_early_with_a_bad_credential(self):
        self.start_controller()
        self.put_password("helm-bad")
        self.assert_fails_early(self.helm("install", referring("helm-bad", key="absent")), 'has no key "absent"')
        self.assert_succeeds(self.helm("upgrade", referring("helm-bad")))

    def test_helm_fails_early_at_a_foreign_secret(self):
        self.start_controller()
        self.cluster.kubectl("create", "secret", "generic", "tcr.ipshelm-taken", "--from-literal=a=b")
        self.assert_fails_early(self.helm("install", literal("helm-taken")), "exists but has another type or owner")
        self.cluster.kubectl("delete", "secret", "tcr.ipshelm-taken")
        # The controller does not watch foreign Secrets: it notices the deletion at its next attempt.
        self.assert_kstatus("helm-taken", "Current")
        self.assert_succeeds(self.helm("upgrade", literal("helm-taken")))


def skip_without_tools():
    """Ends the process as a skipped test if a tool is missing."""
    for name in ("TCR_COMPUTE_STATUS", "TCR_HELM4"):
        if not os.path.exists(os.environ.get(name, "")):
            print(f"skipped: {name} is missing; scripts/test installs it")
            sys.exit(rendering.SKIPPED)


if __name__ == "__main__":
    skip_without_tools()
    unittest.main(verbosity=2)
