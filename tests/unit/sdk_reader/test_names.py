# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from orthanc_sdk.names import argument_name, member_name, method_name, short_name, snake_case


def test_short_name() -> None:
    assert short_name("OrthancPluginRestApiGet") == "RestApiGet"


@pytest.mark.parametrize(
    ("function", "owner", "expected"),
    [
        ("FindMatcherIsMatch", "FindMatcher", "IsMatch"),
        ("KeysValuesIteratorNext", "KeysValuesIterator", "Next"),
        ("StorageAreaCreate", "StorageArea", "Create"),
        ("GetImageWidth", "Image", "GetImageWidth"),
        ("WorklistIsMatch", "WorklistQuery", "WorklistIsMatch"),
        ("ImagesCount", "Image", "ImagesCount"),
    ],
)
def test_method_name(function: str, owner: str, expected: str) -> None:
    assert method_name(function, owner) == expected


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("NewStudy", "NEW_STUDY"),
        ("Grayscale16", "GRAYSCALE16"),
        ("RGB24", "RGB24"),
        ("ReferencedSOPClassNotSupported", "REFERENCED_SOPCLASS_NOT_SUPPORTED"),
        ("SQLiteNotOpened", "SQLITE_NOT_OPENED"),
        ("DicomAsJson", "DICOM_AS_JSON"),
        ("3D", "_3D"),
    ],
)
def test_member_name(member: str, expected: str) -> None:
    assert member_name("OrthancPluginThing", f"OrthancPluginThing_{member}") == expected


def test_other_names() -> None:
    assert snake_case("RestOutput") == "rest_output"
    assert (argument_name("lambda"), argument_name("type")) == ("lambda_", "type")
