#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records the data of the dashboard while a real control plane changes: namespaces are created, a password is edited, the
leader and the API server restart. scripts/lib/draw_dashboard.py draws the recording.

Usage: record.py TCR_ASSISTANT FAKE_TCR DATA.json. $TCR_PROMETHEUS is the server's path. Takes five minutes.
"""

import json
import sys
import time
from pathlib import Path

import dashboard
from fixture import Fixture, eventually, with_password, with_token

# In seconds. The controller renews such a token every minute, so the recording shows renewals.
TOKEN_LIFE = 120
STEP = 3
INTERVALS = {"__rate_interval": "15s", "__interval": "5s", "__range": "5m"}


class Recording:
    def __init__(self, fixture):
        self.fixture, self.start, self.marks = fixture, time.time(), []

    def mark_at(self, seconds, what):
        """Waits until `seconds` after the start of the recording, and adds a mark with the text `what`."""
        time.sleep(max(0, self.start + seconds - time.time()))
        print(f"{time.time() - self.start:4.0f} s: {what}")
        self.marks.append({"time": time.time(), "what": what})

    def run_scenario(self):
        fixture = self.fixture
        self.mark_at(15, "ImagePullSecrets")
        fixture.apply(with_password("team", "first.password"), with_token("demo", "tcr-dg284imq"))
        fixture.configure_hosts(("demo.tencentcloudcr.com", "172.16.1.95"))
        self.mark_at(40, "100 namespaces")
        fixture.make_namespaces(f"shop-{i}" for i in range(100))
        self.mark_at(75, "password edited")
        fixture.apply(with_password("team", "second.password"))
        fixture.apply(with_password("bad", "password", namespaces="Not_A_Name"), is_refused=True)
        self.mark_at(105, "another instance, the cloud fails")
        fixture.control_cloud("fail?http=503&count=3")
        fixture.apply(with_token("second", "tcr-second"))
        fixture.configure_hosts(("demo.tencentcloudcr.com", "172.16.1.96"), ("second.tencentcloudcr.com", "172.16.1.97"))
        self.mark_at(135, "API server restarts")
        fixture.sandbox("restart", "apiserver")
        self.mark_at(170, "leader ends")
        fixture.sandbox("controller", "stop", "--id", "a")
        self.mark_at(190, "and comes back")
        fixture.restart_controller("a")
        self.mark_at(215, "200 namespaces")
        fixture.make_namespaces(f"bakery-{i}" for i in range(200))
        fixture.hosts.write_text("127.0.0.1 localhost\n", encoding="ascii")
        self.mark_at(265, "end")
        self.marks.pop()
        # Panels with single numbers show the end of the recording: wait until no renewal is in progress.
        eventually(lambda: fixture.prometheus.query(
            'max by (imagepullsecret) (tcr_assistant_imagepullsecret_secrets{state="desired"})'
            ' == max by (imagepullsecret) (tcr_assistant_imagepullsecret_secrets{state="ready"})')[2:])

    def data(self):
        board, prometheus, end = dashboard.load(), self.fixture.prometheus, time.time()
        values = dashboard.chosen_values(board, prometheus) | INTERVALS
        results = {}
        for panel in dashboard.panels(board):
            for target in panel["targets"]:
                expression = dashboard.substitute(target["expr"], values)
                found = prometheus.query(expression) if target.get("instant") else prometheus.query_range(
                    expression, self.start, end, STEP)
                results[f"{panel['id']} {target['refId']}"] = found
        return {"start": self.start, "end": end, "marks": self.marks, "results": results}


def main(program, fake_tcr, out):
    fixture = Fixture(program, fake_tcr, TOKEN_LIFE)
    try:
        fixture.start()
        recording = Recording(fixture)
        recording.run_scenario()
        Path(out).write_text(json.dumps(recording.data()), encoding="utf-8")
    finally:
        fixture.stop()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
