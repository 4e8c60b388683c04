# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of what callbacks are given: each is passed on, or left out with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_sdk.__main__ import main
from orthanc_sdk.binding import fields
from orthanc_sdk.binding.rules import Library
from orthanc_sdk.errors import ReaderError

CALLBACKS = Path(__file__).resolve().parents[3] / "src" / "plugin" / "callbacks"
REQUEST = """
typedef struct { int32_t method; uint32_t colour; } OrthancPluginHttpRequest;
typedef void (*OrthancPluginRestCallback)(const char* url, const OrthancPluginHttpRequest* request) ;
FN void OrthancPluginRegisterRestCallback(CTX, const char* pathRegularExpression, OrthancPluginRestCallback callback);
"""
Make = Callable[[str], Library]


def test_structures_of_real_headers(sdk: Library) -> None:
    given = {structure for function in sdk.header.functions for structure in function.given}
    assert [structure.name for structure in given] == ["OrthancPluginHttpRequest"]
    (request,) = given
    assert {"method", "groups", "body", "headersValues"} <= set(request.fields)


def test_uncovered_field_stops(library: Make) -> None:
    with pytest.raises(ReaderError, match=r"^no callback passes on OrthancPluginHttpRequest\.colour\. Pass each on"):
        library(REQUEST)


def test_field_that_is_left_out(library: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fields.LEFT_OUT, "HttpRequest", {"colour": "the eye sees it"})
    library(REQUEST)


def test_fields_of_functions_that_scripts_cannot_call(library: Make) -> None:
    library(REQUEST.replace("RegisterRestCallback(", "RegisterDatabaseBackendV4("))


def test_tables() -> None:
    """The code reads each field that is said to be passed on; none is in both tables; each has a reason."""
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(CALLBACKS.rglob("*.cpp")))
    for structure, passed in fields.PASSED_ON.items():
        assert [field for field in passed if not re.search(rf"\brequest\.{field}\b", code)] == []
        assert not passed.keys() & fields.LEFT_OUT.get(structure, {}).keys()
    assert all(reason for table in (fields.PASSED_ON, fields.LEFT_OUT) for each in table.values() for reason in each.values())


def test_uncovered_field_of_a_real_header_stops_the_build(
    sdk_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the command that the build runs, as if a newer SDK had added a field."""
    text = sdk_path.read_text(encoding="utf-8")
    header = tmp_path / "OrthancCPlugin.h"
    header.write_text(text.replace("} OrthancPluginHttpRequest;", "  uint32_t colour;\n} OrthancPluginHttpRequest;"), "utf-8")
    assert main(["--header", str(header), "--output", str(tmp_path / "generated")]) == 1
    assert "no callback passes on OrthancPluginHttpRequest.colour." in capsys.readouterr().err
    assert not (tmp_path / "generated").exists()
