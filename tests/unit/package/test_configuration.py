# SPDX-License-Identifier: GPL-3.0-or-later
"""Orthanc's configuration, read as Orthanc reads it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from orthanc_python.configuration import read_configuration, read_files
from orthanc_python.configuration.members import last
from orthanc_python.configuration.variables import settings_of_variables
from orthanc_python.failure import Failure
from orthanc_python.server.settings import parse_assignments

DEBIAN = Path("/etc/orthanc")  # the files of the package, full of comments


def test_files_of_the_package(tmp_path: Path) -> None:
    for file in DEBIAN.glob("*.json"):
        if os.access(file, os.R_OK):  # credentials.json is for the accounts root and orthanc
            shutil.copyfile(file, tmp_path / file.name)
    settings = read_configuration(tmp_path)
    assert settings["DicomAet"] == "ORTHANC" and settings["HttpPort"] == 8042


def test_comments_texts_commas_and_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORTHANC_TEST_NAME", "mine")
    path = tmp_path / "orthanc.json"
    path.write_text(
        r"""// "HttpPort": 1
        { "Url": "http://host/*/x", /* a
        comment, */ "Path": "C:\\a\\", // ",
        "Name": "${ORTHANC_TEST_NAME}", "Other": "${ORTHANC_TEST_NONE:-else}",
        "Gone": "${ORTHANC_TEST_NONE}", "List": [1, 2, ], }"""
    )
    assert read_configuration(path) == {
        "Url": "http://host/*/x",
        "Path": "C:\\a\\",
        "Name": "mine",
        "Other": "else",
        "Gone": "",
        "List": [1, 2],
    }


def test_folder_with_a_key_twice(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text('{"Name": "x"}')
    with pytest.raises(Failure, match=r'b\.json: "Name" is in another file'):
        read_configuration(tmp_path)


def test_suffixes_in_capitals_and_hidden_files(tmp_path: Path) -> None:
    for number, name in enumerate(("a.json", "b.JSON", ".c.json", "d.conf")):
        (tmp_path / name).write_text(f'\ufeff{{"Key{number}": {number}}}')
    assert read_configuration(tmp_path) == {"Key0": 0, "Key1": 1, "Key2": 2}


def test_places_of_keys(tmp_path: Path) -> None:
    path = tmp_path / "orthanc.json"
    path.write_bytes(
        b'{ /* "A": 1 */\r\n "A": ${NONE:-[1]}, // variable\r\n "S": {"A": "}", "T": {},},\r\n "A": [1, {"B": 2}],}'
    )
    (file,) = read_files(path, {}).files
    assert [(member.key, file.line(member)) for member in file.members] == [("A", 2), ("S", 3), ("A", 4)]
    section = last(file.members, "S")
    assert section is not None and [member.key for member in section.members] == ["A", "T"]
    assert file.text[section.value : section.end] == '{"A": "}", "T": {},}' and file.value(section) == {"A": "}", "T": {}}
    assert file.settings["A"] == [1, {"B": 2}]
    assert file.value(file.members[0]) is None


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_numbers_that_orthanc_refuses(value: str, tmp_path: Path) -> None:
    """Its JSON parser ends the start there, while Python's own takes them."""
    path = tmp_path / "orthanc.json"
    path.write_text(f'{{"StableAge": {value}}}')
    with pytest.raises(Failure, match=f"it is not JSON: Orthanc refuses {value}"):
        read_configuration(path)


def test_control_characters_in_texts(tmp_path: Path) -> None:
    """Orthanc takes them as they are."""
    path = tmp_path / "orthanc.json"
    path.write_bytes(b'{"Na\tme": "a\tb\r\nc", "S": {"A": ["\t"]}}')
    (file,) = read_files(path, {}).files
    assert file.settings == {"Na\tme": "a\tb\r\nc", "S": {"A": ["\t"]}}
    assert [member.key for member in file.members] == ["Na\tme", "S"]
    assert [file.value(member) for member in file.members] == list(file.settings.values())


def test_variables_of_docker_images() -> None:
    variables = {
        "ORTHANC__PYTHON_SCRIPT": "/scripts/a.py",
        "ORTHANC__PYTHON__VIRTUAL_ENV": "/srv/env",
        "ORTHANC__PYTHON__VERBOSE": "true",
        "ORTHANC__": "x",
        "ORTHANC_PYTHON_PLUGIN": "x",
    }
    assert settings_of_variables(variables) == {
        "PythonScript": "/scripts/a.py",
        "Python": {"VirtualEnv": "/srv/env", "Verbose": True},
    }


def test_assignments() -> None:
    settings = parse_assignments(["StableAge=5", "Python.Verbose=true", "Python.Version=3.13t", "Name=a=b"])
    assert settings == {"StableAge": 5, "Python": {"Verbose": True, "Version": "3.13t"}, "Name": "a=b"}
