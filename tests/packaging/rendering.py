# SPDX-License-Identifier: Apache-2.0
"""Renders deploy/ and parses the result into objects. Needs $TCR_HELM and $TCR_KUSTOMIZE (scripts/lib/packaging.sh)."""

import glob
import os
import subprocess
import sys

SKIPPED = 77

try:
    import yaml
except ImportError:
    yaml = None

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEPLOY = os.path.join(ROOT, "deploy")
CHART = os.path.join(DEPLOY, "helm", "tcr-assistant")
# Values for platforms, and one file that uses every value that adds something. Each is rendered, checked and applied.
VALUE_SETS = sorted(glob.glob(os.path.join(CHART, "ci", "*-values.yaml")))
NAMESPACE = "tcr-assistant-system"
HELM = os.environ.get("TCR_HELM", "")
KUSTOMIZE = os.environ.get("TCR_KUSTOMIZE", "")
CURRENT_VERSION = "1.36.3"


def skip_without_tools():
    """Ends the process as a skipped test if a tool is missing."""
    for what, exists in (("TCR_HELM", os.path.exists(HELM)), ("TCR_KUSTOMIZE", os.path.exists(KUSTOMIZE)),
                           ("Python's yaml", yaml is not None)):
        if not exists:
            print(f"skipped: {what} is missing; scripts/test installs it")
            sys.exit(SKIPPED)


def run(*words, text=None):
    return subprocess.run(words, input=text, capture_output=True, text=True, check=False)


def must(*words, text=None):
    done = run(*words, text=text)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: status {done.returncode}\n{done.stderr}{done.stdout}")
    return done.stdout


def key_of(obj):
    """Returns the key that identifies an object: kind, namespace, name."""
    meta = obj["metadata"]
    return obj["kind"], meta.get("namespace", ""), meta["name"]


def parse(text):
    """Returns the objects of a YAML stream by key_of()."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    objects = {}
    for obj in yaml.load_all(text, Loader=loader):
        if obj is None:
            continue
        key = key_of(obj)
        if key in objects:
            raise RuntimeError(f"{key} occurs twice")
        objects[key] = obj
    return objects


def kustomize(overlay):
    return must(KUSTOMIZE, "build", os.path.join(DEPLOY, overlay))


def helm_words(*words):
    """Returns the command `helm template` for our namespace and, without --kube-version, a current server: a Helm that is built
    from source assumes an old one."""
    if "--kube-version" not in words:
        words += ("--kube-version", CURRENT_VERSION)
    return (HELM, "template", "tcr-assistant", CHART, "--namespace", NAMESPACE) + words


def helm(*words):
    """Renders the chart without its hooks: the objects of `helm test`, and those before `helm uninstall`."""
    return must(*helm_words("--no-hooks", *words))


def hooks(event="pre-delete", *words):
    """Returns the objects that the chart creates for `helm uninstall`, or with the event "test" for `helm test`."""
    return {
        key: obj
        for key, obj in parse(must(*helm_words(*words))).items()
        if obj["metadata"].get("annotations", {}).get("helm.sh/hook") == event
    }
