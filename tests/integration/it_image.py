#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the image with scripts/image, checks its contents, and runs it against a real control plane: with the limits of the
shipped Deployment and a read-only root.

Usage: it_image.py SOURCE_FOLDER. Needs root to build the image; without root the test is skipped.
"""

import hashlib
import io
import json
import os
import re
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import urllib.error
import urllib.request

SKIPPED = 77
ROOT = sys.argv.pop(1)
NAME = "docker.io/library/tcr-assistant"
NAMESPACE = "tcr-assistant-system"
ACCOUNT = "tcr-assistant-controller-manager"
MEMORY_LIMIT = 30 * 1024 * 1024

if os.getuid() != 0:
    print("skipped: building and running the image needs root")
    sys.exit(SKIPPED)


def call(*words, check=True, timeout=360):
    """Runs a program and returns its standard output. Its standard error stays visible."""
    run = subprocess.run(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, timeout=timeout,
                         check=False)
    if check and run.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: exit status {run.returncode}\n{run.stdout}")
    return run.stdout


def podman(*words, **options):
    return call(f"{ROOT}/scripts/image", "podman", *words, **options)


def project_version():
    with open(f"{ROOT}/CMakeLists.txt") as text:
        return re.search(r"^project\(tcr_assistant VERSION ([0-9.]+)", text.read(), re.MULTILINE).group(1)


def eventually(what, condition, seconds=60):
    """Calls `condition` until it returns a true value, and returns that value."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        seen = condition()
        if seen:
            return seen
        time.sleep(0.2)
    raise AssertionError(f"not met within {seconds} s: {what}")


class Archive:
    """A docker-archive of one image with one layer."""

    def __init__(self, path):
        with tarfile.open(path) as outer:
            manifest, = json.load(outer.extractfile("manifest.json"))
            self.names = manifest["RepoTags"]
            self.config = json.load(outer.extractfile(manifest["Config"]))
            layer, = manifest["Layers"]
            self.layer = outer.extractfile(layer).read()
        with tarfile.open(fileobj=io.BytesIO(self.layer)) as inner:
            self.entries = {"/" + entry.name.strip("./"): entry for entry in inner.getmembers()}

    def read(self, path):
        with tarfile.open(fileobj=io.BytesIO(self.layer)) as inner:
            return inner.extractfile(self.entries[path]).read()


class ImageTest(unittest.TestCase):
    """Builds the image once for all cases."""

    @classmethod
    def setUpClass(cls):
        cls.version = project_version()
        cls.name = f"{NAME}:{cls.version}"
        cls.path = call(f"{ROOT}/scripts/image", "build", timeout=2600).strip()
        cls.image = Archive(cls.path)


