#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every query of the dashboard and every metric of the alerts returns data: a real Prometheus scrapes the program.

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
from fixture import Fixture, eventually, with_password, with_token

PROGRAM, FAKE_TCR = sys.argv[1:3]
del sys.argv[1:3]

# Queries that may return no data, by panel and letter, with the reason.
EMPTY = {
    ("Objects in memory", "B"): "no object is in quarantine",
}

# Matches the names of metrics in an expression, with their labels.
SELECTOR = re.compile(
    r"\b(?:(?:tcr_assistant|controller_runtime|workqueue|rest_client|leader_election|process|apiserver)_\w+|up)\b"
    r"(?:\{[^}]*\})?")

# The values that Grafana would use for a page of about the last minute. The scrape interval is 1 s.
INTERVALS = {"__rate_interval": "15s", "__interval": "5s", "__range": "2m"}
PERIOD, STEP = 60, 2


class Monitoring(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.fixture = Fixture(PROGRAM, FAKE_TCR)
        cls.addClassCleanup(cls.fixture.stop)
        cls.fixture.start()
        cls.prometheus = cls.fixture.prometheus
        cls.cause_every_series(cls.fixture)

    @staticmethod
    def cause_every_series(fixture):
        """Causes each error once, because some series exist only after an error."""
        fixture.apply(with_password("team", "first.password"), with_token("demo", "tcr-dg284imq"))
        fixture.configure_hosts(("demo.tencentcloudcr.com", "172.16.1.95"))
        fixture.make_namespaces(f"shop-{i}" for i in range(5))
        eventually(lambda: fixture.is_ready("team") and fixture.is_ready("tcr-dg284imq-public"))
        # Causes responses other than 2xx, and failed watches.
        fixture.sandbox("restart", "apiserver")
        # Causes one failed request to the API of the cloud.
        fixture.control_cloud("fail?http=503&count=1")
        eventually(lambda: fixture.apply(with_token("second", "tcr-second")))
        # Makes the webhooks unreachable. The API server needs some time to use the new address.
        fixture.send_invalid_review()
        port = fixture.webhook.rpartition(":")[2]
        fixture.route_webhooks_to(free_port())
        names = iter(range(100))
        eventually(lambda: fixture.apply(with_password("unreachable", "password"), is_refused=True))
        eventually(lambda: fixture.kubectl("create", "sa", f"late-{next(names)}", "-n", "shop-0"))
        fixture.route_webhooks_to(port)
        eventually(lambda: fixture.apply(with_password("team", "second.password")))
        # Sends a request that only the webhook refuses.
        refused = fixture.apply(with_password("bad", "password", namespaces="Not_A_Name"), is_refused=True)
        assert "Not_A_Name" in refused, refused
        fixture.hosts.write_text("127.0.0.1 localhost\n", encoding="ascii")
        fixture.make_namespaces(f"bakery-{i}" for i in range(5))

    def has_result(self, expression, is_instant):
        now = time.time()
        if is_instant:
            return self.prometheus.query(expression)
        return self.prometheus.query_range(expression, now - PERIOD, now, STEP)

    def test_every_target_is_up(self):
        eventually(lambda: {each["value"][1] for each in self.prometheus.query("up")} == {"1"})
        self.assertEqual(len(self.prometheus.query("up")), 4)

    def test_every_dashboard_query_returns_data(self):
        board = dashboard.load()
        values = eventually(lambda: dashboard.chosen_values(board, self.prometheus)) | INTERVALS
        queried, empty = 0, set()
        for panel in dashboard.panels(board):
            for target in panel["targets"]:
                where = (panel["title"], target["refId"])
                expression = dashboard.substitute(target["expr"], values)
                self.assertNotIn("$", expression, where)
                with self.subTest(panel=panel["title"], query=expression):
                    queried += 1
                    try:
                        eventually(functools.partial(self.has_result, expression, target.get("instant", False)), 10)
                    except AssertionError:
                        empty.add(where)
                        self.assertIn(where, EMPTY, "it returns no data")
        for annotation in board["annotations"]["list"]:
            if "expr" in annotation:
                # This annotation marks restarts. There were no restarts, so the query may return no data.
                self.prometheus.query(dashboard.substitute(annotation["expr"], values))
        self.assertEqual(empty, set(EMPTY), "listed as empty, but returned data")
        print(f"{queried} queries of the dashboard were answered")

    def test_every_metric_of_the_alerts_exists(self):
        rules = eventually(lambda: [each for each in self.prometheus.rules() if each["health"] != "unknown"])
        queried = set()
        for rule in rules:
            with self.subTest(alert=rule["name"]):
                self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""))
                selectors = set(SELECTOR.findall(rule["query"]))
                self.assertTrue(selectors, rule["query"])
                for selector in selectors:
                    queried.add(selector)
                    eventually(functools.partial(self.assert_found, selector), 10)
        print(f"{len(rules)} alerts were evaluated, {len(queried)} of their selectors have series")

    def assert_found(self, selector):
        self.assertTrue(self.prometheus.query(selector), selector)
        return True

    def test_no_alert_fires(self):
        firing = [rule["name"] for rule in self.prometheus.rules() if rule["state"] == "firing"]
        self.assertEqual(firing, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
