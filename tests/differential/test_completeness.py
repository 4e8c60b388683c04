# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts use every name that the established plugin has, in each of its versions."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from case import Case, all_cases, version

ROOT = Path(__file__).resolve().parents[2]
ESTABLISHED = json.loads((ROOT / "tests" / "integration" / "data" / "established_api.json").read_text(encoding="utf-8"))

NOT_GIVEN = "no function or callback of the established plugin gives such an object, and it cannot be constructed"
# Names that no script uses, each with its reason. A class stands for its methods.
EXCEPTIONS = {
    "CreateMemoryBuffer": "the established plugin gives memory whose content is arbitrary",
    "DicomWebNode": NOT_GIVEN,
    "Job": NOT_GIVEN,
    "ServerChunkedRequestReader": NOT_GIVEN,
    "StorageArea": NOT_GIVEN,
    "WebDavCollection": NOT_GIVEN,
}


def used_names(case: Case) -> set[str]:
    """The attributes that the script reads, by `.name` or by a text such as that of getattr."""
    tree = ast.parse(case.script.read_text(encoding="utf-8"))
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return attributes | texts


def used_with(generation: str) -> dict[str, set[str]]:
    """By the name of the case. Those that shall fail when they are read have no tree."""
    return {case.name: used_names(case) for case in all_cases() if case.runs_with(generation) and case.name != "start_syntax"}


@pytest.mark.parametrize("generation", sorted(ESTABLISHED, key=version))
def test_every_name_is_used(generation: str) -> None:
    used = used_with(generation)
    all_used = set().union(*used.values())
    printed = used["enumerations"] | used.get("newer_enumerations", set())
    missing = [
        name
        for name, kind in ESTABLISHED[generation].items()
        if name.partition(".")[0] not in EXCEPTIONS
        and (name.partition(".")[0] not in printed if kind == "number" else name.rpartition(".")[2] not in all_used)
    ]
    assert missing == []


def test_exceptions_are_needed() -> None:
    """None is of a name that a script uses, or that no version has."""
    names = set().union(*ESTABLISHED.values())
    assert set(EXCEPTIONS) <= names
    assert not set(EXCEPTIONS) & set().union(*used_with("99").values())


def test_size_of_the_corpus() -> None:
    assert len([case for case in all_cases() if case.runs_with("4.0")]) >= 80