class Contents(ImageTest):
    """Checks the contents of the archive without running the image."""

    def test_name_is_that_of_the_manifests(self):
        self.assertEqual([name.replace("docker.io/library/", "") for name in self.image.names],
                         [f"tcr-assistant:{self.version}"])

    def test_size_is_limited(self):
        program = self.image.entries["/usr/local/bin/tcr-assistant"].size
        print(f"image: {len(self.image.layer)} bytes, program: {program} bytes")
        self.assertLessEqual(len(self.image.layer), 40_000_000)
        self.assertLessEqual(program, 6_000_000)

    def test_program_is_stripped(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.image.read("/usr/local/bin/tcr-assistant"))
            file.flush()
            sections = call("readelf", "--sections", "--wide", file.name)
        self.assertIn(".text", sections)
        self.assertNotIn(".symtab", sections)
        self.assertNotIn(".debug", sections)

    def test_program_is_the_only_executable(self):
        """The image has no shell, package manager or tool: all other executable files are libraries."""
        executables = {path for path, entry in self.image.entries.items() if entry.isfile() and entry.mode & 0o111}
        others = {path for path in executables if not re.search(r"/(lib[^/]+\.so[.0-9]*|ld-linux[^/]*)$", path)}
        self.assertEqual(others, {"/usr/local/bin/tcr-assistant"})

    def test_no_file_is_writable_or_setuid(self):
        for path, entry in self.image.entries.items():
            self.assertEqual((entry.uid, entry.gid), (0, 0), path)
            if not entry.issym():
                self.assertEqual(entry.mode & 0o7022, 0, path)

    def test_every_file_has_the_time_of_the_commit(self):
        times = {entry.mtime for entry in self.image.entries.values()}
        self.assertEqual(len(times), 1, times)

    def test_controller_starts_as_unprivileged_user(self):
        config = self.image.config["config"]
        self.assertEqual(config["User"], "65532:65532")
        self.assertEqual(config["Entrypoint"], ["/usr/local/bin/tcr-assistant"])
        self.assertEqual(config["Cmd"], ["controller"])
        self.assertIn(b"nonroot:x:65532:65532:", self.image.read("/etc/passwd"))

    def test_labels_describe_the_image(self):
        labels = self.image.config["config"]["Labels"]
        prefix = "org.opencontainers.image."
        self.assertEqual(labels[prefix + "title"], "tcr-assistant")
        self.assertEqual(labels[prefix + "version"], self.version)
        self.assertRegex(labels[prefix + "revision"], "^([0-9a-f]{40}(-dirty)?|unknown)$")
        self.assertTrue(labels[prefix + "description"])

    def test_certificate_authorities_are_from_debian_only(self):
        """The image has no authorities of this machine, and names each file by the hash that OpenSSL looks for."""
        certificates = [path for path in self.image.entries if re.fullmatch(r"/etc/ssl/certs/[0-9a-f]{8}\.\d", path)]
        self.assertGreater(len(certificates), 100)
        self.assertIn("/var/lib/dpkg/status.d/ca-certificates", self.image.entries)
        folder = "/usr/local/share/ca-certificates"
        if os.path.isdir(folder):
            own = {digest(read(f"{folder}/{name}")) for name in os.listdir(folder)}
            self.assertFalse([path for path in certificates if digest(self.image.read(path)) in own])

    def test_package_list_names_all_libraries(self):
        """Each library belongs to a package in the list from which the SBOM is made."""
        lines = self.image.read("/usr/share/tcr-assistant/packages.tsv").decode().splitlines()
        packages = {tuple(line.split("\t")[:2]) for line in lines}
        for wanted in ["libc6", "libssl3", "libstdc++6", "libyaml-cpp0.7", "libprometheus-cpp-core1.0"]:
            self.assertIn(("library", wanted), packages)
            self.assertIn(f"/var/lib/dpkg/status.d/{wanted}", self.image.entries)
        for line in lines:
            role, _, _, source, *_ = line.split("\t")
            if role in ("library", "data"):
                self.assertIn(f"/usr/share/doc/{source}/copyright", self.image.entries)
        self.assertIn(("headers", "libboost1.81-dev"), packages)

    def test_sbom_names_all_packages(self):
        sbom = json.loads(call(f"{ROOT}/scripts/lib/make_sbom.py", self.path))
        packages = {package["SPDXID"]: package for package in sbom["packages"]}
        related = {(each["spdxElementId"], each["relationshipType"], each["relatedSpdxElement"])
                   for each in sbom["relationships"]}
        self.assertEqual({one for one, _, _ in related} | {other for _, _, other in related},
                         set(packages) | {"SPDXRef-DOCUMENT"})
        program = hashlib.sha256(self.image.read("/usr/local/bin/tcr-assistant")).hexdigest()
        self.assertEqual(packages["SPDXRef-tcr-assistant"]["checksums"][0]["checksumValue"], program)
        for path in self.image.entries:
            if path.startswith("/var/lib/dpkg/status.d/"):
                package = "SPDXRef-deb-" + os.path.basename(path).replace("+", "p")
                self.assertIn(("SPDXRef-image", "CONTAINS", package), related)
        self.assertIn(("SPDXRef-tcr-assistant", "DYNAMIC_LINK", "SPDXRef-deb-libssl3"), related)
        self.assertIn(("SPDXRef-tcr-assistant", "STATIC_LINK", "SPDXRef-deb-libboost1.81-dev"), related)


