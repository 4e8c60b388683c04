# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_sdk.binding.rules import Library
from orthanc_sdk.errors import ReaderError
from orthanc_sdk.header.model import Header, TypeKind
from orthanc_sdk.header.parser import parse_header

Write = Callable[[str], Path]


def test_version_and_functions(small_header: Write) -> None:
    header = parse_header(small_header(""))
    assert header.version == "9.8.7"
    # The plugin's own exports are not functions of the SDK
    assert [function.name for function in header.functions] == ["OrthancPluginPing"]


def test_enumerations_lose_sentinels_and_private_ones(small_header: Write) -> None:
    header = parse_header(small_header(""))
    assert [e.name for e in header.enumerations] == ["OrthancPluginErrorCode", "OrthancPluginColor"]
    color = header.enumerations[1]
    assert [(m.name, m.value, m.since) for m in color.members] == [
        ("OrthancPluginColor_DarkRed", 3, ""),
        ("OrthancPluginColor_RGB24", 4, "9.1.0"),
    ]
    assert color.documentation.brief == "Colours of things."
    assert color.members[0].documentation.brief == "Like wine"


def test_every_opaque_structure_is_a_handle(small_header: Write) -> None:
    header = parse_header(small_header("FN void OrthancPluginShut(CTX, const OrthancPluginBox* box);"))
    assert [(h.name, h.documentation.brief) for h in header.handles] == [
        ("OrthancPluginBox", "A box."),
        ("OrthancPluginUnused", ""),
    ]


def test_since_and_deprecated(small_header: Write) -> None:
    header = parse_header(
        small_header(
            """
                /** @brief Old.
                 * @deprecated Use the new one. */
                FN void OrthancPluginOld(CTX);
                SINCE("9.2.1") __attribute__((deprecated)) FN void OrthancPluginNew(CTX);
                """
        )
    )
    old, new = header.functions[1:]
    assert (old.since, old.deprecated, old.documentation.deprecated) == ("", True, "Use the new one.")
    assert (new.since, new.deprecated) == ("9.2.1", True)


def test_types(small_header: Write) -> None:
    declaration = """FN uint16_t OrthancPluginTypes(CTX, const char* a, const char* const* b, uint8_t* c, OrthancPluginColor d,
        const OrthancPluginBox* e, OrthancPluginCallback f, const void* g, float h);"""
    function = parse_header(small_header(declaration)).functions[1]
    assert [(p.type.kind, p.type.depth, p.type.const) for p in function.parameters] == [
        (TypeKind.CONTEXT, 1, False),
        (TypeKind.CHAR, 1, True),
        (TypeKind.CHAR, 2, True),
        (TypeKind.INTEGER, 1, False),
        (TypeKind.ENUMERATION, 0, False),
        (TypeKind.HANDLE, 1, True),
        (TypeKind.FUNCTION, 0, False),
        (TypeKind.VOID, 1, True),
        (TypeKind.REAL, 0, False),
    ]
    assert (function.parameters[3].type.name, function.result.name) == ("uint8_t", "uint16_t")


def test_relative_path(small_header: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = small_header("")
    monkeypatch.chdir(path.parent)
    assert parse_header(Path(path.name)).version == "9.8.7"


def test_missing_header(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match=r"no SDK header at .*absent\.h"):
        parse_header(tmp_path / "absent.h")


def test_not_an_sdk_header(tmp_path: Path) -> None:
    path = tmp_path / "other.h"
    path.write_text("int f(int x);\n")
    with pytest.raises(ReaderError, match="not the header of an Orthanc SDK"):
        parse_header(path)


def test_parse_error_says_where(small_header: Write) -> None:
    with pytest.raises(ReaderError, match=r"OrthancCPlugin\.h:\d+:\d+: unknown type name 'nonsense_t'"):
        parse_header(small_header("static inline nonsense_t OrthancPluginBad() {}"))


def test_real_headers(sdk: Library) -> None:
    header = sdk.header
    assert len(header.functions) >= 166
    assert len(header.enumerations) >= 21
    assert all(function.documentation.brief for function in header.functions)
    kinds = {kind.kind for f in header.functions for kind in (f.result, *(p.type for p in f.parameters))}
    assert TypeKind.OTHER not in kinds


def test_since_of_real_headers(all_headers: list[Header]) -> None:
    annotated = [header for header in all_headers if any(function.since for function in header.functions)]
    newer = [header for header in all_headers if tuple(map(int, header.version.split("."))) >= (1, 12, 8)]
    assert annotated == newer
    for header in annotated:
        since = {function.name: function.since for function in header.functions}
        assert since["OrthancPluginGenerateUuid"] == "1.1.0"
        assert since["OrthancPluginRestApiGet"] == ""
        pixel = next(e for e in header.enumerations if e.name == "OrthancPluginPixelFormat")
        assert next(m.since for m in pixel.members if m.name.endswith("_RGB48")) == "1.3.1"


def test_no_two_members_share_a_value(sdk: Library) -> None:
    """Python would make the second an alias; the runtime counts on its absence."""
    for enumeration in sdk.header.enumerations:
        values = [member.value for member in enumeration.members]
        assert len(values) == len(set(values)), enumeration.name
