#!/usr/bin/env python3
"""A real Prometheus scrapes the real program; every query of the dashboard and every metric of the alerts is asked for.

Usage: it_monitoring.py TCR_ASSISTANT FAKE_TCR. $TCR_PROMETHEUS is the server's path (scripts/lib/promtool.sh).
"""

import functools
import re
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "monitoring"))

import dashboard
from prometheus import free_port
from scene import Scene, eventually, with_password, with_token

PROGRAM, FAKE_TCR = sys.argv[1:3]
del sys.argv[1:3]

# Queries that may have nothing to show, by panel and letter, with the reason.
EMPTY = {
    ("Objects in memory", "B"): "it shows resources with objects in quarantine, and there are none",
}

# Names of metrics in an expression, with their labels.
SELECTOR = re.compile(
    r"\b(?:(?:tcr_assistant|controller_runtime|workqueue|rest_client|leader_election|process|apiserver)_\w+|up)\b"
    r"(?:\{[^}]*\})?")

# As Grafana would set them for a page of the last minute or so; scrapes are a second apart.
INTERVALS = {"__rate_interval": "15s", "__interval": "5s", "__range": "2m"}
PERIOD, STEP = 60, 2


class Monitoring(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scene = Scene(PROGRAM, FAKE_TCR)
        cls.addClassCleanup(cls.scene.stop)
        cls.scene.start()
        cls.prometheus = cls.scene.prometheus
        cls.live_through_things(cls.scene)

    @staticmethod
    def live_through_things(scene):
        """Some series come into being when something goes wrong: here each goes wrong once."""
        scene.apply(with_password("team", "first.password"), with_token("demo", "tcr-dg284imq"))
        scene.configure_hosts(("demo.tencentcloudcr.com", "172.16.1.95"))
        scene.make_namespaces(f"shop-{i}" for i in range(5))
        eventually(lambda: scene.is_ready("team") and scene.is_ready("tcr-dg284imq-public"))
        # Answers other than 2xx, watches that fail.
        scene.sandbox("restart", "apiserver")
        # An API of the cloud that fails once.
        scene.steer_cloud("fail?http=503&count=1")
        eventually(lambda: scene.apply(with_token("second", "tcr-second")))
        # Webhooks that nobody can call. The API server hears of the new address in its own time.
        scene.send_rubbish_to_the_webhook()
        port = scene.webhook.rpartition(":")[2]
        scene.lead_webhooks_to(free_port())
        names = iter(range(100))
        eventually(lambda: scene.apply(with_password("nobody-asked", "password"), is_refused=True))
        eventually(lambda: scene.kubectl("create", "sa", f"late-{next(names)}", "-n", "shop-0"))
        scene.lead_webhooks_to(port)
        eventually(lambda: scene.apply(with_password("team", "second.password")))
        # A refusal, in a way that only the webhook knows.
        refused = scene.apply(with_password("bad", "password", namespaces="Not_A_Name"), is_refused=True)
        assert "Not_A_Name" in refused, refused
        scene.hosts.write_text("127.0.0.1 localhost\n", encoding="ascii")
        scene.make_namespaces(f"bakery-{i}" for i in range(5))

    def has_result(self, expression, is_instant):
        now = time.time()
        if is_instant:
            return self.prometheus.query(expression)
        return self.prometheus.query_range(expression, now - PERIOD, now, STEP)

    def test_every_target_is_up(self):
        eventually(lambda: {each["value"][1] for each in self.prometheus.query("up")} == {"1"})
        self.assertEqual(len(self.prometheus.query("up")), 4)

    def test_no_query_of_the_dashboard_returns_nothing(self):
        board = dashboard.load()
        values = eventually(lambda: dashboard.chosen_values(board, self.prometheus)) | INTERVALS
        asked, empty = 0, set()
        for panel in dashboard.panels(board):
            for target in panel["targets"]:
                where = (panel["title"], target["refId"])
                expression = dashboard.substitute(target["expr"], values)
                self.assertNotIn("$", expression, where)
                with self.subTest(panel=panel["title"], query=expression):
                    asked += 1
                    try:
                        eventually(functools.partial(self.has_result, expression, target.get("instant", False)), 10)
                    except AssertionError:
                        empty.add(where)
                        self.assertIn(where, EMPTY, "it returns nothing")
        for annotation in board["annotations"]["list"]:
            if "expr" in annotation:
                # It marks restarts, of which there were none.
                self.prometheus.query(dashboard.substitute(annotation["expr"], values))
        self.assertEqual(empty, set(EMPTY), "allowed to be empty, and is not")
        print(f"{asked} queries of the dashboard were answered")

    def test_every_metric_of_the_alerts_is_there(self):
        rules = eventually(lambda: [each for each in self.prometheus.rules() if each["health"] != "unknown"])
        asked = set()
        for rule in rules:
            with self.subTest(alert=rule["name"]):
                self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""))
                selectors = set(SELECTOR.findall(rule["query"]))
                self.assertTrue(selectors, rule["query"])
                for selector in selectors:
                    asked.add(selector)
                    eventually(functools.partial(self.assert_found, selector), 10)
        print(f"{len(rules)} alerts were evaluated, {len(asked)} selectors of theirs have series")

    def assert_found(self, selector):
        self.assertTrue(self.prometheus.query(selector), selector)
        return True

    def test_no_alert_fires_here(self):
        firing = [rule["name"] for rule in self.prometheus.rules() if rule["state"] == "firing"]
        self.assertEqual(firing, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
