#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the documentation with what it describes: the CRD's fields with deploy/base/crd.yaml, reasons and labels with the
sources, the picture and the table of modules with CMakeLists.txt, links with pages and headings, Chinese pages with the English
ones. Each page of docs/ is in one of three folders, and docs/README.md lists it.

Usage: check_reference.py [--rows]; --rows prints the rows of docs/use/reference.md for all fields, with the CRD's descriptions.
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


def joined_literals(code):
    """The code, with one string literal in place of several that are split over lines."""
    return re.sub(r'"\s*\n\s*"', "", code)


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
    """Returns the limits of a field in the format of the reference."""
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
    """[(path, type, needed or default, bounds, the CRD's description)]"""
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
# Each of these folders has a page that lists its subfolders.
FOLDERS = ("src", "include", "tests", "scripts", "deploy", "dashboards", "docs")
PAGE_FOLDERS = ("use", "operate", "develop")


def files_of(*patterns):
    found = []
    for pattern in patterns:
        found += [os.path.relpath(file, ROOT) for file in sorted(glob.glob(os.path.join(ROOT, pattern), recursive=True))]
    return found


def pages():
    return files_of("*.md", "docs/**/*.md", *(folder + "/README.md" for folder in FOLDERS if folder != "docs"))


def other_texts():
    """Returns the other files that may name a page: sources, scripts, manifests, dashboards."""
    folders = ("src", "include", "tests", "scripts", "deploy", "dashboards", "cmake", ".ci")
    found = files_of("*", *(folder + "/**/*" for folder in folders))
    skipped = re.compile(r"\.md$|(^|/)__pycache__/|^tests/fuzz/corpus/")
    return [file for file in found if os.path.isfile(os.path.join(ROOT, file)) and not skipped.search(file)]


def without_blocks(text):
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


def without_code(text):
    return re.sub(r"`[^`\n]*`", "``", without_blocks(text))


def blocks(text):
    """[(language, text)] of the fenced blocks, without comments, which may be in the language of the page."""
    found = re.findall(r"^ *```(\w*)\n(.*?)^ *```", text, flags=re.MULTILINE | re.DOTALL)
    return [(language, re.sub(r"(^|\s)[ ]*#.*", r"\1", each).replace(" \n", "\n")) for language, each in found]


def leveled_headings(text):
    """[(level as a run of `#`, heading)]"""
    return re.findall(r"^(#+) (.*)$", without_blocks(text), re.MULTILINE)


def headings(text):
    return [heading for _, heading in leveled_headings(text)]


def heading_levels(text):
    return [level for level, _ in leveled_headings(text)]


def sections(text):
    """Returns the text under each heading, without fenced blocks."""
    return re.split(r"^#+ .*$", without_blocks(text), flags=re.MULTILINE)


def anchors(text):
    """Yields the anchors that GitHub generates for headings (https://github.com/gjtorikian/html-pipeline, its
    table_of_contents_filter)."""
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


def cells_of(line):
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def table(text, *titles):
    """Returns the rows of the tables whose heading begins with these titles."""
    rows, inside = [], False
    for line in text.split("\n"):
        cells = cells_of(line)
        if tuple(cells[: len(titles)]) == titles:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not set(line) <= set("|-: "):
            rows.append(cells)
    return rows


def tables(text):
    """[[[cell]]] of all tables, with their titles."""
    found = re.findall(r"^ *\|.*(?:\n *\|.*)*", without_blocks(text), re.MULTILINE)
    return [[cells_of(line) for line in each.split("\n")] for each in found]


def named(cell):
    return re.findall(r"`([^`]+)`", cell)


# --- Chinese pages -----------------------------------------------------------------------------------

CHINESE = "docs/zh-CN/"


def chinese_of(page):
    """Returns the path of the Chinese page for an English one, whether it exists or not."""
    return "README.zh-CN.md" if page == "README.md" else CHINESE + page[len("docs/") :] if page.startswith("docs/") else page


def translations():
    """[(English page, Chinese page)]"""
    return [FRONT_PAGES] + [("docs/" + page[len(CHINESE) :], page) for page in files_of(CHINESE + "**/*.md")]


