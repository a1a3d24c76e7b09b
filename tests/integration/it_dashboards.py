#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the files of dashboard, alerts and runbooks are complete, match each other, and are valid for Grafana and promtool.

Usage: it_dashboards.py. $TCR_PROMTOOL and $TCR_CHECK_DASHBOARD are paths of programs that scripts/test installs.
`it_dashboards.py --write` writes dashboards/prometheusrule.yaml.
"""

import itertools
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "monitoring"))

import dashboard
from dashboard import ROOT, RULES

RULE_OBJECT = ROOT / "dashboards" / "prometheusrule.yaml"
RUNBOOKS = ROOT / "docs" / "operate" / "runbooks.md"
RULE_TESTS = sorted((ROOT / "tests" / "monitoring" / "rules").glob("*.yaml"))

# The units of Grafana that the dashboard uses.
UNITS = {"none", "short", "s", "ops", "reqps", "bytes", "percentunit"}

OBJECT_HEAD = """\
# The alerts of prometheus-rules.yaml as an object of the Prometheus operator. `tests/integration/it_dashboards.py --write`
# writes this file. The operator uses only rules with the labels that its Prometheus selects (spec.ruleSelector): add those
# labels here.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: tcr-assistant
  namespace: tcr-assistant-system
  labels:
    app.kubernetes.io/name: tcr-assistant
    app.kubernetes.io/part-of: tcr-assistant
spec:
"""


def rule_object():
    """Returns the PrometheusRule: the groups of the rule file, indented by two columns."""
    lines = RULES.read_text(encoding="utf-8").splitlines()
    groups = lines[lines.index("groups:"):]
    return OBJECT_HEAD + "".join(("  " + line if line else "") + "\n" for line in groups)


def alerts():
    """Returns {name of the alert: its text in the rule file}."""
    parts = re.split(r"(?m)^      - alert: (\w+)\n", RULES.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2]))


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=240, check=False)
    return done.returncode, done.stdout + done.stderr


class Dashboard(unittest.TestCase):
    def setUp(self):
        self.board = dashboard.load()
        self.panels = dashboard.panels(self.board)

    def test_grafana_schema_accepts_the_dashboard(self):
        status, output = run(os.environ["TCR_CHECK_DASHBOARD"], str(dashboard.DASHBOARD))
        self.assertEqual((status, output), (0, ""))

    def test_grafana_schema_is_strict(self):
        """Checks that check-dashboard rejects an unknown field."""
        text = dashboard.DASHBOARD.read_text(encoding="utf-8").replace('"legendFormat"', '"legendFormt"', 1)
        invalid = Path(os.environ.get("TMPDIR", "/tmp")) / f"it-dashboards-{os.getpid()}.json"
        self.addCleanup(invalid.unlink)
        invalid.write_text(text, encoding="utf-8")
        status, output = run(os.environ["TCR_CHECK_DASHBOARD"], str(invalid))
        self.assertEqual(status, 1)
        self.assertIn("unexpected field 'legendFormt'", output)

    def test_ids_are_unique(self):
        ids = [panel["id"] for panel in self.board["panels"]]
        self.assertEqual(len(ids), len(set(ids)))

    def test_panels_do_not_overlap(self):
        def cells(panel):
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            return set(itertools.product(
                range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])))

        taken = {}
        for panel in self.board["panels"]:
            for cell in cells(panel):
                self.assertNotIn(cell, taken, f"{panel['title']} and {taken.get(cell)}")
                taken[cell] = panel["title"]

    def test_each_panel_has_description_unit_and_data_source(self):
        for panel in self.panels:
            with self.subTest(panel=panel["title"]):
                self.assertGreater(len(panel["description"]), 20)
                self.assertIn(panel["fieldConfig"]["defaults"]["unit"], UNITS)
                self.assertTrue(panel["targets"])
                for place in (panel, *panel["targets"]):
                    self.assertEqual(place["datasource"], {"type": "prometheus", "uid": "${datasource}"})
                for target in panel["targets"]:
                    self.assertTrue(target["expr"].strip())
                letters = [target["refId"] for target in panel["targets"]]
                self.assertEqual(len(letters), len(set(letters)))

    def test_variables_choose_source_and_targets(self):
        variables = {each["name"]: each for each in self.board["templating"]["list"]}
        self.assertEqual(list(variables), ["datasource", "namespace", "job", "instance"])
        self.assertEqual((variables["datasource"]["type"], variables["datasource"]["query"]), ("datasource", "prometheus"))
        for target in (target for panel in self.panels for target in panel["targets"]):
            for selector in re.findall(r"\b(?!apiserver_|ALERTS)[a-z]\w+(\{[^}]*\})", target["expr"]):
                for name in ("namespace", "job", "instance"):
                    self.assertIn(f'{name}=~"${name}"', selector, target["expr"])


class Alerts(unittest.TestCase):
    def test_promtool_accepts_the_rules(self):
        status, output = run(os.environ["TCR_PROMTOOL"], "check", "rules", str(RULES))
        self.assertEqual(status, 0, output)

    def test_rules_fire_as_their_tests_expect(self):
        status, output = run(os.environ["TCR_PROMTOOL"], "test", "rules", *map(str, RULE_TESTS))
        self.assertEqual(status, 0, output)

    def test_each_alert_is_tested_firing_and_silent(self):
        text = "".join(each.read_text(encoding="utf-8") for each in RULE_TESTS)
        for name in alerts():
            query = f"expr: 'ALERTS{{alertname=\"{name}\", alertstate=\"firing\"}}'"
            self.assertRegex(text, re.escape(query) + r", eval_time: \w+, exp_samples: \[\]")
            self.assertRegex(text, re.escape(query) + r"\n +eval_time: \w+\n +exp_samples:\n +- \{labels")

    def test_each_alert_has_severity_texts_and_runbook(self):
        found = alerts()
        self.assertGreater(len(found), 20)
        for name, text in found.items():
            with self.subTest(alert=name):
                self.assertRegex(text, r"\n          severity: (warning|critical)\n")
                for annotation in ("summary", "description"):
                    self.assertRegex(text, rf"\n          {annotation}: .+")
                self.assertIn(f"\n          runbook_url: docs/operate/runbooks.md#{name.lower()}\n", text)

    def test_alerts_and_runbooks_match(self):
        parts = re.split(r"(?m)^### (\w+)\n", RUNBOOKS.read_text(encoding="utf-8"))
        sections = dict(zip(parts[1::2], parts[2::2]))
        self.assertEqual(list(sections), list(alerts()))
        for name, text in sections.items():
            with self.subTest(alert=name):
                self.assertEqual(
                    re.findall(r"(?m)^- \*\*(\w+)\*\*: ", text), ["Meaning", "Impact", "Diagnosis", "Mitigation"])
        for anchor in re.findall(r"\(#(\w+)\)", "".join(parts)):
            self.assertIn(anchor, {name.lower() for name in sections})

    def test_operator_object_has_the_same_rules(self):
        self.assertEqual(RULE_OBJECT.read_text(encoding="utf-8"), rule_object(), "run it_dashboards.py --write")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        RULE_OBJECT.write_text(rule_object(), encoding="utf-8")
    else:
        unittest.main(verbosity=2)
