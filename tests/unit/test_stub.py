# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from mypy import api

from orthanc_sdk.render import render
from orthanc_sdk.rules import Library

SCRIPT = """
import json
from typing import Any

import orthanc


def on_rest(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.AnswerBuffer(json.dumps({"uri": uri, "groups": request["groups"]}), "application/json")


def on_method(output: orthanc.RestOutput, url: str, *, method: str, **request: Any) -> None:
    output.AnswerBuffer(b"" if method == "GET" else bytearray(), "text/plain")


def on_change(change: orthanc.ChangeType, level: orthanc.ResourceType, resource: str | None) -> None:
    print(orthanc.RestApiGet("/system").decode())


def on_filter(uri: str, **request: Any) -> bool:
    return bool(request["method"] == orthanc.HttpMethod.GET)


def on_upload(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    with open("file", "wb") as file:
        for chunk in request["body"]:
            file.write(chunk)
    with open("file", "rb") as source, orthanc.ChunkedHttpClient(orthanc.HttpMethod.PUT, uri, {"A": "b"}, source) as answer:
        size: int = sum(len(chunk) for chunk in answer)
    answer = orthanc.ChunkedHttpClient(orthanc.HttpMethod.POST, uri, body=(b"" for _ in range(size)), timeout=5)
    output.AnswerBuffer(answer.read(10) if answer.status == 200 else answer.headers["a"], "text/plain")


orthanc.RegisterRestCallback("/a", on_rest)
orthanc.RegisterChunkedRestCallback("/c", on_upload)
orthanc.RegisterRestCallback("/b", on_method)
orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterIncomingHttpRequestFilter(on_filter)
orthanc.CreateDicom("{}", None, orthanc.CreateDicomFlags.NONE | orthanc.CreateDicomFlags.DECODE_DATA_URI_SCHEME)
image = orthanc.CreateImageFromBuffer(orthanc.PixelFormat.RGB24, 2, 2, 6, bytes(12))
width: int = image.GetImageWidth()
try:
    orthanc.RestApiDelete("/x")
except orthanc.OrthancException as error:
    code: int = error.args[0]
"""


@pytest.fixture(scope="module")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


def check(folder: Path, stub: str, script: str, cache: Path) -> tuple[str, int]:
    (folder / "orthanc.pyi").write_text(stub, encoding="utf-8")
    (folder / "script.py").write_text(script, encoding="utf-8")
    files = [str(folder / "script.py"), str(folder / "orthanc.pyi")]
    options = ["--strict", "--python-version", "3.10", "--config-file", "", "--cache-dir", str(cache)]
    output, errors, status = api.run([*options, *files])
    return output + errors, status


def test_mypy_accepts_stub_and_script(sdk: Library, tmp_path: Path, mypy_cache: Path) -> None:
    output, status = check(tmp_path, render(sdk)["orthanc.pyi"], SCRIPT, mypy_cache)
    assert status == 0, output


def test_mypy_rejects_wrong_scripts(sdk: Library, tmp_path: Path, mypy_cache: Path) -> None:
    script = 'import orthanc\n\northanc.RestApiGet(3)\northanc.RegisterRestCallback("/a", lambda output: None)\n'
    output, status = check(tmp_path, render(sdk)["orthanc.pyi"], script, mypy_cache)
    assert status == 1
    assert "script.py:3" in output
    assert "script.py:4" in output


def test_stub_has_the_names_of_the_report(sdk: Library) -> None:
    files = render(sdk)
    names = json.loads(files["coverage.json"])["names"]
    body = ast.parse(files["orthanc.pyi"]).body
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
        'Deprecated: Use "another".\n\nOrthancPluginFetch (needs the SDK 9.4.0)'
    )
    assert '@deprecated("Use \\"another\\".")\ndef Fetch(name: str | None) -> str:' in stub


def test_stub_of_a_header_without_callbacks(files: Callable[[str], dict[str, str]]) -> None:
    stub = files("")["orthanc.pyi"]
    assert "def Ping() -> None:" in stub
    assert "_RestCallback" not in stub
