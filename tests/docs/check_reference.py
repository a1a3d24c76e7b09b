#!/usr/bin/env python3
"""Holds the documentation to what it speaks of: the CRD's fields to deploy/base/crd.yaml, reasons and labels to the sources, the
picture and the table of modules to CMakeLists.txt, links and anchors to each other, the Chinese front page to the English one.

Usage: check_reference.py [--rows]; --rows prints the rows of docs/reference.md for all fields, with the CRD's own words.
"""

import glob
import os
import re
import sys
import unittest

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts", "lib"))
sys.dont_write_bytecode = True

import draw_architecture  # noqa: E402


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def sources(*patterns):
    files = [file for each in patterns for file in sorted(glob.glob(os.path.join(ROOT, each), recursive=True))]
    assert files, patterns
    return "\n".join(read(os.path.relpath(file, ROOT)) for file in files)


# --- the CRD -----------------------------------------------------------------------------------------


def version():
    return yaml.safe_load(read("deploy", "base", "crd.yaml"))["spec"]["versions"][0]


def number(value):
    return f"{value:,}"


def span(least, most, what):
    if least and most:
        return f"{number(least)} to {number(most)} {what}"
    return f"≤ {number(most)} {what}" if most else f"≥ {number(least)} {what}" if least else ""


def type_of(schema):
    if schema["type"] == "array":
        return "list of " + type_of(schema["items"])
    if "additionalProperties" in schema:
        return "map of " + type_of(schema["additionalProperties"])
    return "time" if schema.get("format") == "date-time" else schema["type"]


def bounds_of(schema):
    """As the reference writes them."""
    parts = []
    if "enum" in schema:
        parts.append(", ".join(f"`{each}`" for each in schema["enum"]))
    parts.append(span(schema.get("minLength"), schema.get("maxLength"), "characters"))
    parts.append(span(schema.get("minItems"), schema.get("maxItems"), "entries"))
    parts.append(span(None, schema.get("maxProperties"), "entries"))
    if "minimum" in schema:
        parts.append(f"≥ {schema['minimum']}")
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if inner and "properties" not in inner:
            parts.append("each " + bounds_of(inner))
    return ", ".join(part for part in parts if part) or "–"


def fields_below(schema, path):
    """[(path, type, needed or default, bounds, the CRD's words)]"""
    rows = []
    for name, each in schema.get("properties", {}).items():
        here = f"{path}.{name}"
        default = "needed" if name in schema.get("required", []) else f"`{each['default']}`" if "default" in each else "–"
        rows.append((here, type_of(each), default, bounds_of(each), " ".join(each.get("description", "").split())))
        rows += fields_below(each, here)
        if each["type"] == "array":
            rows += fields_below(each["items"], here + "[]")
    return rows


def fields():
    top = version()["schema"]["openAPIV3Schema"]["properties"]
    return fields_below(top["spec"], "spec") + fields_below(top["status"], "status")


# --- Markdown ----------------------------------------------------------------------------------------

FRONT_PAGES = ("README.md", "README.zh-CN.md")
# Each has a page that lists its subfolders.
FOLDERS = ("src", "include", "tests", "scripts", "deploy", "dashboards")


def pages():
    found = []
    for pattern in ("*.md", "docs/*.md", *(folder + "/README.md" for folder in FOLDERS)):
        found += [os.path.relpath(file, ROOT) for file in sorted(glob.glob(os.path.join(ROOT, pattern)))]
    return found


def without_code(text):
    text = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "``", text)


