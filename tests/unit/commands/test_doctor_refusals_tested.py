# SPDX-License-Identifier: GPL-3.0-or-later
"""Each `problem(` and `warning(` of the doctor has a test that expects its words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCTOR = ROOT / "src" / "orthanc_python" / "doctor"
TESTS = ("unit", "package", "integration")


def texts(node: ast.expr, names: dict[str, list[str]]) -> list[str]:
    """Return the constant parts of a text, or of what a name was given in the function."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        return [each.value for each in node.values if isinstance(each, ast.Constant)]
    if isinstance(node, ast.BinOp):
        return texts(node.left, names) + texts(node.right, names)
    if isinstance(node, ast.IfExp):
        return texts(node.body, names) + texts(node.orelse, names)
    return names.get(node.id, []) if isinstance(node, ast.Name) else []


def refusals(file: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield where a module of the doctor refuses something, and the parts of what it says and advises."""
    for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        names: dict[str, list[str]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                names.setdefault(node.targets[0].id, []).extend(texts(node.value, {}))
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("problem", "warning"):
                said = [part.strip() for argument in node.args[1:] for part in texts(argument, names)]
                yield f"{file.name}:{node.lineno}", [part for part in said if len(part) > 8] or [part for part in said if part]


def test_every_refusal_has_a_test() -> None:
    strings = {
        node.value
        for folder in TESTS
        for file in (ROOT / "tests" / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    expected = [text for text in strings if len(text) > 8]
    sites = [site for file in sorted(DOCTOR.rglob("*.py")) for site in refusals(file)]
    assert len(sites) > 50
    forgotten = [
        (where, parts)
        for where, parts in sites
        if parts and not any(is_said(part, text) for part in parts for text in expected)
    ]
    assert forgotten == []


def is_said(part: str, text: str) -> bool:
    """Return whether a test expects a part of a refusal: all, its beginning, or more than several refusals have in common."""
    return part in text or (len(text) > 12 and part.startswith(text)) or (len(text) > 20 and text in part)
