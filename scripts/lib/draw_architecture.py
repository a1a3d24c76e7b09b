#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws docs/pictures/architecture.svg: what flows through the process, and the modules as CMakeLists.txt links them.

Usage: draw_architecture.py [FILE]; by default it writes docs/pictures/architecture.svg. The arrows between modules are read
from the tcr_module() lines; PLACES contains the positions of the modules.
"""

import os
import re
import sys
from xml.sax.saxutils import escape

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PICTURE = os.path.join(ROOT, "docs", "pictures", "architecture.svg")

WIDTH, HEIGHT = 1140, 910

# Column, row and contents of each module. Each module is to the right of all that it uses.
PLACES = {
    "util": (0, 1, "errors, coroutines"),
    "log": (1, 1, "lines, levels"),
    "metrics": (1, 3, "Prometheus' text"),
    "net": (2, 1, "HTTP, TLS, keys"),
    "registry": (3, 0, "the cloud's API"),
    "kube": (3, 1, "requests, identity"),
    "runtime": (4, 1, "watch, queue"),
    "hosts": (5, 2, "the hosts file"),
    "credentials": (5, 0, "passwords, tokens"),
    "controller": (6, 0, "plan, act, status"),
    "instances": (7, 1, "TCR instances"),
    "admission": (7, 0, "the webhooks"),
    "commands": (8, 0, "explain, cleanup"),
    "app": (9, 1, "options, process"),
}

COLOURS = {
    "util": "#e8e8e8", "log": "#e8e8e8", "metrics": "#e8e8e8", "net": "#dbe9f6", "registry": "#fbe3cf", "kube": "#dbe9f6",
    "runtime": "#d9eed9", "hosts": "#f3e0ee", "credentials": "#fbe3cf", "controller": "#fff2b8", "instances": "#fbe3cf",
    "admission": "#e4dcf5", "commands": "#e4dcf5", "app": "#e8e8e8",
}


def linked_modules():
    """{module: modules that it links}, in CMakeLists.txt's order."""
    with open(os.path.join(ROOT, "CMakeLists.txt"), encoding="utf-8") as file:
        lines = re.findall(r"^tcr_module\((\w+) (.*)\)$", file.read(), re.MULTILINE)
    return {name: re.findall(r"\btcr_(\w+)", words) for name, words in lines}


