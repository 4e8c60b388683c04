# SPDX-License-Identifier: GPL-3.0-or-later
"""Code that needs a deep stack, in every kind of callback and in threads: Orthanc's own threads have as little as 100 KB."""

from __future__ import annotations

import pytest
from conftest import Servers
from every_callback import KINDS, EveryCallback

# As deep as each Python allows: a RecursionError (MemoryError of the parser) is right, a crash is not.
DEEP = """
import ast, json, pickle, re
import numpy

def attempt(function):
    try:
        function()
        return "done"
    except (RecursionError, MemoryError, OverflowError, re.error) as error:
        return "refused"

def recurse(depth):
    return 0 if depth == 0 else 1 + recurse(depth - 1)

nested = []
for _ in range(50_000):
    nested = [nested]

outcome = {
    "json": attempt(lambda: json.loads("[" * 900 + "]" * 900)),
    "deeper json": attempt(lambda: json.loads("[" * 100_000 + "]" * 100_000)),
    "json text": attempt(lambda: json.dumps(nested)),
    "ast": attempt(lambda: ast.parse("(" * 80 + "1" + ")" * 80)),
    "deeper ast": attempt(lambda: ast.parse("-" * 5_000 + "1")),
    "compile": attempt(lambda: compile("+".join(["1"] * 3_000), "<text>", "eval")),
    "re": attempt(lambda: re.compile("(" * 90 + "a" + ")" * 90).match("a")),
    "deeper re": attempt(lambda: re.compile("(?:" * 5_000 + "a" + ")" * 5_000)),
    "matching": attempt(lambda: re.match("(?:a|b)*c", "ab" * 100_000)),
    "pickle": attempt(lambda: pickle.dumps(nested)),
    "repr": attempt(lambda: repr(nested)),
    "calls": attempt(lambda: recurse(500)),
    "deeper calls": attempt(lambda: recurse(100_000)),
    "numpy": attempt(lambda: numpy.linalg.inv(numpy.eye(100) * 2)),
}
"""
MUST_WORK = {"json", "ast", "re", "matching", "calls", "numpy"}


def check(outcome: object) -> None:
    assert isinstance(outcome, dict), outcome
    assert {name for name in MUST_WORK if outcome[name] != "done"} == set()
    assert outcome["deeper calls"] == "refused"
    assert set(outcome.values()) <= {"done", "refused"}


@pytest.fixture(scope="module")
def callbacks(module_orthanc: Servers) -> EveryCallback:
    return EveryCallback(module_orthanc)


@pytest.mark.parametrize("kind", KINDS)
def test_in_callbacks(callbacks: EveryCallback, kind: str) -> None:
    check(callbacks.run(kind, DEEP))


def test_in_a_thread_of_the_script(callbacks: EveryCallback) -> None:
    code = "import threading\ncode = '''" + DEEP.replace("'''", "") + "'''\nscope = {}\n"
    code += "thread = threading.Thread(target=exec, args=(code, scope))\nthread.start()\nthread.join()\n"
    code += "outcome = scope['outcome']\n"
    check(callbacks.run("rest", code))


def test_first_import_in_a_callback(orthanc: Servers) -> None:
    """NumPy's import is among the deepest there are, and comes from whichever callback is first."""
    code = "import sys\nassert 'numpy' not in sys.modules\nimport numpy\noutcome = int(numpy.arange(4).sum())\n"
    assert EveryCallback(orthanc).run("http_filter", code) == 6
