#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the objects of deploy/ with kubeconform, kubernetes-validate and kube-score. The table of docs/operate/security.md has a
row, with a reason, for each finding of kube-score that we accept. This test fails for a finding without a row, and for a row
without a finding.

Usage: scanners.py. Needs the programs of scripts/lib/packaging.sh; without them the test is skipped.
"""

import glob
import json
import os
import re
import sys
import tempfile
import unittest

import rendering

KUBECONFORM = os.environ.get("TCR_KUBECONFORM", "")
KUBE_SCORE = os.environ.get("TCR_KUBE_SCORE", "")
VALIDATE = os.environ.get("TCR_KUBERNETES_VALIDATE", "")
# The default manifests are for servers since 1.30. These are the oldest and newest such versions whose schemas
# kubernetes-validate contains.
VERSIONS = ("1.30", "1.36")
# Older versions with schemas, and the overlay for each. In its strict mode, kubectl refuses what the schemas refuse.
OLDER = {"1.25": "1.28", "1.26": "1.28", "1.27": "1.28", "1.28": "1.30", "1.29": "1.30"}
MISSPELT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, label: {}}\n"
PAGE = os.path.join(rendering.ROOT, "docs", "operate", "security.md")


def skip_without_scanners():
    rendering.skip_without_tools()
    missing = [each for each in (KUBECONFORM, KUBE_SCORE, VALIDATE) if not os.path.exists(each)]
    if missing:
        print("skipped: a scanner is missing; scripts/test installs it")
        sys.exit(rendering.SKIPPED)


def accepted_findings():
    """{(check, object as Kind/name)} of the rows for kube-score."""
    with open(PAGE, encoding="utf-8") as file:
        rows = re.findall(r"^\| kube-score \| `([^`]+)` \| (.*?) \|", file.read(), re.MULTILINE)
    return {(check, each) for check, objects in rows for each in re.findall(r"`([^`]+)`", objects)}


class Scanners(unittest.TestCase):
    """Scans the default overlay, and the chart with its hooks, without values and with each file of values."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        texts = {"overlay": rendering.kustomize("overlays/default")}
        for path in [None, *rendering.VALUE_SETS]:
            words = ("--values", path) if path else ()
            texts["chart-" + (os.path.basename(path) if path else "default")] = rendering.must(*rendering.helm_words(*words))
        cls.files = []
        for name, text in texts.items():
            cls.files.append(os.path.join(folder.name, name.removesuffix(".yaml") + ".yaml"))
            with open(cls.files[-1], "w", encoding="utf-8") as file:
                file.write(text)

    def schemas(self, version):
        """Copies the schemas in kubernetes-validate for kubeconform: their references lead to a web site, and must be local."""
        venv = os.path.dirname(os.path.dirname(VALIDATE))
        inside = f"lib/python3*/site-packages/kubernetes_validate/kubernetes-json-schema/v{version}.*-local-strict"
        (source,) = glob.glob(os.path.join(venv, inside))
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for path in glob.glob(os.path.join(source, "*.json")):
            with open(path, encoding="utf-8") as file:
                text = file.read().replace('"/api/_definitions.json', '"_definitions.json')
                text = re.sub(r',\s*"\$id": "[^"]*"', "", text)
            with open(os.path.join(folder.name, os.path.basename(path)), "w", encoding="utf-8") as file:
                file.write(text)
        return folder.name

    def test_kubeconform(self):
        for version in VERSIONS:
            location = os.path.join(self.schemas(version), "{{.ResourceKind}}{{.KindSuffix}}.json")
            words = (KUBECONFORM, "-strict", "-summary", "-schema-location", location)
            done = rendering.run(*words, *self.files)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("Invalid: 0, Errors: 0, Skipped: 0", done.stdout)
            self.assertIn("Valid: 0, Invalid: 1", rendering.run(*words, text=MISSPELT).stdout)

    def test_kubernetes_validate(self):
        for version in VERSIONS:
            words = (VALIDATE, "--strict", "--kubernetes-version", version)
            done = rendering.run(*words, *self.files)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertNotEqual(rendering.run(*words, "-", text=MISSPELT).returncode, 0)

    def test_older_servers_know_every_field(self):
        for version, before in OLDER.items():
            words = (VALIDATE, "--strict", "--kubernetes-version", version, "-")
            for text in (
                rendering.kustomize(f"overlays/kubernetes-before-{before}"),
                rendering.must(*rendering.helm_words("--kube-version", version + ".0")),
            ):
                done = rendering.run(*words, text=text)
                self.assertEqual(done.returncode, 0, version + done.stdout + done.stderr)
        # Servers before 1.28 need an overlay of their own, because they do not know all fields of the overlay for 1.28
        # and 1.29.
        text = rendering.kustomize("overlays/kubernetes-before-1.30")
        for version in ("1.26", "1.27"):
            words = (VALIDATE, "--strict", "--kubernetes-version", version, "-")
            self.assertNotEqual(rendering.run(*words, text=text).returncode, 0, version)

    def test_kube_score(self):
        done = rendering.run(KUBE_SCORE, "score", "--output-format", "json", *self.files)
        found = {
            (check["check"]["id"], f"{each['type_meta']['kind']}/{each['object_meta']['name']}")
            for each in json.loads(done.stdout)
            for check in each["checks"]
            if not check["skipped"] and check["grade"] < 10
        }
        self.assertEqual(sorted(found - accepted_findings()), [], "findings that docs/operate/security.md does not explain")
        self.assertEqual(sorted(accepted_findings() - found), [], "rows of docs/operate/security.md without a finding")


if __name__ == "__main__":
    skip_without_scanners()
    unittest.main(verbosity=2)
