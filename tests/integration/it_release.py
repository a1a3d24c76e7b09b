#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a release with scripts/release and checks its files as a user does after downloading them.

Usage: it_release.py SOURCE_FOLDER. Needs root to build the image; without root the test is skipped. Needs $TCR_KREW
(scripts/lib/packaging.sh) for one case.

$TCR_RELEASE_PLATFORMS lists the platforms of the release, by default only that of this machine: cross-compiling the image
takes too long for each run. scripts/test --arm64 makes the release of both. Without it, the index of both platforms is
made from prepared archives.
"""

import hashlib
import io
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
# Key: the machine's name of an architecture. Values: OCI's name, and the number in an ELF header.
ARCHITECTURES = {"x86_64": ("amd64", 62), "aarch64": ("arm64", 183)}
MACHINES = dict(ARCHITECTURES.values())
NATIVE, _ = ARCHITECTURES[os.uname().machine]
PLATFORMS = os.environ.get("TCR_RELEASE_PLATFORMS", f"linux/{NATIVE}").split(",")

if os.getuid() != 0:
    print("skipped: building the image needs root")
    sys.exit(SKIPPED)


def make_release(folder):
    subprocess.run([f"{ROOT}/scripts/release", "--output", folder, "--platform", ",".join(PLATFORMS)],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=2400, check=True)


def digests(folder):
    found = {}
    for name in os.listdir(folder):
        with open(f"{folder}/{name}", "rb") as file:
            found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


class Layout:
    """An OCI image layout in a tar file."""

    def __init__(self, path):
        with tarfile.open(path) as archive:
            self.files = {entry.name: archive.extractfile(entry).read() for entry in archive}

    def blob(self, descriptor):
        content = self.files["blobs/" + descriptor["digest"].replace(":", "/")]
        assert len(content) == descriptor["size"]
        assert "sha256:" + hashlib.sha256(content).hexdigest() == descriptor["digest"]
        return content

    def entry(self):
        """Returns the descriptor of the index."""
        entry, = json.loads(self.files["index.json"])["manifests"]
        return entry

    def images(self):
        """Yields platform, digest of the configuration, configuration and program of each image."""
        for each in json.loads(self.blob(self.entry()))["manifests"]:
            manifest = json.loads(self.blob(each))
            layer, = manifest["layers"]
            with tarfile.open(fileobj=io.BytesIO(self.blob(layer))) as root:
                program = {entry.name.removeprefix("./"): entry for entry in root}["usr/local/bin/tcr-assistant"]
                yield (each["platform"], manifest["config"]["digest"], json.loads(self.blob(manifest["config"])),
                       root.extractfile(program).read())


def archive_for(architecture, source, target):
    """Copies a docker-archive, as if its image were for that architecture: with a program that is only an ELF header."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as root:
        program = tarfile.TarInfo("usr/local/bin/tcr-assistant")
        header = b"\x7fELF\2\1\1".ljust(18, b"\0") + MACHINES[architecture].to_bytes(2, "little")
        program.size = len(header)
        root.addfile(program, io.BytesIO(header))
    with tarfile.open(source) as archive, tarfile.open(target, "w") as output:
        manifest, = json.load(archive.extractfile("manifest.json"))
        config = json.load(archive.extractfile(manifest["Config"]))
        config["architecture"] = architecture
        files = {"config.json": json.dumps(config).encode(), "layer.tar": layer.getvalue()}
        files["manifest.json"] = json.dumps(
            [{"Config": "config.json", "RepoTags": manifest["RepoTags"], "Layers": ["layer.tar"]}]).encode()
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            output.addfile(entry, io.BytesIO(content))


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
        of_platforms = {os.path.basename(path(each)) for each in PLATFORMS for path in (self.plugin, self.sbom)}
        self.assertEqual(set(os.listdir(self.folder)), {
            f"tcr-assistant-image-{self.version}.tar", f"{name}.tgz", f"{name}.yaml", *of_platforms,
            f"tcr-assistant-krew-{self.version}.yaml", "SHA256SUMS"})

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

    def image(self):
        return f"{self.folder}/tcr-assistant-image-{self.version}.tar"

    def plugin(self, platform=f"linux/{NATIVE}"):
        return f"{self.folder}/tcr-assistant-kubectl-{self.version}-{platform.replace('/', '-')}.tar.gz"

    def sbom(self, platform):
        return f"{self.folder}/tcr-assistant-{self.version}-{platform.replace('/', '-')}.spdx.json"

    def check_index(self, path, platforms):
        layout = Layout(path)
        self.assertEqual(json.loads(layout.files["oci-layout"]), {"imageLayoutVersion": "1.0.0"})
        names = layout.entry()["annotations"]
        self.assertEqual(names["io.containerd.image.name"], f"docker.io/library/tcr-assistant:{self.version}")
        self.assertEqual(names["org.opencontainers.image.ref.name"], self.version)
        found = []
        for platform, _, config, program in layout.images():
            found.append(f"{platform['os']}/{platform['architecture']}")
            self.assertEqual((config["os"], config["architecture"]), (platform["os"], platform["architecture"]))
            self.assertEqual(program[:4], b"\x7fELF")
            self.assertEqual(int.from_bytes(program[18:20], "little"), MACHINES[platform["architecture"]])
        self.assertEqual(found, platforms)

    def test_index_has_the_image_of_each_platform(self):
        self.check_index(self.image(), PLATFORMS)

    def test_index_can_have_two_platforms(self):
        with tempfile.TemporaryDirectory() as folder:
            archives = [f"{folder}/{each}.tar" for each in MACHINES]
            for architecture, archive in zip(MACHINES, archives):
                archive_for(architecture, self.image(), archive)
            subprocess.run([f"{ROOT}/scripts/lib/make_image_index.py", f"{folder}/index.tar", *archives], check=True)
            self.check_index(f"{folder}/index.tar", [f"linux/{each}" for each in MACHINES])

    def test_docker_loads_the_first_image(self):
        layout = Layout(self.image())
        entry, = json.loads(layout.files["manifest.json"])
        self.assertEqual(entry["RepoTags"], [f"docker.io/library/tcr-assistant:{self.version}"])
        config = json.loads(layout.files[entry["Config"]])
        self.assertEqual(f"{config['os']}/{config['architecture']}", PLATFORMS[0])
        self.assertEqual(["sha256:" + hashlib.sha256(layout.files[each]).hexdigest() for each in entry["Layers"]],
                         config["rootfs"]["diff_ids"])

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

    def test_krew_manifest_matches_the_plugins(self):
        with open(f"{self.folder}/tcr-assistant-krew-{self.version}.yaml") as text:
            manifest = yaml.safe_load(text)
        self.assertEqual(manifest["metadata"]["name"], "tcr")
        self.assertEqual(manifest["spec"]["version"], f"v{self.version}")
        described = {f"{each['selector']['matchLabels']['os']}/{each['selector']['matchLabels']['arch']}": each
                     for each in manifest["spec"]["platforms"]}
        self.assertEqual(sorted(described), sorted(PLATFORMS))
        for platform, entry in described.items():
            self.assertEqual(os.path.basename(entry["uri"]), os.path.basename(self.plugin(platform)))
            with open(self.plugin(platform), "rb") as archive:
                self.assertEqual(entry["sha256"], hashlib.sha256(archive.read()).hexdigest())
            with tarfile.open(self.plugin(platform)) as archive:
                self.assertIn("./" + entry["bin"], archive.getnames())

    def test_sbom_matches_each_image(self):
        for platform, digest, _, _ in Layout(self.image()).images():
            with open(self.sbom(f"{platform['os']}/{platform['architecture']}")) as text:
                sbom = json.load(text)
            image, = [package for package in sbom["packages"] if package["SPDXID"] == "SPDXRef-image"]
            self.assertEqual("sha256:" + image["checksums"][0]["checksumValue"], digest)


if __name__ == "__main__":
    unittest.main(verbosity=2)
