# SPDX-License-Identifier: Apache-2.0
"""Starts a control plane with scripts/sandbox, for tests in Python."""

import json
import os
import ssl
import time
import urllib.error
import urllib.request

import rendering

CONTROLLER = "system:serviceaccount:tcr-assistant-system:tcr-assistant-controller-manager"
SCRIPT = os.path.join(rendering.ROOT, "scripts", "sandbox")


def eventually(check, seconds=120):
    """Calls `check` until it returns a true value, for at most `seconds`. Returns its last value."""
    end = time.monotonic() + seconds
    while not (found := check()):
        if time.monotonic() > end:
            return found
        time.sleep(0.1)
    return found


class Cluster:
    """A control plane without nodes: pods stay pending. Nothing is installed."""

    def __init__(self, purpose):
        self.name = f"{purpose}-{os.getpid()}"
        self.sandbox("start", "--audit")
        lines = self.sandbox("env").splitlines()
        self.settings = dict(line[len("export "):].split("=", 1) for line in lines)
        os.environ["KUBECONFIG"] = self.settings["KUBECONFIG"]
        os.environ["KUBECACHEDIR"] = self.settings["KUBECACHEDIR"]
        certs = os.path.join(self.settings["SANDBOX_DIR"], "certs")
        self.context = ssl.create_default_context(cafile=os.path.join(certs, "ca.crt"))
        self.context.load_cert_chain(os.path.join(certs, "admin.crt"), os.path.join(certs, "admin.key"))
        # The minor version: 30 for Kubernetes 1.30.
        self.minor = int(json.loads(self.kubectl("get", "--raw", "/version"))["minor"])

    def sandbox(self, *words):
        return rendering.must(SCRIPT, "--name", self.name, *words)

    def stop(self):
        self.sandbox("stop")

    def try_kubectl(self, *words, text=None):
        return rendering.run(self.settings["SANDBOX_KUBECTL"], *words, text=text)

    def kubectl(self, *words, text=None):
        return rendering.must(self.settings["SANDBOX_KUBECTL"], *words, text=text)

    def apply(self, text, *words):
        """Applies the objects. Fails on a field that the server does not know."""
        return self.kubectl("apply", "--validate=strict", "-f", "-", *words, text=text)

    def find(self, kind, namespace, name):
        """Returns an object, or None."""
        words = ("get", kind, name, "-o", "json", "--ignore-not-found") + (("-n", namespace) if namespace else ())
        text = self.kubectl(*words)
        return json.loads(text) if text.strip() else None

    def call(self, method, path, body=None, user=CONTROLLER, content="application/json"):
        """Sends a raw request as `user`, or as the administrator. Returns status and response."""
        request = urllib.request.Request(
            f"https://127.0.0.1:{self.settings['SANDBOX_APISERVER_PORT']}{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": content, "Accept": "application/json"},
        )
        if user:
            request.add_header("Impersonate-User", user)
            request.add_header("Impersonate-Group", "system:serviceaccounts")
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.context)
        )
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)