@unittest.skipUnless(os.access("/sys/fs/cgroup", os.W_OK), "a container needs a cgroup, and /sys/fs/cgroup is not writable")
class Running(ImageTest):
    """Runs the image in a real container runtime, beside a real control plane."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        podman("load", "--quiet", "--input", cls.path)

    def container(self, *words):
        """Starts a container that runs until the test ends, and returns its name. It has the limits and the security context
        of the shipped Deployment, and the network of the machine, where the sandbox listens."""
        name = f"tcr-assistant-test-{os.getpid()}"
        self.addCleanup(podman, "rm", "--force", "--ignore", name)
        podman("run", "--detach", "--name", name, "--network", "host", "--read-only", "--read-only-tmpfs=false",
               "--memory", "30m", "--cpus", "0.1", "--cap-drop", "all", "--security-opt", "no-new-privileges", *words)
        return name

    def test_version_command_works_on_a_read_only_root(self):
        output = podman("run", "--rm", "--network", "none", "--read-only", "--read-only-tmpfs=false", "--cap-drop", "all",
                      "--memory", "30m", "--cpus", "0.1", self.name, "version")
        self.assertTrue(output.startswith(f"tcr-assistant {self.version}\n"), output)
        self.assertIn("commit: " + self.image.config["config"]["Labels"]["org.opencontainers.image.revision"], output)

    def test_there_is_no_shell(self):
        for shell in ["/bin/sh", "/bin/bash", "/bin/busybox"]:
            run = subprocess.run([f"{ROOT}/scripts/image", "podman", "run", "--rm", "--network", "none", "--entrypoint", shell,
                                  self.name, "-c", "true"], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(run.returncode, 127, run.stderr)

    def test_the_controller_works_under_its_limits(self):
        sandbox = Sandbox(self)
        sandbox.script("install")
        sandbox.kubectl("create", "namespace", "app")
        port = free_port()
        started = time.monotonic()
        name = self.container(
            "--volume", f"{sandbox.account_folder()}:/var/run/secrets/kubernetes.io/serviceaccount:ro",
            "--env", "KUBERNETES_SERVICE_HOST=127.0.0.1", "--env", f"KUBERNETES_SERVICE_PORT={sandbox.port()}",
            self.name, "controller", "--metrics-bind-address=0", "--webhook-bind-address=0",
            f"--health-probe-bind-address=127.0.0.1:{port}")
        eventually("/readyz returns 200", lambda: self.is_ready(name, port))
        print(f"ready {time.monotonic() - started:.1f} s after `podman run`, in a container of 30 MiB and 0.1 CPU")

        sandbox.kubectl("create", "-f", f"{ROOT}/deploy/allinone/imagepullsecret-sample.yaml")
        eventually("the account has its reference", lambda: "imagepullsecret-sample" in sandbox.kubectl(
            "get", "serviceaccount", "default", "-n", "app", "-o", "jsonpath={.imagePullSecrets}"))

        group = control_group(podman("inspect", "--format", "{{.State.CgroupPath}}", name).strip())
        self.assertEqual(group["limit"], MEMORY_LIMIT)
        print(f"memory: {group['peak'] / 2**20:.1f} MiB at its peak, of {group['limit'] / 2**20:.0f} MiB")

        podman("kill", "--signal", "TERM", name)
        if podman("wait", name, timeout=120).strip() != "0":
            raise AssertionError("the controller did not end with status 0:\n" + self.logs(name))

    @staticmethod
    def logs(name):
        run = subprocess.run([f"{ROOT}/scripts/image", "podman", "logs", name], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        return run.stdout

    def is_ready(self, name, port):
        if podman("inspect", "--format", "{{.State.Status}}", name).strip() != "running":
            raise AssertionError("the container has ended:\n" + self.logs(name))
        try:
            # Ignores the proxy settings of the environment, because the server is on 127.0.0.1.
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


class Sandbox:
    """A control plane that is deleted at the end of the test."""

    def __init__(self, test):
        self.name = f"image-{os.getpid()}"
        test.addCleanup(self.script, "stop")
        self.script("start")
        folder = tempfile.TemporaryDirectory()
        test.addCleanup(folder.cleanup)
        self.folder = folder.name

    def script(self, *words):
        return call(f"{ROOT}/scripts/sandbox", *words, "--name", self.name, timeout=600)

    def kubectl(self, *words):
        return call(f"{ROOT}/scripts/sandbox", "kubectl", "--name", self.name, *words)

    def port(self):
        return re.search(r"SANDBOX_APISERVER_PORT=(\d+)", self.script("env")).group(1)

    def account_folder(self):
        """Writes the files of the controller's account, readable by the user of the container, and returns their folder."""
        self.script("service-account", NAMESPACE, ACCOUNT, self.folder)
        os.chown(self.folder, 65532, 65532)
        for name in os.listdir(self.folder):
            os.chown(f"{self.folder}/{name}", 65532, 65532)
        return self.folder


def control_group(path):
    """Returns the limit and the peak of a control group's memory, in bytes."""
    one, two = f"/sys/fs/cgroup/memory{path}", f"/sys/fs/cgroup{path}"
    if os.path.isdir(one):
        files = {"limit": f"{one}/memory.limit_in_bytes", "peak": f"{one}/memory.max_usage_in_bytes"}
    else:
        files = {"limit": f"{two}/memory.max", "peak": f"{two}/memory.peak"}
    return {name: int(read(file)) for name, file in files.items()}


def read(path):
    with open(path, "rb") as file:
        return file.read()


def digest(certificate):
    return hashlib.sha256(certificate.strip()).hexdigest()


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


if __name__ == "__main__":
    unittest.main(verbosity=2)
