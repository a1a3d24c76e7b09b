# SPDX-License-Identifier: Apache-2.0
"""Reads the dashboard like Grafana: lists its panels, and substitutes the variables in its queries."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "dashboards" / "tcr-assistant.json"
RULES = ROOT / "dashboards" / "prometheus-rules.yaml"


def load():
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))


def panels(dashboard):
    """Returns all panels except the rows, in their order."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def query_variables(dashboard):
    return [each for each in dashboard["templating"]["list"] if each["type"] == "query"]


def one_of(values):
    """Returns what Grafana substitutes for a variable with several values: a regular expression in a string of PromQL."""
    quoted = [re.sub(r"([.\\+*?()|\[\]{}^$])", r"\\\\\1", each) for each in values]
    return quoted[0] if len(quoted) == 1 else "(" + "|".join(quoted) + ")"


def substitute(text, values):
    """Substitutes `values` by name. The longest name comes first, because a name may be the beginning of another."""
    for name in sorted(values, key=len, reverse=True):
        text = text.replace("$" + name, values[name])
    return text


def chosen_values(dashboard, prometheus):
    """Returns the value of each variable that Grafana uses if `All` is selected."""
    values = {}
    for variable in query_variables(dashboard):
        selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
        found = prometheus.label_values(label, substitute(selector, values))
        if not found:
            raise AssertionError(f"variable {variable['name']} has no value: {selector}")
        values[variable["name"]] = variable.get("allValue") or one_of(found)
    return values
