# SPDX-License-Identifier: Apache-2.0
"""Starts a real Prometheus on 127.0.0.1 with the rules of this project, and queries its HTTP API."""

import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from dashboard import RULES

# Ignores the proxy settings of the user's environment: the server is on 127.0.0.1.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    """`jobs`: (name, {label: value}, ["host:port"], more lines of the job's configuration)."""

    def __init__(self, jobs):
        self.folder = tempfile.TemporaryDirectory(prefix="tcr-prometheus-")
        self.port = free_port()
        folder = Path(self.folder.name)
        (folder / "prometheus.yml").write_text(self.configuration(jobs), encoding="utf-8")
        self.log = open(folder / "log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [os.environ["TCR_PROMETHEUS"], f"--config.file={folder / 'prometheus.yml'}",
             f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{self.port}",
             "--log.level=warn"], stdout=self.log, stderr=self.log)
        self.wait_ready()

    @staticmethod
    def configuration(jobs):
        lines = ["global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}",
                 f"rule_files: [{json.dumps(str(RULES))}]", "scrape_configs:"]
        for name, labels, targets, more in jobs:
            lines += [f"  - job_name: {name}", *("    " + line for line in more),
                      f"    static_configs: [{{targets: {json.dumps(targets)}, labels: {json.dumps(labels)}}}]"]
        return "\n".join(lines) + "\n"

    def wait_ready(self):
        for _ in range(1200):
            if self.process.poll() is not None:
                break
            try:
                with OPENER.open(f"http://127.0.0.1:{self.port}/-/ready", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        self.stop()
        raise RuntimeError("Prometheus did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.log.seek(0)
        output = [line for line in self.log if "Received SIGTERM" not in line]
        self.log.close()
        self.folder.cleanup()
        if output:
            print("output of Prometheus:\n" + "".join(output))

    def call(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?" + urllib.parse.urlencode(parameters)
        try:
            with OPENER.open(url, timeout=20) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as failure:
            message = json.load(failure).get("error", "")
            raise AssertionError(f"{message}\n  {parameters.get('query', path)}") from None

    def query(self, expression):
        return self.call("query", query=expression)["result"]

    def query_range(self, expression, start, end, step):
        return self.call("query_range", query=expression, start=start, end=end, step=step)["result"]

    def label_values(self, label, selector):
        return self.call(f"label/{label}/values", **{"match[]": selector})

    def rules(self):
        return [rule for group in self.call("rules")["groups"] for rule in group["rules"]]
