# SPDX-License-Identifier: GPL-3.0-or-later
"""The docstrings of functions and methods: the line of their signature, their types and their defaults."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from orthanc_sdk.binding.rules import Binding, Library
from orthanc_sdk.errors import ReaderError
from orthanc_sdk.output.routines import routine

Read = Callable[[str], Library]


def described(library: Library, name: str) -> str:
    return routine(library, binding_of(library, name)).documentation


def binding_of(library: Library, name: str) -> Binding:
    return next(binding for binding in library.bindings if binding.bound and binding.python == name)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("RestApiGet", "RestApiGet($module, uri)", "Types: (uri: str) -> bytes"),
        ("Image.GetImageWidth", "GetImageWidth($self)", "Types: () -> int"),
        ("HttpGet", "HttpGet($module, url, username=None, password=None)",
         "Types: (url: str, username: str | None = None, password: str | None = None) -> bytes"),
        ("Job.SubmitJob", "SubmitJob($self, priority=0)", "Types: (priority: int = 0) -> str"),
        ("EncodeDicomWebJson", "EncodeDicomWebJson($module, dicom, binary=1)",
         "Types: (dicom: bytes | str | None, binary: object = 1) -> str"),
        ("RegisterOnChangeCallback", "RegisterOnChangeCallback($module, callback)", "Types: (callback: Callable) -> None"),
        ("HasFunction", "HasFunction($module, name)", "Types: (name: str) -> bool"),
    ],
)  # fmt: skip
def test_first_and_last_line(sdk: Library, name: str, first: str, last: str) -> None:
    lines = described(sdk, name).splitlines()
    assert lines[0] == first
    assert lines[1:3] == ["--", ""]
    assert lines[-1] == last


def test_all_signatures_and_types_are_python(sdk: Library) -> None:
    for binding in sdk.bindings:
        if not binding.bound:
            continue
        text = described(sdk, binding.python)
        first, types = text.splitlines()[0], text.splitlines()[-1].removeprefix("Types: ")
        ast.parse(f"def {first.replace('$', '')}: ...")
        ast.parse(f"def f{types}: ...")
        assert "_" not in types.replace("lambda_", "").split("->")[1], types


def test_table_of_all_routines(sdk_files: Mapping[str, str]) -> None:
    for name in (
        "RestApiGet",
        "RestOutput.AnswerBuffer",
        "RegisterRestCallback",
        "FindMatcher.FindMatcherIsMatch",
        "_RequestBody.read",
    ):
        assert f'  {{"{name}", ' in sdk_files["routines.cpp"]
        assert f'  {{"{name}", ' in sdk_files["generated.h"]


def test_default_that_is_no_number(sdk: Library) -> None:
    binding = binding_of(sdk, "LookupDictionary")
    assert binding.hand_written is not None
    odd = replace(binding, hand_written=replace(binding.hand_written, arguments="name: str = 'PatientID'"))
    with pytest.raises(ReaderError, match="the default 'PatientID' of LookupDictionary is neither None nor an integer"):
        routine(sdk, odd)
