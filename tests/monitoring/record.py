#!/usr/bin/env python3
"""Records what the dashboard shows while things happen in a real control plane: namespaces come, a password is edited, the
leader and the API server restart. scripts/lib/draw_dashboard.py draws it.

Usage: record.py TCR_ASSISTANT FAKE_TCR DATA.json. $TCR_PROMETHEUS is the server's path. Takes five minutes.
"""

import json
import sys
import time
from pathlib import Path

import dashboard
from scene import Scene, eventually, with_password, with_token

# Renewed every minute, so that renewals can be seen.
TOKEN_LIFE = 120
STEP = 3
INTERVALS = {"__rate_interval": "15s", "__interval": "5s", "__range": "5m"}


class Recording:
    def __init__(self, scene):
        self.scene, self.start, self.marks = scene, time.time(), []

    def at(self, seconds, what):
        """Waits for that time of the recording, and marks it."""
        time.sleep(max(0, self.start + seconds - time.time()))
        print(f"{time.time() - self.start:4.0f} s: {what}")
        self.marks.append({"time": time.time(), "what": what})

    def live(self):
        scene = self.scene
        self.at(15, "ImagePullSecrets")
        scene.apply(with_password("team", "first.password"), with_token("demo", "tcr-dg284imq"))
        scene.configure_hosts(("demo.tencentcloudcr.com", "172.16.1.95"))
        self.at(40, "100 namespaces")
        scene.make_namespaces(f"shop-{i}" for i in range(100))
        self.at(75, "password edited")
        scene.apply(with_password("team", "second.password"))
        scene.apply(with_password("bad", "password", namespaces="Not_A_Name"), is_refused=True)
        self.at(105, "another instance, the cloud fails")
        scene.steer_cloud("fail?http=503&count=3")
        scene.apply(with_token("second", "tcr-second"))
        scene.configure_hosts(("demo.tencentcloudcr.com", "172.16.1.96"), ("second.tencentcloudcr.com", "172.16.1.97"))
        self.at(135, "API server restarts")
        scene.sandbox("restart", "apiserver")
        self.at(170, "leader ends")
        scene.sandbox("controller", "stop", "--id", "a")
        self.at(190, "and comes back")
        scene.start_again("a")
        self.at(215, "200 namespaces")
        scene.make_namespaces(f"bakery-{i}" for i in range(200))
        scene.hosts.write_text("127.0.0.1 localhost\n", encoding="ascii")
        self.at(265, "end")
        self.marks.pop()
        # The numbers that stand alone are of the last moment: not one in the middle of a renewal.
        eventually(lambda: scene.prometheus.query(
            'max by (imagepullsecret) (tcr_assistant_imagepullsecret_secrets{state="desired"})'
            ' == max by (imagepullsecret) (tcr_assistant_imagepullsecret_secrets{state="ready"})')[2:])

    def data(self):
        board, prometheus, end = dashboard.load(), self.scene.prometheus, time.time()
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
    scene = Scene(program, fake_tcr, TOKEN_LIFE)
    try:
        scene.start()
        recording = Recording(scene)
        recording.live()
        Path(out).write_text(json.dumps(recording.data()), encoding="utf-8")
    finally:
        scene.stop()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
