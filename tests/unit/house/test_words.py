# SPDX-License-Identifier: GPL-3.0-or-later
"""Comments and docstrings keep the rules of docs/style.md that a program can check."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MARKS = {".py": "#", ".cpp": "//", ".h": "//", ".cmake": "#"}
# Programs read these comments, or people who do not write them.
LEFT_OUT = ("tests/differential/scripts/", "tests/unit/house/test_words.py")
RULES = {
    r"^THIRD PERSON ": 'write "Run ...", not "Runs ..."',
    r", which\b": 'write a second sentence instead of ", which"',
    r"^(What|Who|Whoever|Those that|Those of|Such as)\b": "name the thing, or begin with a verb",
    r"(?<![Oo]ne) of [A-Z]?\w+'s(?=[.,;:)]|$)": 'write "an Orthanc thread", not "a thread of Orthanc\'s"',
    r"\b(patience|doors?|travell\w+)\b": "name the deadline, the gate or the data, without a metaphor",
    r"(?<![Tt]here) (is|are) no (?!longer\b|more\b)[a-z]+(?=[.,;:)]|$)": 'write "is not a ..."',
}

THIRD_PERSON = re.compile(
    r"((Add|Ask|Build|Change|Check|Close|Create|Delete|Drop|End|Give|Install|Keep|Look|Make|Move|Open|Print|Put|Raise|Read|Remove|"
    r"Return|Run|Send|Set|Start|Stop|Store|Take|Turn|Wait|Warn|Write|Yield)s|Copies|Does|Has|Tries)\b"
)

BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")  # the fields of a statement that have others


def comments(path: Path) -> Iterator[str]:
    """Yield each comment as one line: lines that follow each other are one comment."""
    mark = MARKS[path.suffix]
    block: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        before, found, text = line.partition(f"{mark} ")
        if found and not before.strip():
            block.append(text.strip())
            continue
        if block:
            yield " ".join(block)
            block = []
        if found and before.endswith("  "):  # at the end of a line of code
            yield text.strip()
    yield " ".join(block)


def docstrings(path: Path) -> Iterator[str]:
    """Yield each docstring of a Python file as one line. One of a function in the third person has a mark in front."""
    statements: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while statements:
        node = statements.pop()
        for field in BLOCKS:
            statements += getattr(node, field, ())
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = " ".join((ast.get_docstring(node) or "").split())
            is_function = not isinstance(node, ast.Module | ast.ClassDef) and not node.name.startswith("test_")
            yield f"THIRD PERSON {text}" if is_function and THIRD_PERSON.match(text) else text


def texts() -> Iterator[tuple[str, str]]:
    """Yield the comments and docstrings of the repository, each with its file."""
    patterns = [f"*{suffix}" for suffix in MARKS] + ["*CMakeLists.txt"]
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", *patterns], check=True, capture_output=True, text=True).stdout
    for name in listed.splitlines():
        path = ROOT / name
        if name.startswith(LEFT_OUT) or path.suffix not in MARKS or not path.exists():
            continue
        yield from ((name, text) for text in comments(path))
        if path.suffix == ".py":
            yield from ((name, text) for text in docstrings(path))


def broken(text: str) -> str | None:
    """Return the advice of the first rule that a text breaks, or None."""
    return next((advice for pattern, advice in RULES.items() if re.search(pattern, text)), None)


def test_words_of_the_repository() -> None:
    found = [f"{name}: {advice}: {text[:100]}" for name, text in texts() if (advice := broken(text))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "Drop the entry, which is about to end.",
        "What a check has found.",
        "Those of the command line.",
        "A thread of Orthanc's.",
        "A path that is no script.",
        "End it after the patience.",
    ],
)
def test_rules_find(text: str) -> None:
    assert broken(text)


@pytest.mark.parametrize("text", ["One of Orthanc's.", "There is no script.", "It is no longer.", "Return what it has found."])
def test_rules_leave_alone(text: str) -> None:
    assert broken(text) is None
