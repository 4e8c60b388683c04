# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes of small functions, each given as the SDK would declare it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orthanc_sdk.binding.arguments import ArgumentShape as A
from orthanc_sdk.binding.results import OutputShape as O
from orthanc_sdk.binding.results import ResultShape as R
from orthanc_sdk.binding.rules import Binding, Kind, Library, Primitive
from orthanc_sdk.errors import ReaderError

Bind = Callable[[str], Binding]
Make = Callable[[str], Library]


def primitive(binding: Binding) -> Primitive:
    assert binding.kind is Kind.GENERATED
    assert binding.primitive is not None
    return binding.primitive


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("const char* uri", [("uri", A.TEXT)]),
        ("const void* body, uint32_t bodySize", [("body", A.BYTES)]),
        ("const char* data, uint64_t size", [("data", A.BYTES)]),
        ("const char* uri, uint32_t count", [("uri", A.TEXT), ("count", A.INTEGER)]),
        (
            "uint32_t xCount, const char* const* xKeys, const char* const* xValues, int32_t after",
            [("x", A.MAPPING), ("after", A.INTEGER)],
        ),
        ("uint32_t width, int64_t height", [("width", A.INTEGER), ("height", A.INTEGER)]),
        ("float value", [("value", A.REAL)]),
        ("OrthancPluginColor color", [("color", A.ENUMERATION)]),
        ("OrthancPluginErrorCode code", [("code", A.OPEN_ENUMERATION)]),
        ("int32_t n, const OrthancPluginBox* box", [("n", A.INTEGER), ("box", A.HANDLE)]),
        ("", []),
    ],
)
def test_arguments(binding: Bind, parameters: str, expected: list[tuple[str, A]]) -> None:
    bound = binding(f"FN void OrthancPluginDo(CTX{', ' if parameters else ''}{parameters});")
    assert [(a.name, a.shape) for a in primitive(bound).arguments] == expected
    assert (bound.owner, bound.name) == ("", "Do")


def test_null_in_the_documentation_makes_text_and_handles_optional(binding: Bind) -> None:
    bound = binding(
        """/** @brief Do.
            * @param a A text (can be NULL).
            * @param b Another.
            * @param c The box. Can be <tt>NULL</tt>. */
        FN void OrthancPluginDo(CTX, const char* a, const char* b, const OrthancPluginBox* c);"""
    )
    assert [a.shape for a in primitive(bound).arguments] == [A.OPTIONAL_TEXT, A.TEXT, A.OPTIONAL_HANDLE]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("OrthancPluginErrorCode", R.ERROR_CODE),
        ("void", R.NOTHING),
        ("char*", R.OWNED_TEXT),
        ("const char*", R.BORROWED_TEXT),
        ("uint32_t", R.INTEGER),
        ("int64_t", R.INTEGER),
        ("OrthancPluginColor", R.ENUMERATION),
        ("OrthancPluginBox*", R.NEW_HANDLE),
    ],
)
def test_results(binding: Bind, result: str, expected: R) -> None:
    assert primitive(binding(f"FN {result} OrthancPluginDo(CTX);")).result is expected


def test_outputs(binding: Bind) -> None:
    bound = binding(
        """FN OrthancPluginErrorCode OrthancPluginDo(CTX, OrthancPluginMemoryBuffer* a, OrthancPluginMemoryBuffer64* b,
            OrthancPluginMemoryBuffer* answerHeaders, uint16_t* c, uint8_t* d, OrthancPluginColor* e, const char* uri);"""
    )
    outputs = primitive(bound).outputs
    assert [output.shape for output in outputs] == [O.BYTES, O.BYTES, O.MAPPING, O.INTEGER, O.BOOLEAN, O.ENUMERATION]
    assert [a.name for a in primitive(bound).arguments] == ["uri"]


def test_first_input_handle_makes_a_method(binding: Bind) -> None:
    bound = binding(
        "FN OrthancPluginErrorCode OrthancPluginGetTag(CTX, uint16_t* group, const OrthancPluginBox* box, uint32_t i);"
    )
    assert (bound.owner, bound.name) == ("Box", "GetTag")
    assert [a.name for a in primitive(bound).arguments] == ["i"]


def test_later_handle_makes_no_method(binding: Bind) -> None:
    assert binding("FN void OrthancPluginFill(CTX, const char* a, OrthancPluginBox* box);").owner == ""


