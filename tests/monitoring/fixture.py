# SPDX-License-Identifier: Apache-2.0
"""Fixture of the monitoring tests: a real control plane, two controllers with webhooks, a fake of the cloud that issues
tokens, a hosts-updater, and a Prometheus that scrapes the controllers, the hosts-updater and the API server."""

import json
import os
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from dashboard import ROOT
from prometheus import OPENER, Prometheus, free_port

NAMESPACE = "tcr-assistant-system"
KEY_ID, KEY = "AKIDmonitoring", "monitoring-key"


def image_pull_secret(name, docker, **more):
    return {"apiVersion": "tcr.tencentcloudcr.com/v1", "kind": "ImagePullSecret", "metadata": {"name": name},
            "spec": {"namespaces": "*", "serviceAccounts": "*", "docker": docker, **more}}


def with_password(name, password, namespaces="*"):
    return image_pull_secret(
        name, {"server": "registry.example.com", "username": "robot", "password": password}, namespaces=namespaces)


def with_token(name, instance):
    return image_pull_secret(
        f"{instance}-public", {"server": f"{name}.tencentcloudcr.com"},
        tcr={"registryId": instance, "region": "ap-guangzhou"})


def eventually(what, seconds=120):
    """Calls `what` until it returns a true value, and returns that value. Retries after an AssertionError, too."""
    end = time.monotonic() + seconds
    while True:
        try:
            if result := what():
                return result
            failure = None
        except AssertionError as caught:
            failure = caught
        if time.monotonic() > end:
            raise failure or AssertionError(f"the condition was not met within {seconds} s")
        time.sleep(0.25)


