#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the cases of a build's Boost.Test programs and unittest scripts with the kept list.

Usage: check_cases.py BUILD_FOLDER [--update]. Exit status 1 if a case of cases.txt is missing, or if cases.txt lacks a case.
--update rewrites cases.txt.
"""

import ast
import concurrent.futures
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
KEPT = HERE / "cases.txt"


def cases_of_program(program):
    """Yields the paths of the cases of a Boost.Test program, such as unit_net/server/refuses_large_headers."""
    listing = subprocess.run([program, "--list_content"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             check=True)
    path = []
    entries = [line for line in (listing.stderr + listing.stdout).splitlines() if line.strip()]
    depths = [(len(line) - len(line.lstrip())) // 4 for line in entries] + [0]
    for index, line in enumerate(entries):
        path[depths[index]:] = [line.strip().split("*")[0].split(":")[0]]
        if depths[index + 1] <= depths[index]:
            yield "/".join([program.name, *path])


def cases_of_script(script):
    """Yields the test methods of a unittest script, without running it."""
    for node in ast.parse(script.read_text()).body:
        if isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and member.name.startswith("test_"):
                    yield f"{script.name}/{node.name}/{member.name}"


def cases_of_build(build):
    # Lists the programs that ctest runs: the folder may contain programs that are no longer tests.
    listing = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], capture_output=True, text=True, check=True)
    words = {pathlib.Path(word) for test in json.loads(listing.stdout)["tests"] for word in test.get("command", [])}
    programs = sorted(word for word in words if word.name.startswith(("it_", "unit_", "memory_")) and not word.suffix)
    scripts = sorted(word for word in words if word.suffix == ".py" and word != pathlib.Path(__file__))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda program: list(cases_of_program(program)), programs))
    return sorted(case for cases in [*found, *map(cases_of_script, scripts)] for case in cases)


def main():
    found = cases_of_build(pathlib.Path(sys.argv[1]))
    if sys.argv[2:] == ["--update"]:
        KEPT.write_text("\n".join(found) + "\n")
    kept = KEPT.read_text().splitlines()
    for case in sorted(set(kept) - set(found)):
        print(f"missing: {case}")
    for case in sorted(set(found) - set(kept)):
        print(f"not in {KEPT.name} (--update adds it): {case}")
    print(f"{len(found)} cases, {len(kept)} kept")
    return 0 if found == kept else 1


if __name__ == "__main__":
    sys.exit(main())