def test_methods_lose_their_class_as_prefix(binding: Bind) -> None:
    assert binding("FN void OrthancPluginBoxOpen(CTX, OrthancPluginBox* box);").python == "Box.Open"


def test_destructor_is_automatic(library: Make) -> None:
    bound = library(
        "FN OrthancPluginBox* OrthancPluginCreateBox(CTX); FN void OrthancPluginFreeBox(CTX, OrthancPluginBox* box);"
    )
    assert [b.kind for b in bound.bindings] == [Kind.GENERATED, Kind.GENERATED, Kind.AUTOMATIC]
    destructor = bound.destructor(bound.header.handles[0])
    assert destructor is not None
    assert destructor.name == "OrthancPluginFreeBox"


@pytest.mark.parametrize(
    ("declaration", "quick"),
    [
        ("uint32_t OrthancPluginGetSize(CTX, const OrthancPluginBox* box)", True),
        ("const char* OrthancPluginGetLabel(CTX, const OrthancPluginBox* box, uint32_t i, const char* key)", True),
        ("OrthancPluginColor OrthancPluginGetColor(CTX, const OrthancPluginBox* box)", True),
        ("char* OrthancPluginGetJson(CTX, const OrthancPluginBox* box)", False),
        ("int32_t OrthancPluginIsMatch(CTX, const OrthancPluginBox* box, const void* dicom, uint32_t size)", False),
        ("OrthancPluginErrorCode OrthancPluginClose(CTX, OrthancPluginBox* box)", False),
        ("uint32_t OrthancPluginCount(CTX)", False),
        ("char* OrthancPluginGenerateUuid(CTX)", True),
        ("uint32_t OrthancPluginGetInstanceFramesCount(CTX, const OrthancPluginBox* box)", False),
    ],
)
def test_quick(binding: Bind, declaration: str, quick: bool) -> None:
    assert primitive(binding(f"FN {declaration};")).quick is quick


@pytest.mark.parametrize(
    ("declaration", "why"),
    [
        ("void OrthancPluginOdd(CTX, OrthancPluginCallback callback)", r"parameter callback is a function pointer"),
        ("void OrthancPluginOdd(CTX, void* payload)", r"parameter payload is a void\*"),
        ("void OrthancPluginOdd(CTX, const void* pixels)", r"parameter pixels is a const void\*"),
        ("void OrthancPluginOdd(CTX, const uint16_t* values)", r"parameter values is a const uint16_t\*"),
        (
            "void OrthancPluginOdd(CTX, uint32_t xCount, char** xKeys, char** xValues)",
            r"parameter xKeys is a char\*\*",
        ),
        ("const void* OrthancPluginOdd(CTX)", r"the result is a const void\*"),
        ("const OrthancPluginBox* OrthancPluginOdd(CTX)", r"the result is a const OrthancPluginBox\*"),
        ("uint32_t OrthancPluginOdd(CTX, uint16_t* group)", r"it has an output \(group\) besides its result"),
    ],
)
def test_uncovered_function_stops(library: Make, declaration: str, why: str) -> None:
    with pytest.raises(ReaderError, match=rf"OrthancPluginOdd\(.*{why}.*src/orthanc_sdk/binding, add each to callbacks\.py"):
        library(f"FN {declaration};")


def test_every_uncovered_function_is_named(library: Make) -> None:
    with pytest.raises(ReaderError, match=r"OrthancPluginOne\(.*OrthancPluginTwo\("):
        library("FN void OrthancPluginOne(CTX, void* p); FN void OrthancPluginTwo(CTX, void* p);")


def test_two_functions_of_one_python_name(library: Make) -> None:
    with pytest.raises(ReaderError, match=r"orthanc\.Box\.Open"):
        library("FN void OrthancPluginOpen(CTX, OrthancPluginBox* b); FN void OrthancPluginBoxOpen(CTX, OrthancPluginBox* b);")


def test_table_wins_over_rules(binding: Bind) -> None:
    bound = binding("FN void OrthancPluginFreeString(CTX, char* str);")
    assert bound.kind is Kind.NOT_FOR_SCRIPTS
    assert not bound.bound


def test_real_headers_are_covered(sdk: Library) -> None:
    assert {b.function.name for b in sdk.bindings if b.function} == {f.name for f in sdk.header.functions}
    assert all(b.reason for b in sdk.bindings if b.kind is not Kind.GENERATED)
