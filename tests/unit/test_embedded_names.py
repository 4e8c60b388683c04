# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin's Python modules: each name that one uses of another is there. Type checkers do not know how they are imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EMBEDDED = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "src/plugin/embedded").rglob("*.py")}


def defined_in(module: ast.Module) -> set[str]:
    names = {node.name for node in ast.walk(module) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))}
    names |= {node.id for node in ast.walk(module) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {
        alias.asname or alias.name for node in ast.walk(module) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    return names


def used_of_others(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id.startswith("_orthanc_"):
            yield node.value.id.removeprefix("_orthanc_"), node.attr


def test_names() -> None:
    used = [(user, *each) for user, module in EMBEDDED.items() for each in used_of_others(module)]
    assert len(used) > 100
    defined = {name: defined_in(module) for name, module in EMBEDDED.items()}
    assert [each for each in used if each[1] in defined and each[2] not in defined[each[1]]] == []
