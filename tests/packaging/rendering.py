"""What deploy/ renders to, as objects. Needs $TCR_HELM and $TCR_KUSTOMIZE (scripts/lib/packaging.sh)."""

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
NAMESPACE = "tcr-assistant-system"
HELM = os.environ.get("TCR_HELM", "")
KUSTOMIZE = os.environ.get("TCR_KUSTOMIZE", "")


def skip_without_tools():
    """Ends the process as a skipped test where scripts/test has not prepared what is needed."""
    for what, is_there in (("TCR_HELM", os.path.exists(HELM)), ("TCR_KUSTOMIZE", os.path.exists(KUSTOMIZE)),
                           ("Python's yaml", yaml is not None)):
        if not is_there:
            print(f"skipped: no {what}; scripts/test sees to it")
            sys.exit(SKIPPED)


def run(*words, text=None):
    return subprocess.run(words, input=text, capture_output=True, text=True, check=False)


def must(*words, text=None):
    done = run(*words, text=text)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: status {done.returncode}\n{done.stderr}{done.stdout}")
    return done.stdout


def key_of(thing):
    """What tells an object from all others."""
    meta = thing["metadata"]
    return thing["kind"], meta.get("namespace", ""), meta["name"]


def parse(text):
    """The objects of a file with several, by what tells them apart."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    things = {}
    for thing in yaml.load_all(text, Loader=loader):
        if thing is None:
            continue
        key = key_of(thing)
        if key in things:
            raise RuntimeError(f"{key} stands there twice")
        things[key] = thing
    return things


def kustomize(overlay):
    return must(KUSTOMIZE, "build", os.path.join(DEPLOY, overlay))


def helm_words(*words):
    """`helm template` into our namespace, for a server of today: a Helm that was built from source takes an old one for
    granted."""
    if "--kube-version" not in words:
        words += ("--kube-version", "1.36.3")
    return (HELM, "template", "tcr-assistant", CHART, "--namespace", NAMESPACE) + words


def helm(*words):
    """Without what exists only while a release is uninstalled."""
    return must(*helm_words("--no-hooks", *words))


def hooks():
    """What exists only while a release is uninstalled."""
    return {
        key: thing
        for key, thing in parse(must(*helm_words())).items()
        if "helm.sh/hook" in thing["metadata"].get("annotations", {})
    }
