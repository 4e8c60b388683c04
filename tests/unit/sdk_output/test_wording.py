# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the module has no text for C programmers only."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from orthanc_sdk.output.wording import members_as_in_python, without_c

C_ONLY = re.compile(
    r"Initialize\(\)|entry point|[Pp]ointer to\b|newly allocated|memory buffer|Opaque structure|ErrorCode_|zero-terminated"
    r"|None pointer|GetName\(\)|Orthanc context|\"Context\"|allocated using|KeysValuesIteratorNext\(\)"
    r"|working sample|target buffer"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Opaque structure that represents a box.", "A box."),
        ("Opaque structure that reads a box.", "Reads a box."),
        ("Opaque structure to a job.", "A job."),
        ("This returns a pointer to a newly created string.", "This returns a new string."),
        ("Pointer to the memory buffer.", "The buffer."),
        ("Does it. The result is stored into a newly allocated memory buffer.", "Does it."),
        ("Does it. Use this in the Initialize() entry point of the plugin.", "Does it."),
        ("Use this in the Initialize() callback.\nSecond line.", "Second line."),
        ("It writes to a pointer.", "It writes to a pointer."),
        ("A pointer to custom data.", "Custom data."),
        ("Does it. The target memory buffer is filled with nothing.", "Does it."),
        ("Does it. The values are stored within the Orthanc context.", "Does it."),
        ("Does it. Check out the working sample at this address.", "Does it."),
        ("The text, encoded as an UTF-8 zero-terminated string.", "The text."),
        ('Identifier of your plugin (it must match "GetName()").', 'The name of the plugin: "python".'),
        ("Call KeysValuesIteratorNext() before.", "Call Next() before."),
        ("The matcher that was previously allocated using CreateMatcher().", "The matcher that was made by CreateMatcher()."),
        ('A subprocess has no access to the "Context", and thus cannot call it.', "A subprocess cannot call it."),
        ("", ""),
    ],
)
def test_without_c(text: str, expected: str) -> None:
    assert without_c(text) == expected


def test_members_of_enumerations() -> None:
    text = "Either OrthancPluginErrorCode_UnknownResource or ::OrthancPluginPixelFormat_RGB24."
    assert members_as_in_python(text) == "Either ErrorCode.UNKNOWN_RESOURCE or PixelFormat.RGB24."


def test_reference_and_stub_have_no_advice_for_c(sdk_files: Mapping[str, str], sdk_pages: Mapping[str, str]) -> None:
    for text in (*sdk_pages.values(), sdk_files["orthanc.pyi"]):
        assert [found[0] for found in C_ONLY.finditer(text)] == []
