#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws how the controller's time and memory grow with the number of namespaces.

usage: draw_growth.py PICTURE.svg RUN.json...

Each RUN.json is the output of scripts/benchmark --json for one size. Needs only Python's standard library. The picture has
its own background, so that it is readable on light and dark pages.
"""

import json
import math
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

PANEL_WIDTH, PANEL_HEIGHT = 320, 210
MARGIN_LEFT, MARGIN_TOP, MARGIN_RIGHT, MARGIN_BOTTOM = 58, 50, 20, 44
COLUMNS = 3
HEAD = 64

INK, FAINT, PAPER = "#1f2933", "#d9dee4", "#ffffff"
# People with colour vision deficiency can distinguish blue and orange. The second line is also dashed.
STYLES = (("#1667b7", ""), ("#c75000", ' stroke-dasharray="6 4"'))


@dataclass
class Curve:
    """One line of a panel: a value of the report, by the path of its keys."""

    label: str
    path: tuple

    def points(self, runs):
        """Returns (namespaces, value) of the runs that contain the value."""
        found = []
        for run in runs:
            value = run
            for key in self.path:
                value = value.get(key) if isinstance(value, dict) else None
            if isinstance(value, (int, float)):
                found.append((run["settings"]["namespaces"], value))
        return found


@dataclass
class Panel:
    title: str
    unit: str
    curves: tuple


PANELS = (
    Panel("All is written", "s", (Curve("controller", ("converged", "seconds")), Curve("raw", ("raw", "seconds")))),
    Panel("CPU time a write", "µs", (Curve("", ("converged", "cpu_us_a_write")),)),
    Panel(
        "Memory",
        "MiB",
        (Curve("resident", ("converged", "resident_mib")), Curve("control group, peak", ("life", "peak_mib"))),
    ),
    Panel("Password edited everywhere", "s", (Curve("", ("edit", "seconds")),)),
    Panel(
        "Restart on the converged cluster",
        "s",
        (Curve("ready", ("restart", "ready_seconds")), Curve("all listed", ("restart", "synced_seconds"))),
    ),
    Panel(
        "A new namespace is served, p99",
        "ms",
        (Curve("default account", ("new_objects", "reference", "p99_ms")), Curve("Secret", ("new_objects", "secret", "p99_ms"))),
    ),
)


def ticks(highest):
    """Returns round numbers from 0 to at least `highest`, in four or five steps."""
    if highest <= 0:
        return [0, 1]
    rough = highest / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(nice * power for nice in (1, 2, 2.5, 5, 10) if nice * power >= rough)
    return [step * i for i in range(math.ceil(highest / step - 1e-9) + 1)]


def number(value):
    return f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:g}"


def text(x, y, words, size=12, anchor="start", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def line(x1, y1, x2, y2, color):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"/>'


class Frame:
    """The axes of one panel, with their position in the picture."""

    def __init__(self, left, top, x_ticks, y_ticks):
        self.left, self.top = left, top
        self.right, self.bottom = left + PANEL_WIDTH, top + PANEL_HEIGHT
        self.x_ticks, self.y_ticks = x_ticks, y_ticks

    def x(self, value):
        return self.left + (self.right - self.left) * value / self.x_ticks[-1]

    def y(self, value):
        return self.bottom - (self.bottom - self.top) * value / self.y_ticks[-1]

    def draw(self, panel):
        yield text(self.left, self.top - 30, panel.title, 14, more=' font-weight="bold"')
        yield text(self.left - 8, self.top - 12, panel.unit, 11, "end")
        for value in self.y_ticks:
            yield line(self.left, self.y(value), self.right, self.y(value), FAINT)
            yield text(self.left - 8, self.y(value) + 4, number(value), 11, "end")
        for value in self.x_ticks:
            yield line(self.x(value), self.bottom, self.x(value), self.bottom + 4, INK)
            yield text(self.x(value), self.bottom + 18, number(value), 11, "middle")
        yield line(self.left, self.bottom, self.right, self.bottom, INK)


def draw_curve(frame, points, color, dashes):
    places = [(frame.x(size), frame.y(value)) for size, value in points]
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline points="{way}" fill="none" stroke="{color}" stroke-width="2"{dashes}/>'
    for (x, y), (size, value) in zip(places, points):
        label = escape(f"{size:,} namespaces: {value:g}")
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"><title>{label}</title></circle>'


def draw_panel(panel, left, top, x_ticks, runs):
    curves = [(curve, curve.points(runs)) for curve in panel.curves]
    highest = max((value for _, points in curves for _, value in points), default=0)
    frame = Frame(left, top, x_ticks, ticks(highest))
    yield from frame.draw(panel)
    legend = left
    for (curve, points), (color, dashes) in zip(curves, STYLES):
        if points:
            yield from draw_curve(frame, points, color, dashes)
        if curve.label:
            words = curve.label if points else curve.label + " (not measured)"
            yield f'<g stroke="{color}" stroke-width="2"{dashes}><path d="M{legend:.0f} {top - 16} h22"/></g>'
            yield text(legend + 28, top - 12, words, 11)
            legend += 46 + 6.2 * len(words)


def draw(runs):
    settings = runs[-1]["settings"]
    rows = math.ceil(len(PANELS) / COLUMNS)
    cell_width = MARGIN_LEFT + PANEL_WIDTH + MARGIN_RIGHT
    cell_height = MARGIN_TOP + PANEL_HEIGHT + MARGIN_BOTTOM
    width, height = COLUMNS * cell_width, HEAD + rows * cell_height
    x_ticks = ticks(max(run["settings"]["namespaces"] for run in runs))
    limits = [f"{settings['cpus']:g} CPU"] if settings["cpus"] else []
    limits += [f"{settings['memory_mib']:g} MiB"] if settings["memory_mib"] else []
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' font-family="system-ui, sans-serif" fill="{INK}">'
    )
    yield f'<rect width="{width}" height="{height}" fill="{PAPER}"/>'
    yield text(MARGIN_LEFT, 34, "Against the number of namespaces", 18, more=' font-weight="bold"')
    accounts, count = settings["accounts"], settings["image_pull_secrets"]
    subtitle = f"{accounts} accounts each, {count} ImagePullSecret{'s' if count > 1 else ''}; limits: "
    yield text(MARGIN_LEFT, 54, subtitle + (", ".join(limits) or "none"))
    for index, panel in enumerate(PANELS):
        row, column = divmod(index, COLUMNS)
        left, top = column * cell_width + MARGIN_LEFT, HEAD + row * cell_height + MARGIN_TOP
        yield from draw_panel(panel, left, top, x_ticks, runs)
    yield "</svg>"


def main(arguments):
    if len(arguments) < 2 or arguments[0].startswith("-"):
        sys.exit(__doc__)
    runs = [json.loads(Path(name).read_text(encoding="utf-8")) for name in arguments[1:]]
    runs.sort(key=lambda run: run["settings"]["namespaces"])
    picture = Path(arguments[0])
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_text("\n".join(draw(runs)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