def blocks(text):
    """The fenced blocks; comments may be in the page's own language."""
    found = re.findall(r"^```\w*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return [re.sub(r"[ ]*#.*", "", each) for each in found]


def leveled_headings(text):
    """[(level as a run of `#`, heading)]"""
    return re.findall(r"^(#+) (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)


def headings(text):
    return [heading for _, heading in leveled_headings(text)]


def heading_levels(text):
    return [level for level, _ in leveled_headings(text)]


def sections(text):
    """The text under each heading, without fenced blocks."""
    return re.split(r"^#+ .*$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), flags=re.MULTILINE)


def anchors(text):
    """As GitHub makes them of headings: https://github.com/gjtorikian/html-pipeline, table_of_contents_filter."""
    known = {}
    for heading in headings(text):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        anchor = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        count = known.get(anchor, 0)
        known[anchor] = count + 1
        yield anchor + (f"-{count}" if count else "")


def links(text):
    text = without_code(text)
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"^\[[^\]]+\]:\s*(\S+)", text, re.MULTILINE)


def is_elsewhere(link):
    return re.match(r"[a-z]+:", link) is not None


def target_of(page, link):
    """(file, anchor)"""
    path, _, anchor = link.partition("#")
    return (os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page), anchor


def table(text, *titles):
    """Rows of the tables whose heading begins with these titles."""
    rows, inside = [], False
    for line in text.split("\n"):
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        if tuple(cells[: len(titles)]) == titles:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not set(line) <= set("|-: "):
            rows.append(cells)
    return rows


def named(cell):
    return re.findall(r"`([^`]+)`", cell)


# --- what is held to what ----------------------------------------------------------------------------


class Reference(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.text = read("docs", "reference.md")

    def test_fields(self):
        wanted = {path: (kind, default, bounds) for path, kind, default, bounds, _ in fields()}
        told = {named(row[0])[0]: tuple(row[1:4]) for row in table(self.text, "field", "type")}
        self.assertEqual(sorted(set(wanted) - set(told)), [], "fields of crd.yaml that docs/reference.md does not tell")
        self.assertEqual(sorted(set(told) - set(wanted)), [], "fields of docs/reference.md that crd.yaml does not have")
        self.assertEqual(told, wanted)

    def test_columns(self):
        wanted = [
            (each["name"].upper(), each["jsonPath"], str(each.get("priority", 0)))
            for each in version()["additionalPrinterColumns"]
        ]
        told = [(named(row[0])[0], named(row[1])[0], row[2]) for row in table(self.text, "column", "shows")]
        self.assertEqual(told, wanted)

    def test_reasons(self):
        """Each where the sources give it."""
        report = sources("src/controller/status_report.cpp")
        secrets = re.findall(r'none\(\s*"(\w+)"', sources("src/credentials/credential_secrets.cpp"))
        troubles = re.findall(r'what\.reason = "(\w+)"', sources("src/credentials/token_schedule.cpp"))
        invalid = re.findall(r'return {std::nullopt, "(\w+)"', sources("src/controller/credential_source.cpp"))
        checked = re.findall(
            r'credential_valid\(\s*"\w+",\s*"(\w+)"', sources("src/controller/credential_condition.cpp")
        )
        failures = re.findall(r'= "(\w+)"', sources("src/controller/reasons.hpp"))
        others = re.findall(
            r'event_type::\w+,\s*"(\w+)"',
            sources("src/controller/leader_session.cpp", "src/instances/instance_controller.cpp"),
        )
        ready = re.findall(r'"(Converged|Converging|InvalidSpec)"', report)
        conflicting = re.findall(r'"(ForeignSecret|NoConflict)"', report)
        for each in (secrets, troubles, invalid, checked, failures, others, ready, conflicting):
            self.assertTrue(each, "the sources do not look as this test expects")

        conditions = {"Ready": set(), "CredentialValid": set(), "Conflicting": set()}
        for row in table(self.text, "condition", "status"):
            conditions[named(row[0])[0]] |= set(named(row[2]))
        no_login = set(secrets) | set(invalid)
        self.assertEqual(conditions["Ready"], set(ready) | no_login)
        self.assertEqual(conditions["CredentialValid"], set(checked) | set(troubles) | no_login)
        self.assertEqual(conditions["Conflicting"], set(conflicting))
        events = {name for row in table(self.text, "reason", "type") for name in named(row[0])}
        self.assertEqual(events, set(failures) | set(troubles) | set(others))

    def test_labels_and_annotations(self):
        code = sources("src/**/*.cpp", "include/**/*.hpp")
        wanted = set(re.findall(r'"(tcr\.tencentcloudcr\.com/[a-z][-a-z]*)"', code))
        wanted -= {"tcr.tencentcloudcr.com/v1"}
        types = set(re.findall(r'\["type"\] = "(tcr\.[^"]+)"', code))
        self.assertTrue(types)
        told = {name.split("=")[0] for row in table(self.text, "label or annotation", "on") for name in named(row[0])}
        self.assertEqual({name for name in told if name.startswith("tcr.")}, wanted - types)


class Architecture(unittest.TestCase):
    def setUp(self):
        self.modules = draw_architecture.linked_modules()
        self.assertIn("util", self.modules)

    def test_picture(self):
        drawn = read("docs", "pictures", "architecture.svg")
        self.assertEqual(
            drawn, draw_architecture.picture(), "run scripts/lib/draw_architecture.py: the picture is another one"
        )
        self.assertEqual(set(re.findall(r'data-module="(\w+)"', drawn)), set(self.modules))
        arrows = {tuple(each.split()) for each in re.findall(r'data-uses="([^"]+)"', drawn)}
        self.assertEqual(arrows, {(name, used) for name, all_used in self.modules.items() for used in all_used})
        for name, used in arrows:
            self.assertGreater(draw_architecture.PLACES[name][0], draw_architecture.PLACES[used][0], name)

    def test_folders(self):
        for folder in ("src", os.path.join("include", "tcr")):
            there = {name for name in os.listdir(os.path.join(ROOT, folder)) if os.path.isdir(os.path.join(ROOT, folder, name))}
            self.assertEqual(there, set(self.modules), folder)

    def test_tables(self):
        order = list(self.modules)
        rows = [named(row[0])[0] for row in table(read("docs", "architecture.md"), "module", "is for")]
        self.assertEqual(rows, order)
        layers = re.search(r"set\(modules ([^)]*)\)", read("tests", "check_layers.cmake")).group(1).split()
        self.assertEqual(layers, order)
        listed = re.findall(r"^- `(\w+)`", read("src", "README.md"), re.MULTILINE)
        self.assertEqual(listed, order)


class Pages(unittest.TestCase):
    maxDiff = None

    def test_links(self):
        known, broken = {page: set(anchors(read(page))) for page in pages()}, []
        for page in pages():
            for link in links(read(page)):
                if is_elsewhere(link):
                    continue
                file, anchor = target_of(page, link)
                if not os.path.exists(os.path.join(ROOT, file)):
                    broken.append(f"{page}: {link}: there is no such file")
                elif anchor and anchor not in known.get(file, set()):
                    broken.append(f"{page}: {link}: there is no such heading")
        self.assertEqual(broken, [])

    def test_every_page_is_reached_from_the_front_page(self):
        reached, waiting = set(), ["README.md"]
        while waiting:
            page = waiting.pop()
            if page in reached or page not in pages():
                continue
            reached.add(page)
            waiting += [target_of(page, link)[0] for link in links(read(page)) if not is_elsewhere(link)]
        self.assertEqual(sorted(set(pages()) - reached), [])

    def test_folder_pages_list_the_subfolders(self):
        for folder in FOLDERS:
            there = {entry.name for entry in os.scandir(os.path.join(ROOT, folder)) if entry.is_dir()} - {"__pycache__"}
            listed = {name.split("/")[0] for name in named(read(folder, "README.md"))}
            self.assertEqual(there - listed, set(), folder)

    def test_front_pages_are_short(self):
        for page in FRONT_PAGES:
            self.assertLessEqual(len(read(page).splitlines()), 120, page)

    def test_chinese_front_page(self):
        english, chinese = (read(page) for page in FRONT_PAGES)
        self.assertEqual(heading_levels(chinese), heading_levels(english))
        self.assertEqual(blocks(chinese), blocks(english))
        for here, there in zip(sections(english), sections(chinese)):
            self.assertEqual(set(links(there)) - set(FRONT_PAGES), set(links(here)) - set(FRONT_PAGES), here)
            self.assertEqual(set(named(there)), set(named(here)), here)

    def test_scripts_that_pages_name_are_there(self):
        """`scripts/NAME` of any page."""
        missing = {
            f"{page}: {name}"
            for page in pages()
            for name in re.findall(r"\bscripts/[a-z][-a-z]*\b(?![./])", read(page))
            if not os.path.exists(os.path.join(ROOT, name))
        }
        self.assertEqual(missing, set())


if __name__ == "__main__":
    if sys.argv[1:] == ["--rows"]:
        for row in fields():
            print("| `{}` | {} | {} | {} | {} |".format(*row))
    else:
        unittest.main()
