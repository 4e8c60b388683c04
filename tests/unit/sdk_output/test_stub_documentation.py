# SPDX-License-Identifier: GPL-3.0-or-later
"""The text that an editor shows for a name of the module: the header's words, and the Orthanc that is needed."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from itertools import pairwise

import pytest

from orthanc_sdk.binding.rules import Library
from orthanc_sdk.header.model import Documentation
from orthanc_sdk.names import member_name, short_name
from orthanc_sdk.output.docstrings import brief

Node = ast.FunctionDef | ast.ClassDef


@pytest.fixture
def nodes(sdk_files: Mapping[str, str]) -> dict[str, Node]:
    """The stub's functions, classes and methods, by their names: RestApiGet, Image, Image.GetImageWidth."""
    found: dict[str, Node] = {}
    for node in ast.parse(sdk_files["orthanc.pyi"]).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{each.name}": each for each in node.body if isinstance(each, ast.FunctionDef)}
    return found


def tells(text: str | None, documentation: Documentation, since: str) -> bool:
    """Return whether a documentation has the header's words and version, however its lines are broken."""
    words = " ".join((text or "").split())
    return " ".join(brief(documentation).split()) in words and (not since or f"(needs Orthanc {since})" in words)


def test_functions(sdk: Library, nodes: dict[str, Node]) -> None:
    bound = [binding for binding in sdk.bindings if binding.bound]
    assert len(bound) > 140
    for binding in bound:
        text = ast.get_docstring(nodes[binding.python])
        assert text, binding.python
        if binding.function:
            function = binding.function
            assert function.documentation.brief, binding.python
            assert tells(text, function.documentation, function.since), binding.python
            assert function.name in text


def test_classes_and_enumerations(sdk: Library, nodes: dict[str, Node]) -> None:
    for each in (*sdk.header.handles, *sdk.header.enumerations):
        text = ast.get_docstring(nodes[short_name(each.name)])
        assert each.documentation.brief, each.name
        assert tells(text, each.documentation, each.since), each.name
    assert ast.get_docstring(nodes["OrthancException"])


def test_members(sdk: Library, nodes: dict[str, Node]) -> None:
    for enumeration in sdk.header.enumerations:
        texts = {}
        for node, following in pairwise([*nodes[short_name(enumeration.name)].body, ast.Pass()]):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                documented = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
                texts[node.target.id] = ast.literal_eval(following.value) if documented else ""
        for member in enumeration.members:
            assert tells(texts[member_name(enumeration.name, member.name)], member.documentation, member.since), member.name


def test_versions(sdk: Library, sdk_files: Mapping[str, str]) -> None:
    stub = sdk_files["orthanc.pyi"]
    names = {function.name for function in sdk.header.functions}
    for name, version in {"LogMessage": "1.12.4", "GetKeyValue": "1.12.8"}.items():
        assert (f"OrthancPlugin{name} (needs Orthanc {version})" in stub) == (f"OrthancPlugin{name}" in names)
    assert "OrthancPluginRestApiGet (needs" not in stub


def test_results(nodes: dict[str, Node]) -> None:
    documented = ast.get_docstring(nodes["FindQuery.GetFindQueryTag"]) or ""
    assert "Returns a tuple:\ngroup: " in documented and "\nelement: " in documented
    for name, node in nodes.items():
        if isinstance(node, ast.FunctionDef) and "Returns a tuple:" in (ast.get_docstring(node) or ""):
            assert node.returns is not None and ast.unparse(node.returns).startswith("tuple["), name
