# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping

from orthanc_sdk.binding.fields import PASSED_ON


def test_stub_has_the_names_of_the_report(sdk_files: Mapping[str, str]) -> None:
    names = json.loads(sdk_files["coverage.json"])["names"]
    body = ast.parse(sdk_files["orthanc.pyi"]).body
    defined = {n.name: n for n in body if isinstance(n, (ast.ClassDef, ast.FunctionDef)) and not n.name.startswith("_")}
    assert sorted(defined) == names["module"]
    for name, methods in names["classes"].items():
        node = defined[name]
        assert sorted(n.name for n in node.body if isinstance(n, ast.FunctionDef)) == methods


def test_documentation(files: Callable[[str], dict[str, str]]) -> None:
    stub = files(
        """/** @brief Fetch a "thing".
            *
            * At length.
            * @param name Its name. Can be NULL.
            * @return The thing. It must be freed.
            * @deprecated Use "another". */
        SINCE("9.4.0") FN char* OrthancPluginFetch(CTX, const char* name);"""
    )["orthanc.pyi"]
    function = next(n for n in ast.parse(stub).body if isinstance(n, ast.FunctionDef) and n.name == "Fetch")
    assert ast.get_docstring(function) == (
        'Fetch a "thing".\n\nAt length.\n\nname: Its name. Can be None.\n\nReturns: The thing.\n\n'
        'Deprecated: Use "another".\n\nOrthancPluginFetch (needs Orthanc 9.4.0)'
    )
    assert '@deprecated("Use \\"another\\".")\ndef Fetch(name: str | None) -> str:' in stub


def test_requests_of_rest_callbacks(sdk_files: Mapping[str, str]) -> None:
    """They have each key under which the plugin passes a field of the SDK's structure on."""
    stub = ast.parse(sdk_files["orthanc.pyi"]).body
    functions = {n.name for n in stub if isinstance(n, ast.FunctionDef)}
    passed = {text.split('"')[1] for text in PASSED_ON["HttpRequest"].values()}
    if "RegisterHttpAuthentication" not in functions:
        passed.remove("authentication_payload")
    for name in ("_RestRequest", "_ChunkedRestRequest"):
        (found,) = (n for n in stub if isinstance(n, ast.ClassDef) and n.name == name)
        assert {ast.unparse(n.target) for n in found.body if isinstance(n, ast.AnnAssign)} == passed


def test_stub_of_a_header_without_callbacks(files: Callable[[str], dict[str, str]]) -> None:
    stub = files("")["orthanc.pyi"]
    assert "def Ping() -> None:" in stub
    assert "_RestCallback" not in stub