class Drawing:
    def __init__(self):
        self.parts = []

    def add(self, text):
        self.parts.append(text)

    def text(self, x, y, words, kind="", anchor="middle"):
        kind = f' class="{kind}"' if kind else ""
        self.add(f'<text x="{x}" y="{y}" text-anchor="{anchor}"{kind}>{escape(words)}</text>')

    def box(self, x, y, width, height, title, words="", tag="", fill="#ffffff", kind="box"):
        self.add(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="4" class="{kind}" fill="{fill}"/>')
        middle = x + width / 2
        lines = [(title, "title")] + [(line, "small") for line in words.split("\n") if line]
        if tag:
            lines.append((tag, "tag"))
        top = y + height / 2 - 7 * (len(lines) - 1) + 5
        for number, (line, style) in enumerate(lines):
            self.text(middle, top + 14 * number, line, style)

    def arrow(self, *points, both=False, kind="arrow"):
        path = " ".join(f"{x},{y}" for x, y in points)
        start = ' marker-start="url(#back)"' if both else ""
        self.add(f'<polyline points="{path}" class="{kind}" marker-end="url(#head)"{start}/>')


def draw_flow(to):
    to.text(20, 24, "What flows through a replica", "heading", "start")
    to.box(20, 38, 1100, 34, "kube-apiserver")

    to.add('<rect x="20" y="122" width="840" height="330" rx="6" class="process"/>')
    to.text(212, 444, "tcr-assistant controller: one process, one thread; every replica", "small", "start")
    to.add('<rect x="216" y="134" width="484" height="96" rx="6" class="lease"/>')
    to.text(692, 246, "only while this replica holds the Lease", "small", "end")

    def module(x, y, title, words, *tags):
        to.box(x, y, 148, 66, title, words, " · ".join(tags), COLOURS[tags[0]])

    module(40, 150, "5 watchers", "parsed while they arrive", "runtime", "kube")
    module(228, 150, "plan → act", "until nothing differs", "controller")
    module(388, 150, "status, Events", "counts, newest entries", "controller", "runtime")
    module(548, 150, "list of instances", "→ ImagePullSecrets", "instances")
    module(708, 150, "2 webhooks", "answer from memory", "admission")
    module(40, 268, "store, catalog", "names once, hashes only", "runtime", "controller")
    module(228, 268, "work queue", "key: a namespace", "runtime")
    module(40, 366, "credentials", "passwords, one token each", "credentials", "registry")
    module(708, 366, "metrics, probes", ":8080, :8081", "app", "metrics")

    to.arrow((114, 72), (114, 148))
    to.text(122, 100, "list, watch", "small", "start")
    to.arrow((114, 216), (114, 266))
    to.arrow((188, 301), (226, 301))
    to.arrow((302, 268), (302, 218))
    to.arrow((302, 150), (302, 74))
    to.text(310, 94, "Secrets,", "small", "start")
    to.text(310, 108, "imagePullSecrets", "small", "start")
    to.arrow((376, 183), (386, 183))
    to.arrow((462, 150), (462, 74))
    to.text(470, 100, "status, Events", "small", "start")
    to.arrow((622, 150), (622, 74))
    to.text(630, 100, "objects", "small", "start")
    to.arrow((782, 74), (782, 148), both=True)
    to.text(790, 94, "reviews: ImagePullSecret,", "small", "start")
    to.text(790, 108, "new ServiceAccount", "small", "start")
    to.arrow((114, 366), (114, 336))
    to.arrow((188, 324), (208, 324), (208, 350), (782, 350), (782, 218))
    to.text(500, 344, "what a new account needs", "small")

    to.box(20, 486, 190, 44, "TCR's API, STS; registries", "tokens; is a login accepted?")
    to.arrow((114, 434), (114, 484), both=True)
    to.box(708, 486, 148, 44, "Prometheus", "kubelet")
    to.arrow((782, 486), (782, 436))

    to.add('<rect x="880" y="122" width="240" height="160" rx="6" class="process"/>')
    to.text(892, 274, "tcr-assistant hosts-updater: each node", "small", "start")
    to.box(906, 140, 188, 56, "follows updater-config", "one marked block", "hosts", COLOURS["hosts"])
    to.box(906, 220, 188, 32, "the node's /etc/hosts")
    to.arrow((1000, 72), (1000, 138))
    to.arrow((1000, 196), (1000, 218))
    to.add('<rect x="880" y="300" width="240" height="152" rx="6" class="process"/>')
    to.text(892, 444, "run once and exit", "small", "start")
    to.box(906, 318, 188, 48, "explain, plan, cleanup", "", "commands", COLOURS["commands"])
    to.box(906, 378, 188, 44, "lint", "a file, no cluster", "", COLOURS["app"])
    to.arrow((1094, 342), (1108, 342), (1108, 74), both=True)


def module_box(name):
    column, row, _ = PLACES[name]
    return 20 + column * 112, 596 + row * 72


def draw_modules(to):
    to.text(20, 574, "The modules: an arrow points to the module that is used", "heading", "start")
    width, height = 94, 46
    modules = linked_modules()
    for name, used in modules.items():
        left, top = module_box(name)
        for other in used:
            other_left, other_top = module_box(other)
            right = other_left + width
            to.add(f'<g data-uses="{name} {other}">')
            if top == other_top:
                to.arrow((left, top + height / 2), (right + 2, other_top + height / 2))
            elif other_top < top:
                to.arrow((left + width / 2, top), (other_left + width / 2, other_top + height + 2))
            elif other_top > top and other_left < left - 112:
                # First down and then to the left, so that the arrow does not cross the modules in between.
                to.arrow(
                    (left + width / 2, top + height), (left + width / 2, other_top + height / 2),
                    (right + 2, other_top + height / 2),
                )
            else:
                to.arrow((left + width / 2, top + height), (other_left + width / 2, other_top - 2))
            to.add("</g>")
    for name in modules:
        left, top = module_box(name)
        to.add(f'<g data-module="{name}">')
        to.box(left, top, width, height, name, PLACES[name][2], "", COLOURS[name])
        to.add("</g>")
    to.text(20, HEIGHT - 14, "Colours are the same above: which module does what.", "small", "start")


STYLE = """
text { font-family: 'DejaVu Sans', Verdana, sans-serif; fill: #1b1b1b; }
.heading { font-size: 16px; font-weight: bold; }
.title { font-size: 12px; font-weight: bold; }
.small { font-size: 10px; }
.tag { font-size: 9px; font-style: italic; fill: #555555; }
.box { stroke: #555555; stroke-width: 1; }
.process { fill: #fafafa; stroke: #1b1b1b; stroke-width: 1.2; }
.lease { fill: none; stroke: #888888; stroke-dasharray: 5 4; }
.arrow { fill: none; stroke: #333333; stroke-width: 1.2; }
"""


def picture():
    drawing = Drawing()
    draw_flow(drawing)
    draw_modules(drawing)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">\n'
        "<title>Architecture of tcr-assistant</title>\n"
        "<!-- Drawn by draw_architecture.py from CMakeLists.txt: change those, not this. -->\n"
        f"<style>{STYLE}</style>\n"
        "<defs>\n"
        '<marker id="head" markerWidth="8" markerHeight="8" refX="6" refY="3" orient="auto">'
        '<path d="M0,0 L6,3 L0,6 z" fill="#333333"/></marker>\n'
        '<marker id="back" markerWidth="8" markerHeight="8" refX="0" refY="3" orient="auto">'
        '<path d="M6,0 L0,3 L6,6 z" fill="#333333"/></marker>\n'
        "</defs>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n'
    )
    return head + "\n".join(drawing.parts) + "\n</svg>\n"


if __name__ == "__main__":
    target = sys.argv[1] if len(sys.argv) > 1 else PICTURE
    with open(target, "w", encoding="utf-8") as out:
        out.write(picture())