def link_in_chinese(english, link):
    """(file, anchor) that the Chinese page must link to instead: the Chinese page and heading if they exist."""
    if is_elsewhere(link):
        return link, ""
    file, anchor = target_of(english, link)
    there = chinese_of(file)
    if there == file or not os.path.exists(os.path.join(ROOT, there)):
        return file, anchor
    place = dict(zip(anchors(read(file)), anchors(read(there))))
    return there, place.get(anchor, anchor)


def code_in(text):
    return {" ".join(each.split()) for each in named(text)}


def values(text):
    """Returns what a translation keeps: code, numbers, the values of conditions and the types of Events."""
    plain = re.sub(r"`[^`]*`|\]\([^)]*\)", "``", text)
    return code_in(text) | set(re.findall(r"\d+(?:[.,]\d+)*|\b(?:True|False|Unknown|Normal|Warning)\b", plain))


def is_value(cell):
    """Whether a cell has no words outside its code."""
    return not re.search(r"[^\W\d_]", re.sub(r"`[^`]*`", "", cell))


# --- tests -------------------------------------------------------------------------------------------


class Reference(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.text = read("docs", "use", "reference.md")

    def test_fields(self):
        wanted = {path: (kind, default, bounds) for path, kind, default, bounds, _ in fields()}
        documented = {named(row[0])[0]: tuple(row[1:4]) for row in table(self.text, "field", "type")}
        self.assertEqual(sorted(set(wanted) - set(documented)), [], "fields of crd.yaml that docs/use/reference.md lacks")
        self.assertEqual(sorted(set(documented) - set(wanted)), [], "fields of docs/use/reference.md that crd.yaml lacks")
        self.assertEqual(documented, wanted)

    def test_columns(self):
        wanted = [
            (each["name"].upper(), each["jsonPath"], str(each.get("priority", 0)))
            for each in version()["additionalPrinterColumns"]
        ]
        documented = [(named(row[0])[0], named(row[1])[0], row[2]) for row in table(self.text, "column", "shows")]
        self.assertEqual(documented, wanted)

    def test_reasons(self):
        """Compares the reasons in the sources with those in the tables of conditions and Events."""
        report = sources("src/controller/status_report.cpp")
        secrets = re.findall(r'none\(\s*"(\w+)"', sources("src/credentials/credential_secrets.cpp"))
        token_problems = re.findall(r'token_problem\{\s*"(\w+)"', sources("src/credentials/token_schedule.cpp"))
        invalid = re.findall(r'return {std::nullopt, "(\w+)"', sources("src/controller/credential_source.cpp"))
        checked = re.findall(
            r'credential_valid\(\s*"\w+",\s*"(\w+)"', sources("src/controller/credential_condition.cpp")
        )
        failures = re.findall(r'= "(\w+)"', sources("src/controller/reasons.hpp"))
        others = re.findall(
            r'event_type::\w+,\s*"(\w+)"',
            sources("src/controller/leader_session.cpp", "src/instances/instance_controller.cpp"),
        )
        ready = re.findall(r'"(AccessNotGranted|Converged|Converging|InvalidSpec)"', report)
        conflicting = re.findall(r'"(ForeignSecret|NoConflict|Contention)"', report)
        progress = sources("src/controller/progress_condition.cpp")
        named_reasons = dict(re.findall(r'(\w+) = "(\w+)"', sources("src/controller/reasons.hpp")))
        table_of_stalling = re.search(r"stalling\[\] = {(.*?)};", progress, re.DOTALL)[1]
        stalling = [
            literal or named_reasons[name] for literal, name in re.findall(r'"(\w+)"|reason::(\w+)', table_of_stalling)
        ]
        for each in (secrets, token_problems, invalid, checked, failures, others, ready, conflicting, stalling):
            self.assertTrue(each, "a pattern of this test no longer matches the sources")

        conditions = {"Ready": set(), "CredentialValid": set(), "Conflicting": set(), "Reconciling": set(), "Stalled": set()}
        for row in table(self.text, "condition", "status"):
            conditions[named(row[0])[0]] |= set(named(row[2]))
        no_login = set(secrets) | set(invalid)
        self.assertEqual(conditions["Ready"], set(ready) | no_login)
        self.assertEqual(conditions["CredentialValid"], set(checked) | set(token_problems) | no_login)
        self.assertEqual(conditions["Conflicting"], set(conflicting))
        # With these two reasons, Stalled or Reconciling can be True, depending on the cause.
        of_tokens = {"NoToken", "Expired"}
        self.assertEqual(conditions["Stalled"], set(stalling) | of_tokens)
        of_reconciling = no_login | {"Converging", "Contention", "NotChecked"} | of_tokens
        self.assertEqual(conditions["Reconciling"], of_reconciling - set(stalling))
        events = {name for row in table(self.text, "reason", "type") for name in named(row[0])}
        self.assertEqual(events, set(failures) | set(token_problems) | set(others))

    def test_labels_and_annotations(self):
        code = sources("src/**/*.cpp", "include/**/*.hpp")
        wanted = set(re.findall(r'"(tcr\.tencentcloudcr\.com/[a-z][-a-z]*)"', code))
        wanted -= {"tcr.tencentcloudcr.com/v1"}
        types = set(re.findall(r'\["type"\] = "(tcr\.[^"]+)"', code))
        self.assertTrue(types)
        documented = {name.split("=")[0] for row in table(self.text, "label or annotation", "on") for name in named(row[0])}
        self.assertEqual({name for name in documented if name.startswith("tcr.")}, wanted - types)


class Architecture(unittest.TestCase):
    def setUp(self):
        self.modules = draw_architecture.linked_modules()
        self.assertIn("util", self.modules)

    def test_picture(self):
        drawn = read("docs", "pictures", "architecture.svg")
        self.assertEqual(
            drawn, draw_architecture.picture(), "the picture is out of date: run scripts/lib/draw_architecture.py"
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
        rows = [named(row[0])[0] for row in table(read("docs", "develop", "architecture.md"), "module", "is for")]
        self.assertEqual(rows, order)
        listed = re.findall(r"^- `(\w+)`", read("src", "README.md"), re.MULTILINE)
        self.assertEqual(listed, order)


class ConditionsAndEvents(unittest.TestCase):
    """The reference explains each message of a condition or an Event."""

    FILES = (
        "src/controller/catalog.cpp",
        "src/controller/credential_condition.cpp",
        "src/controller/credential_source.cpp",
        "src/controller/progress_condition.cpp",
        "src/controller/reconciler.cpp",
        "src/controller/status_report.cpp",
        "src/credentials/credential_secrets.cpp",
        "src/credentials/token_schedule.cpp",
        "src/instances/instance_controller.cpp",
        "src/registry/credential_probe.cpp",
    )
    # Log lines, and parts of them.
    LOGGED = (
        "set references of account",
        "cannot read the domains of an instance; keeping its ImagePullSecrets",
        "cannot use the list of instances; keeping the last valid one",
        "cannot apply the list of instances to an ImagePullSecret that another client created",
        "is not managed by the list; delete it, or add the labels of those that are",
        "cannot write an ImagePullSecret; retrying within 60s",
    )

    def test_messages_are_explained(self):
        page = " ".join(read("docs", "use", "reference.md").split())
        unexplained = [text for file in self.FILES for text in self.messages(read(file))
                       if text not in page and text not in self.LOGGED]
        self.assertEqual(unexplained, [])

    @staticmethod
    def messages(source):
        """Yields the string literals of at least four words, joined if the source splits them, except those of log calls."""
        source = re.sub(r"//.*|#include.*", "", source)
        source = re.sub(r"\blog_\.\w+\(.*?;", "", source, flags=re.DOTALL)
        for literal in re.findall(r'"((?:[^"\\\n]|\\.)*)"', joined_literals(source)):
            text = literal.replace('\\"', '"').strip(" ;,.:()")
            if len(text.split()) >= 4:
                yield text


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

    def test_pages_are_in_their_folders(self):
        folders = "|".join(PAGE_FOLDERS)
        in_folder = re.compile(rf"docs/(zh-CN/)?(README|({folders})/[a-z][-a-z]*)\.md")
        others = [page for page in files_of("docs/**/*.md") if not in_folder.fullmatch(page)]
        self.assertEqual(others, [], "pages of docs/ must be in one of the folders " + ", ".join(PAGE_FOLDERS))

    def test_index_lists_every_page_once(self):
        listed = [
            [target_of("docs/README.md", link)[0] for link in links(line) if not is_elsewhere(link)]
            for line in read("docs", "README.md").splitlines()
            if line.startswith("| [")
        ]
        patterns = (f"docs/{folder}/*.md" for folder in sorted(PAGE_FOLDERS))
        self.assertEqual(sorted(each[0] for each in listed), files_of(*patterns))

    def test_pages_named_by_other_files_exist(self):
        """Paths of pages, with or without an anchor, in sources, scripts, manifests and dashboards."""
        known, broken = {page: set(anchors(read(page))) for page in pages()}, []
        for file in other_texts():
            try:
                text = read(file)
            except UnicodeDecodeError:
                continue
            for page, anchor in re.findall(r"(?<![\w./-])(docs/[\w./-]+\.md)(?:#([\w-]+))?", text):
                if page not in known:
                    broken.append(f"{file}: {page}: there is no such page")
                elif anchor and anchor not in known[page]:
                    broken.append(f"{file}: {page}#{anchor}: there is no such heading")
        self.assertEqual(broken, [])

    def test_files_named_by_pages_exist(self):
        """Paths in backquotes from the root of the repository; `…`, `*` and words in capitals stand for anything."""
        missing = {
            f"{page}: {name}"
            for page in pages()
            for name in named(without_blocks(read(page)))
            if re.match(r"(src|include|tests|scripts|deploy|dashboards|cmake|docs)/[\w./*…-]*$", name)
            and not glob.glob(os.path.join(ROOT, re.sub(r"…|\b[A-Z]{2,}\b", "*", name)))
        }
        self.assertEqual(missing, set())

    def test_lines_have_at_most_130_columns(self):
        """Of the text; tables, blocks and targets of links are exempt."""
        long = [
            f"{page}: {line}"
            for page in pages()
            if page != "CHANGELOG.md"
            for line in without_blocks(read(page)).splitlines()
            if len(line) > 130 and not line.lstrip().startswith("|") and not re.match(r"\[[^\]]+\]: ", line)
        ]
        self.assertEqual(long, [])

    def test_folder_pages_list_the_subfolders(self):
        for folder in FOLDERS:
            there = {entry.name for entry in os.scandir(os.path.join(ROOT, folder)) if entry.is_dir()} - {"__pycache__"}
            listed = {name.split("/")[0] for name in named(read(folder, "README.md"))}
            self.assertEqual(there - listed, set(), folder)

    def test_front_pages_are_short(self):
        for page in FRONT_PAGES:
            self.assertLessEqual(len(read(page).splitlines()), 120, page)

    def test_scripts_named_by_pages_exist(self):
        """`scripts/NAME` of any page."""
        missing = {
            f"{page}: {name}"
            for page in pages()
            for name in re.findall(r"\bscripts/[a-z][-a-z0-9]*\b(?![./])", read(page))
            if not os.path.exists(os.path.join(ROOT, name))
        }
        self.assertEqual(missing, set())


def for_each_translation(test):
    """Runs a test for each Chinese page and its English page."""

    def run(self):
        for english, chinese in translations():
            with self.subTest(page=chinese):
                self.assertTrue(os.path.exists(os.path.join(ROOT, english)), "there is no such page in English")
                test(self, english, chinese, read(english), read(chinese))

    run.__doc__ = test.__doc__
    return run


class Chinese(unittest.TestCase):
    """Compares Chinese pages with the English ones."""

    maxDiff = None

    def test_pages_for_users_exist(self):
        wanted = [*files_of("docs/use/*.md"), "docs/operate/hosts-updater.md"]
        self.assertEqual([page for page in wanted if not os.path.exists(os.path.join(ROOT, chinese_of(page)))], [])

    @for_each_translation
    def test_translations_link_to_each_other(self, english, chinese, here, there):
        """In the third line, below the title."""
        to_chinese = os.path.relpath(chinese, os.path.dirname(english))
        to_english = os.path.relpath(english, os.path.dirname(chinese))
        self.assertEqual(here.splitlines()[2], f"English · [简体中文]({to_chinese})")
        self.assertEqual(there.splitlines()[2], f"[English]({to_english}) · 简体中文")

    @for_each_translation
    def test_headings(self, _english, _chinese, here, there):
        self.assertEqual(heading_levels(there), heading_levels(here))

    @for_each_translation
    def test_blocks(self, _english, _chinese, here, there):
        self.assertEqual(blocks(there), blocks(here))

    @for_each_translation
    def test_tables(self, _english, _chinese, here, there):
        here, there = tables(here), tables(there)
        self.assertEqual([[len(row) for row in each] for each in there], [[len(row) for row in each] for each in here])
        for row_here, row_there in zip(sum(here, []), sum(there, [])):
            self.assertEqual([set(named(cell)) for cell in row_there], [set(named(cell)) for cell in row_here])
            for cell_here, cell_there in zip(row_here, row_there):
                self.assertLessEqual(values(cell_here), values(cell_there), row_there)
                if is_value(cell_here):
                    self.assertEqual(named(cell_there) or cell_there, named(cell_here) or cell_here)

    @for_each_translation
    def test_code_and_numbers(self, _english, _chinese, here, there):
        """Each section has those of the English one, and no other code."""
        for section_here, section_there in zip(sections(here), sections(there)):
            self.assertLessEqual(values(section_here), values(section_there), section_there)
            self.assertLessEqual(code_in(section_there), code_in(section_here), section_there)

    @for_each_translation
    def test_links(self, english, chinese, here, there):
        """Each section and row links to the pages and headings of the English one, in Chinese where they exist."""
        rows = zip(*(map(" ".join, sum(tables(text), [])) for text in (here, there)))
        for part_here, part_there in (*zip(sections(here), sections(there)), *rows):
            wanted = {link_in_chinese(english, link) for link in links(part_here)} - {(chinese, "")}
            found = {(link, "") if is_elsewhere(link) else target_of(chinese, link) for link in links(part_there)}
            self.assertEqual(found - {(english, "")}, wanted, part_there)


# Matches the beginning of lines that show the output of our programs.
OUTPUT = re.compile(
    r"\[(ok|info|problem)\]| {10}[A-Z]|\w+=(True|False) |  (Normal|Warning) |team\.yaml:\d|tcr-assistant controller: "
    r"|ImagePullSecret team: |No reference|The ImagePullSecret|\* spec\.|secrets \"evil\""
)
# Matches messages of other programs, and code spans that are not messages.
NOT_OUR_MESSAGES = re.compile(
    r"^(kubectl|k|helm|minikube|docker|podman|ctr|curl|sed|tcr-assistant,?|scripts/\S+) |[{}$=]|--|^spec\b|^watch-… failed"
    r"|^pull access denied|^no such host|^connection refused|^no endpoints available|^context deadline|^i/o timeout|^x509: "
    r"|^violates PodSecurity|^permission denied|^no matches for kind|^preStop: |^exists and cannot be imported"
    r"|^insufficient quota|^Apply failed|^Namespace newns|^ConfigMap tcr-assistant-system"
)


class Messages(unittest.TestCase):
    """Compares the messages that pages quote with the texts in the sources."""

    maxDiff = None

    def setUp(self):
        code = sources("src/**/*.cpp", "src/**/*.hpp", "include/**/*.hpp", "deploy/base/*.yaml")
        code = joined_literals(code).replace('\\"', '"')
        self.code = re.sub(r"\s+", " ", code)

    @staticmethod
    def fixed_parts(line):
        """Yields sequences of at least four words without names and numbers, which the program may insert."""
        run = []
        for word in line.split() + ["0"]:
            is_plain = re.fullmatch(r"[A-Za-z][A-Za-z'-]*[,;:.]?", word) is not None
            if is_plain:
                run.append(word)
            if not is_plain or word[-1] in ";:.":
                if len(run) >= 4:
                    yield " ".join(run).strip(";:. ")
                run = []

    def test_output_in_blocks(self):
        unknown = {
            f"{page}: {part}"
            for page in pages()
            for block in re.findall(r"^```\n(.*?)^```", read(page), flags=re.MULTILINE | re.DOTALL)
            for line in block.splitlines()
            if OUTPUT.match(line)
            for part in self.fixed_parts(line)
            if part not in self.code
        }
        self.assertEqual(unknown, set())

    def test_messages_in_the_text(self):
        """In backquotes, at least three words; `…` stands for anything."""
        unknown = {
            f"{page}: {span}"
            for page in files_of("docs/use/*.md", "docs/operate/*.md")
            for span in named(without_blocks(read(page)))
            if len(span.split()) >= 3 and not NOT_OUR_MESSAGES.search(span)
            for part in span.split("…")
            if part.strip() not in self.code
        }
        self.assertEqual(unknown, set())


if __name__ == "__main__":
    if sys.argv[1:] == ["--rows"]:
        for row in fields():
            print("| `{}` | {} | {} | {} | {} |".format(*row))
    else:
        unittest.main()