class Fixture:
    """The processes of the tests. stop() ends all that start() has started, also if start() failed."""

    def __init__(self, program, fake_tcr, token_life=3600):
        """`token_life`: lifetime of the tokens that the fake issues, in seconds."""
        self.program, self.fake_program, self.token_life = program, fake_tcr, token_life
        self.name = f"monitoring-{os.getpid()}"
        self.folder = tempfile.TemporaryDirectory(prefix="tcr-monitoring-")
        self.path = Path(self.folder.name)
        self.processes = []
        self.prometheus = None
        self.settings, self.addresses = {}, {}

    # --- start and stop ---

    def start(self):
        self.sandbox("start")
        for line in self.sandbox("env").splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            self.settings[name] = value
        self.sandbox("install")
        self.kubectl("apply", "-f", str(ROOT / "deploy/components/hosts-updater/hosts-updater.yaml"))
        self.flags = self.start_cloud()
        first = self.start_controller("a", ["--webhooks"], self.flags)
        second = self.start_controller("b", [], self.flags)
        hosts = self.start_hosts_updater()
        certificates = Path(self.settings["SANDBOX_DIR"]) / "certs"
        labels = {"namespace": NAMESPACE}
        self.prometheus = Prometheus([
            ("tcr-assistant-controller-manager", labels, [first, second], []),
            ("tcr-assistant-hosts-updater", labels, [hosts], []),
            ("apiserver", {}, ["127.0.0.1:" + self.settings["SANDBOX_APISERVER_PORT"]], [
                "scheme: https",
                (f"tls_config: {{ca_file: {certificates}/ca.crt, cert_file: {certificates}/admin.crt,"
                 f" key_file: {certificates}/admin.key}}"),
                ("metric_relabel_configs: [{source_labels: [__name__], regex: apiserver_admission_webhook_.*,"
                 " action: keep}]")]),
        ])

    def stop(self):
        if self.prometheus:
            self.prometheus.stop()
        for process in reversed(self.processes):
            process.terminate()
            process.wait(20)
            if process.stdout:
                process.stdout.close()
        self.sandbox("stop")
        self.folder.cleanup()

    def start_cloud(self):
        fake = subprocess.Popen(
            [self.fake_program, "--key", f"{KEY_ID}:{KEY}", "--token-life", str(self.token_life),
             "--instance", "tcr-dg284imq,demo,ap-guangzhou", "--instance", "tcr-second,second,ap-guangzhou"],
            stdout=subprocess.PIPE, text=True)
        self.processes.append(fake)
        self.cloud = f"http://127.0.0.1:{int(fake.stdout.readline().split()[1])}/"
        keys = self.path / "keys"
        keys.mkdir()
        (keys / "secretId").write_text(KEY_ID, encoding="ascii")
        (keys / "secretKey").write_text(KEY, encoding="ascii")
        return [f"--cloud-key-dir={keys}", f"--tcr-endpoint={self.cloud}", f"--sts-endpoint={self.cloud}",
                "--cvm-metadata-endpoint=0"]

    def start_controller(self, which, options, flags):
        """Returns HOST:PORT of its metrics."""
        self.sandbox("controller", "start", "--id", which, *options, "--", *flags)
        status = dict(line.split("=", 1) for line in self.controller_status(which).splitlines() if "=" in line)
        metrics = status["METRICS_URL"].removeprefix("http://").removesuffix("/metrics")
        self.addresses[which] = [f"--metrics-bind-address={metrics}"]
        if "WEBHOOK_URL" in status:
            self.webhook = status["WEBHOOK_URL"]
            self.addresses[which].append(f"--webhook-bind-address={self.webhook.removeprefix('https://')}")
        return metrics

    def restart_controller(self, which):
        """Starts a stopped controller on its former addresses, which Prometheus and the API server use."""
        self.sandbox("controller", "start", "--id", which, "--", *self.flags, *self.addresses[which])

    def controller_status(self, which):
        return self.sandbox("controller", "status", "--id", which)

    def start_hosts_updater(self):
        self.sandbox("service-account", NAMESPACE, "hosts-updater", str(self.path / "hosts-account"))
        self.hosts = self.path / "hosts"
        self.hosts.write_text("127.0.0.1 localhost\n", encoding="ascii")
        metrics, probes = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        # The environment is that of a pod.
        environment = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
        environment |= {
            "KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": self.settings["SANDBOX_APISERVER_PORT"],
            "TCR_ASSISTANT_SERVICE_ACCOUNT_DIR": str(self.path / "hosts-account")}
        with open(self.path / "hosts-updater.log", "w", encoding="utf-8") as log:
            self.processes.append(subprocess.Popen(
                [self.program, "hosts-updater", "--hosts-file", str(self.hosts), "--check-dns=false",
                 "--metrics-bind-address", metrics, "--health-probe-bind-address", probes],
                env=environment, stdout=log, stderr=log))
        return metrics

    # --- actions ---

    def sandbox(self, *words):
        """Runs scripts/sandbox and returns its standard output."""
        command, *rest = words
        run = subprocess.run(
            [str(ROOT / "scripts/sandbox"), "--name", self.name, command, *rest], capture_output=True, text=True,
            timeout=180, check=False, env=os.environ | {"TCR_ASSISTANT": self.program})
        if run.returncode != 0:
            raise AssertionError(f"sandbox {' '.join(words)}: {run.stderr}")
        return run.stdout

    def kubectl(self, *words, text=None, is_refused=False):
        run = subprocess.run(
            [self.settings["SANDBOX_KUBECTL"], *words], input=text, capture_output=True, text=True, timeout=120, check=False,
            env=os.environ | {name: self.settings[name] for name in ("KUBECONFIG", "KUBECACHEDIR")})
        if (run.returncode != 0) != is_refused:
            raise AssertionError(f"kubectl {' '.join(words)}: {run.stdout}{run.stderr}")
        return run.stdout + run.stderr

    def apply(self, *objects, is_refused=False):
        object_list = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        # The server validates. Validation by kubectl would first download the whole schema.
        return self.kubectl(
            "apply", "--validate=false", "-f", "-", text=json.dumps(object_list), is_refused=is_refused)

    def make_namespaces(self, names):
        self.apply(*({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in names))

    def configure_hosts(self, *entries):
        text = "hosts:\n" + "".join(f"- {{domain: {domain}, ip: {ip}}}\n" for domain, ip in entries)
        self.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "updater-config", "namespace": NAMESPACE},
                    "data": {"hosts.yaml": text}})

    def control_cloud(self, page):
        with OPENER.open(urllib.request.Request(f"{self.cloud}control/{page}", method="POST"), timeout=10):
            pass

    def send_invalid_review(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        try:
            opener.open(urllib.request.Request(
                self.webhook + "/mutate-v1-serviceaccount", b"invalid", {"Content-Type": "text/plain"}), timeout=10)
        except urllib.error.HTTPError as answer:
            return answer.code
        raise AssertionError("the webhook accepted an invalid request")

    def route_webhooks_to(self, port):
        self.sandbox("webhooks", str(port))

    def is_ready(self, name):
        return self.kubectl(
            "get", "ipss", name, "-o", 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') == "True"
