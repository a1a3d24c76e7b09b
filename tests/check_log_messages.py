#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that each log text occurs once in the sources, so that a search for it finds one place."""

import collections
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CALL = re.compile(r'\blog(?:ger)?_?(?:\.|->)(?:debug|info|warning|error)\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')
# A message with fewer words is too short: it must name the action and the object.
TOO_SHORT = 2


def text_of(literals):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))


def main():
    places = collections.defaultdict(list)
    for file in sorted([*ROOT.glob("src/**/*.?pp"), *ROOT.glob("include/**/*.hpp")]):
        source = file.read_text(encoding="utf-8")
        for call in CALL.finditer(source):
            line = source.count("\n", 0, call.start()) + 1
            places[text_of(call.group(1))].append(f"{file.relative_to(ROOT)}:{line}")
    assert places, "no log call was found"
    problems = [f"{', '.join(found)}: \"{text}\" occurs more than once" for text, found in places.items() if len(found) > 1]
    problems += [f'{found[0]}: "{text}" names no action and object'
                 for text, found in places.items() if len(text.split()) < TOO_SHORT]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


sys.exit(main())
