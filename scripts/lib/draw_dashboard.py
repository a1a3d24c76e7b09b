#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the panels of dashboards/tcr-assistant.json with recorded data, in the layout of Grafana.

usage: draw_dashboard.py PICTURE.svg DATA.json

DATA.json is what tests/monitoring/record.py wrote. Needs nothing but Python's own library. The picture has a background of its
own, so that it can be read on light and dark pages.
"""

import itertools
import json
import math
import sys
from html import escape
from pathlib import Path

from draw_growth import FAINT, INK, PAPER, line, text, ticks

BOARD = Path(__file__).resolve().parents[2] / "dashboards" / "tcr-assistant.json"

CELL_WIDTH, CELL_HEIGHT, GAP = 62, 30, 6
HEAD, MARGIN = 64, 14
FRAME, MUTED = "#eef1f4", "#5b6672"
COLORS = ("#1667b7", "#c75000", "#2e7d32", "#8e24aa", "#b8860b", "#00838f", "#ad1457", "#546e7a")
MEANINGS = {"green": "#2e7d32", "orange": "#c75000", "red": "#b3261e"}
HEAT = ("#fdebd9", "#fbcf9f", "#f6a55c", "#e57a1f", "#b85200", "#7a3500")


# --- numbers -----------------------------------------------------------------------------------------

def format_value(value, unit):
    """Formats a value for people, with its unit."""
    if math.isnan(value):
        return "–"
    if unit == "s":
        return duration(value)
    if unit == "bytes":
        return f"{value / 2**20:.3g} MiB"
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    suffix = {"ops": "/s", "reqps": "/s"}.get(unit, "")
    return (f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.3g}") + suffix


def duration(seconds):
    size = abs(seconds)
    for limit, divisor, name in ((1e-3, 1e-6, "µs"), (1, 1e-3, "ms"), (120, 1, "s"), (7200, 60, "min"), (172800, 3600, "h")):
        if size < limit:
            return f"{seconds / divisor:.3g} {name}" if size else "0 s"
    return f"{seconds / 86400:.4g} days"


def numbers(series):
    """Returns time and value of the samples of a series that are finite numbers."""
    samples = series.get("values") or [series["value"]]
    return [(float(when), float(value)) for when, value in samples if math.isfinite(float(value))]


def legend_of(target, series):
    words = target["legendFormat"]
    if words == "__auto":
        return ", ".join(value for name, value in series["metric"].items() if name != "__name__")
    for name, value in series["metric"].items():
        words = words.replace("{{" + name + "}}", value)
    while "{{" in words:
        words = words[:words.index("{{")] + words[words.index("}}") + 2:]
    # Shortens job names: the picture only needs to distinguish the series.
    for long, short in (("tcr-assistant-controller-manager", "controller"), ("tcr-assistant-hosts-updater", "hosts-updater")):
        words = words.replace(long, short)
    return words.strip() or "none"


def threshold_color(defaults, value):
    color = INK
    for step in defaults.get("thresholds", {}).get("steps", []):
        if step["value"] is None or value >= step["value"]:
            color = MEANINGS[step["color"]]
    return color


# --- panels ------------------------------------------------------------------------------------------

class Box:
    """A panel: its position in the picture, and its curves."""

    def __init__(self, panel, data, top):
        place = panel["gridPos"]
        self.panel, self.data = panel, data
        self.defaults = panel["fieldConfig"]["defaults"]
        self.unit = self.defaults["unit"]
        self.left, self.top = MARGIN + place["x"] * CELL_WIDTH, top + place["y"] * CELL_HEIGHT
        self.width, self.height = place["w"] * CELL_WIDTH - GAP, place["h"] * CELL_HEIGHT - GAP

    def curves(self):
        """Returns legend and samples of each series with samples."""
        found = []
        for target in self.panel["targets"]:
            for series in self.data["results"][f"{self.panel['id']} {target['refId']}"]:
                if samples := numbers(series):
                    found.append((legend_of(target, series), samples))
        return found

    def draw(self):
        yield (f'<g><title>{escape(self.panel["description"])}</title><rect x="{self.left}" y="{self.top}"'
               f' width="{self.width}" height="{self.height}" fill="{PAPER}" stroke="{FAINT}" rx="3"/>')
        yield text(self.left + 8, self.top + 17, self.panel["title"], 12, more=' font-weight="bold"')
        kind = {"stat": self.draw_stat, "bargauge": self.draw_bars, "state-timeline": self.draw_states,
                "heatmap": self.draw_heat, "timeseries": self.draw_lines}[self.panel["type"]]
        yield from kind()
        yield "</g>"

    def draw_stat(self):
        value = self.curves()[0][1][-1][1]
        yield text(self.left + self.width / 2, self.top + self.height / 2 + 20, format_value(value, self.unit), 24, "middle",
                   f' font-weight="bold" fill="{threshold_color(self.defaults, value)}"')

    def draw_bars(self):
        curves = self.curves()
        longest = max(samples[-1][1] for _, samples in curves)
        for row, (name, samples) in enumerate(curves):
            value, y = samples[-1][1], self.top + 42 + row * 46
            color = threshold_color(self.defaults, value)
            yield text(self.left + 10, y, name, 11)
            yield (f'<rect x="{self.left + 10}" y="{y + 6}" width="{max(2, (self.width - 90) * value / longest):.0f}"'
                   f' height="16" fill="{color}"/>')
            yield text(self.left + self.width - 8, y + 19, format_value(value, self.unit), 12, "end")

    # --- panels with a time axis ---

    def frame(self, legend_rows):
        """Returns left, top, right and bottom of the plotting area."""
        return self.left + 58, self.top + 30, self.left + self.width - 12, self.top + self.height - 26 - 15 * legend_rows

    def x(self, when, left, right):
        start, end = self.data["start"], self.data["end"]
        return left + (right - left) * (when - start) / (end - start)

    def draw_time(self, left, top, right, bottom):
        for second in range(0, int(self.data["end"] - self.data["start"]), 60):
            x = self.x(self.data["start"] + second, left, right)
            yield line(x, bottom, x, bottom + 3, INK)
            yield text(x, bottom + 14, f"{second // 60} min", 10, "middle")
        for mark in self.data["marks"]:
            x = self.x(mark["time"], left, right)
            yield (f'<path d="M{x:.1f} {top}V{bottom}" stroke="{MUTED}" stroke-dasharray="1 4">'
                   f'<title>{escape(mark["what"])}</title></path>')

    def draw_legend(self, names, rows):
        x, y = self.left + 10, self.top + self.height - 15 * rows + 6
        per_row = math.ceil(len(names) / rows)
        room = (self.width - 16) / per_row
        for index, name in enumerate(names):
            row, column = divmod(index, per_row)
            most = int(room / 6) - 3
            yield (f'<rect x="{x + column * room:.0f}" y="{y + row * 15 - 6}" width="10" height="4"'
                   f' fill="{COLORS[index % len(COLORS)]}"/>')
            yield text(x + column * room + 14, y + row * 15, name if len(name) <= most else name[:most - 1] + "…", 10)

    def draw_lines(self):
        curves = self.curves()
        custom = self.defaults.get("custom", {})
        if "stacking" in custom:
            curves = stacked(curves)
        rows = max(1, min(4, math.ceil(sum(len(name) * 6 + 24 for name, _ in curves) / (self.width - 16))))
        left, top, right, bottom = self.frame(rows)
        highest = max((value for _, samples in curves for _, value in samples), default=0)
        levels = axis(highest, self.unit)

        def y(value):
            return bottom - (bottom - top) * max(0.0, value) / levels[-1]

        for level in levels:
            yield line(left, y(level), right, y(level), FAINT)
            yield text(left - 5, y(level) + 4, format_value(level, self.unit), 10, "end")
        yield from self.draw_time(left, top, right, bottom)
        is_step = custom.get("lineInterpolation") == "stepAfter"
        for index, (_, samples) in reversed(list(enumerate(curves))):
            places = [(self.x(when, left, right), y(value)) for when, value in samples]
            color = COLORS[index % len(COLORS)]
            for part in unbroken(samples, places):
                path = way(part, is_step)
                if "stacking" in custom:
                    # The areas below are drawn over this one, so that each shows only its own share.
                    yield f'<path d="{path}V{bottom}H{part[0][0]:.1f}Z" fill="{tint(color)}"/>'
                yield f'<path d="{path}" fill="none" stroke="{color}" stroke-width="1.5"/>'
        yield from self.draw_legend([name for name, _ in curves], rows)

    def draw_states(self):
        words = self.defaults["mappings"][0]["options"]
        left, top, right, bottom = self.frame(0)
        left += 60
        curves = self.curves()
        room = (bottom - top) / len(curves)
        for row, (name, samples) in enumerate(curves):
            y = top + row * room
            yield text(left - 6, y + room / 2 + 4, name, 10, "end")
            ends = [when for when, _ in samples[1:]] + [self.data["end"]]
            begin = samples[0][0]
            for (_, value), end, after in zip(samples, ends, [*(value for _, value in samples[1:]), None]):
                if value == after:
                    continue
                state = words[f"{value:.0f}"]
                x1, x2 = self.x(begin, left, right), self.x(end, left, right)
                yield (f'<rect x="{x1:.1f}" y="{y + 4:.1f}" width="{x2 - x1:.1f}" height="{room - 8:.1f}"'
                       f' fill="{MEANINGS[state["color"]]}" fill-opacity="0.75"/>')
                if x2 - x1 > 50:
                    yield text((x1 + x2) / 2, y + room / 2 + 4, state["text"], 10, "middle", f' fill="{PAPER}"')
                begin = end
        yield from self.draw_time(left, top, right, bottom)

    def draw_heat(self):
        """Draws a histogram. Its buckets are cumulative: each row shows the difference to the bucket below."""
        buckets = sorted(
            ((float(series["metric"]["le"]), dict(numbers(series)))
             for series in self.data["results"][f"{self.panel['id']} A"]), key=lambda each: each[0])
        left, top, right, bottom = self.frame(0)
        height = (bottom - top) / len(buckets)
        most = max((max(values.values(), default=0) for _, values in buckets), default=1) or 1
        times = sorted({when for _, values in buckets for when in values})
        width = (right - left) / len(times)
        below = {}
        for row, (bound, values) in enumerate(buckets):
            y = bottom - (row + 1) * height
            if row % 2 == 0:
                yield text(left - 5, y + 4, format_value(bound, "s") if math.isfinite(bound) else "more", 10, "end")
            for when, value in values.items():
                count = value - below.get(when, 0)
                if count > 0.01:
                    depth = min(len(HEAT) - 1, int(len(HEAT) * math.sqrt(count / most)))
                    x = self.x(when, left, right) - width
                    yield (f'<rect x="{max(left, x):.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
                           f' fill="{HEAT[depth]}"/>')
            below = values
        yield from self.draw_time(left, top, right, bottom)


def axis(highest, unit):
    """Returns the levels of the axis, from 0 to at least the highest value."""
    if unit == "bytes":
        return [level * 2**20 for level in ticks(highest / 2**20)]
    if unit == "s" and highest > 100:
        divisor = 86400 if highest > 172800 else 3600 if highest > 7200 else 60
        return [level * divisor for level in ticks(highest / divisor)]
    return ticks(highest)


def tint(color):
    """Returns an opaque light shade of the colour."""
    return "#" + "".join(f"{255 - (255 - int(color[i:i + 2], 16)) // 3:02x}" for i in (1, 3, 5))


def stacked(curves):
    """Returns the curves with each added to those before it."""
    sums, result = {}, []
    for name, samples in curves:
        for when, value in samples:
            sums[when] = sums.get(when, 0) + value
        result.append((name, [(when, sums[when]) for when, _ in samples]))
    return result


def unbroken(samples, places):
    """Splits the places into parts where samples are missing."""
    steps = [after - before for (before, _), (after, _) in itertools.pairwise(samples)]
    usual = min(steps, default=1)
    parts = [[places[0]]]
    for step, place in zip(steps, places[1:]):
        if step > 1.5 * usual:
            parts.append([])
        parts[-1].append(place)
    return parts


def way(places, is_step):
    """Returns the SVG path, without the places inside a horizontal section."""
    path = f"M{places[0][0]:.1f} {places[0][1]:.1f}"
    for index in range(1, len(places)):
        (x, y), before = places[index], places[index - 1][1]
        is_last = index + 1 == len(places)
        if not is_last and f"{before:.1f}" == f"{y:.1f}" == f"{places[index + 1][1]:.1f}":
            continue
        path += f"H{x:.1f}V{y:.1f}" if is_step else f"L{x:.1f} {y:.1f}"
    return path


# --- the picture -------------------------------------------------------------------------------------

def draw(board, data):
    lowest = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])
    width, height = 2 * MARGIN + 24 * CELL_WIDTH - GAP, HEAD + lowest * CELL_HEIGHT + MARGIN
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
           f' font-family="system-ui, sans-serif" fill="{INK}">')
    yield f'<rect width="{width}" height="{height}" fill="{FRAME}"/>'
    yield text(MARGIN, 26, "tcr-assistant", 18, more=' font-weight="bold"')
    happened = " · ".join(
        f"{(mark['time'] - data['start']) / 60:.1f} min: {mark['what']}" for mark in data["marks"])
    yield text(MARGIN, 46, happened, 11, more=f' fill="{MUTED}"')
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield text(MARGIN, HEAD + panel["gridPos"]["y"] * CELL_HEIGHT + 21, panel["title"], 14, more=' font-weight="bold"')
        else:
            yield from Box(panel, data, HEAD).draw()
    yield "</svg>"


def main(arguments):
    if len(arguments) != 2 or arguments[0].startswith("-"):
        sys.exit(__doc__)
    board = json.loads(BOARD.read_text(encoding="utf-8"))
    data = json.loads(Path(arguments[1]).read_text(encoding="utf-8"))
    Path(arguments[0]).write_text("\n".join(draw(board, data)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
