# SPDX-License-Identifier: GPL-3.0-or-later
"""Orthanc's configuration, read as Orthanc reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from orthanc_python.configuration import read_configuration
from orthanc_python.failure import Failure
from orthanc_python.settings import parse_assignments

DEBIAN = Path("/etc/orthanc")  # the files of the package, full of comments


def test_files_of_the_package() -> None:
    settings = read_configuration(DEBIAN)
    assert settings["DicomAet"] == "ORTHANC" and settings["HttpPort"] == 8042


def test_comments_texts_commas_and_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORTHANC_TEST_NAME", "mine")
    path = tmp_path / "orthanc.json"
    path.write_text(
        r"""// "HttpPort": 1
        { "Url": "http://host/*/x", /* a
        comment, */ "Path": "C:\\a\\", // ",
        "Name": "${ORTHANC_TEST_NAME}", "Other": "${ORTHANC_TEST_NONE:-else}",
        "Kept": "${ORTHANC_TEST_NONE}", "List": [1, 2, ], }"""
    )
    assert read_configuration(path) == {
        "Url": "http://host/*/x",
        "Path": "C:\\a\\",
        "Name": "mine",
        "Other": "else",
        "Kept": "${ORTHANC_TEST_NONE}",
        "List": [1, 2],
    }


def test_folder_with_a_key_twice(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text('{"Name": "x"}')
    with pytest.raises(Failure, match=r'b\.json: "Name" is in another file'):
        read_configuration(tmp_path)


def test_assignments() -> None:
    settings = parse_assignments(["StableAge=5", "Python.Verbose=true", "Python.Version=3.13t", "Name=a=b"])
    assert settings == {"StableAge": 5, "Python": {"Verbose": True, "Version": "3.13t"}, "Name": "a=b"}
