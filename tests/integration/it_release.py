#!/usr/bin/env python3
"""Makes a release with scripts/release and checks its files as a user does after downloading them.

Usage: it_release.py SOURCE_FOLDER. Needs root to build the image; without root the test is skipped. Needs $TCR_KREW
(scripts/lib/packaging.sh) for one case.
"""

import glob
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest

import yaml

SKIPPED = 77
ROOT = sys.argv.pop(1)
KREW = os.environ.get("TCR_KREW", "")

if os.getuid() != 0:
    print("skipped: building the image needs root")
    sys.exit(SKIPPED)


def make_release(folder):
    subprocess.run([f"{ROOT}/scripts/release", "--output", folder], stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, timeout=2400, check=True)


def digests(folder):
    found = {}
    for name in os.listdir(folder):
        with open(f"{folder}/{name}", "rb") as file:
            found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


class Release(unittest.TestCase):
    """Makes the release once for all cases."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        make_release(cls.folder)
        with open(f"{ROOT}/CMakeLists.txt") as text:
            cls.version = re.search(r"^project\(tcr_assistant VERSION ([0-9.]+)", text.read(), re.MULTILINE).group(1)

    def test_release_is_complete(self):
        name = f"tcr-assistant-{self.version}"
        self.assertEqual(set(os.listdir(self.folder)), {
            f"tcr-assistant-image-{self.version}.tar", f"{name}.tgz", f"{name}.yaml", f"{name}.spdx.json",
            os.path.basename(self.plugin()), f"tcr-assistant-krew-{self.version}.yaml", "SHA256SUMS"})

    def test_checksums_match(self):
        subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=self.folder, check=True)
        with open(f"{self.folder}/SHA256SUMS") as sums:
            self.assertEqual(len(sums.readlines()), len(os.listdir(self.folder)) - 1)

    def test_release_is_reproducible(self):
        with tempfile.TemporaryDirectory() as again:
            make_release(again)
            self.assertEqual(digests(again), digests(self.folder))

    def test_chart_contains_its_files(self):
        with tarfile.open(f"{self.folder}/tcr-assistant-{self.version}.tgz") as chart:
            names = chart.getnames()
        for name in ["Chart.yaml", "values.yaml", "values.schema.json", "templates/deployment.yaml"]:
            self.assertIn(f"tcr-assistant/{name}", names)

    def plugin(self):
        archive, = glob.glob(f"{self.folder}/tcr-assistant-kubectl-{self.version}-linux-*.tar.gz")
        return archive

    def test_kubectl_plugin_runs_with_bundled_libraries(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["tar", "-x", "-C", folder, "-f", self.plugin()], check=True)
            self.assertTrue(os.path.isfile(f"{folder}/LICENSE"))
            self.assertTrue(os.path.isdir(f"{folder}/licenses/openssl"))
            program = f"{folder}/bin/kubectl-tcr"
            loaded = subprocess.run(["ldd", program], stdout=subprocess.PIPE, check=True, text=True).stdout
            for library in os.listdir(f"{folder}/lib/kubectl-tcr"):
                self.assertIn(f"{library} => {folder}/bin/../lib/kubectl-tcr/{library}", loaded)
            self.assert_plugin_runs(program)

    def assert_plugin_runs(self, program):
        version = subprocess.run([program, "version"], stdout=subprocess.PIPE, check=True, text=True).stdout
        self.assertTrue(version.startswith(f"kubectl tcr {self.version}\n"), version)

    @unittest.skipUnless(os.path.exists(KREW), "scripts/test builds krew")
    def test_krew_installs_the_plugin(self):
        with tempfile.TemporaryDirectory() as folder:
            manifest = f"{self.folder}/tcr-assistant-krew-{self.version}.yaml"
            subprocess.run(
                [KREW, "install", f"--manifest={manifest}", f"--archive={self.plugin()}"], stdin=subprocess.DEVNULL,
                env={**os.environ, "KREW_ROOT": folder, "KREW_NO_UPGRADE_CHECK": "1"}, check=True,
            )
            self.assert_plugin_runs(f"{folder}/bin/kubectl-tcr")
            # The link of docs/use/commands.md.
            os.symlink("kubectl-tcr", f"{folder}/bin/kubectl_complete-tcr")
            completed = subprocess.run([f"{folder}/bin/kubectl_complete-tcr", "expl"], stdout=subprocess.PIPE, check=True)
            self.assertEqual(completed.stdout, b"explain\n:0\n")

    def test_krew_manifest_matches_the_plugin(self):
        with open(f"{self.folder}/tcr-assistant-krew-{self.version}.yaml") as text:
            manifest = yaml.safe_load(text)
        self.assertEqual(manifest["metadata"]["name"], "tcr")
        self.assertEqual(manifest["spec"]["version"], f"v{self.version}")
        platform, = manifest["spec"]["platforms"]
        self.assertEqual(os.path.basename(platform["uri"]), os.path.basename(self.plugin()))
        with open(self.plugin(), "rb") as archive:
            self.assertEqual(platform["sha256"], hashlib.sha256(archive.read()).hexdigest())
        with tarfile.open(self.plugin()) as archive:
            self.assertIn("./" + platform["bin"], archive.getnames())

    def test_sbom_matches_the_image(self):
        with open(f"{self.folder}/tcr-assistant-{self.version}.spdx.json") as text:
            sbom = json.load(text)
        image, = [package for package in sbom["packages"] if package["SPDXID"] == "SPDXRef-image"]
        with tarfile.open(f"{self.folder}/tcr-assistant-image-{self.version}.tar") as archive:
            config = json.load(archive.extractfile("manifest.json"))[0]["Config"]
            digest = hashlib.sha256(archive.extractfile(config).read()).hexdigest()
        self.assertEqual(image["checksums"][0]["checksumValue"], digest)


if __name__ == "__main__":
    unittest.main(verbosity=2)
