# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the plugin's settings, shared by plugin, doctor, command line and documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomllib

from orthanc_python.cli.assignments import OWN, assignments
from orthanc_python.plugin_settings import GLOBAL, SECTION, complaint
from orthanc_python.plugin_settings.setting_names import advice

ROOT = Path(__file__).resolve().parents[3]
# Known to both readers, src/common/settings/schema.cpp and src/orthanc_python/plugin_settings/schema.py.
KEYWORDS = {
    "string": {"minLength", "enum", "format"},
    "array": {"items", "minItems"},
    "object": {"properties", "required", "additionalProperties"},
    "boolean": set(),
    "integer": {"minimum", "maximum"},
}
OWN_KEYWORDS = {"description", "since", "expected", "aliases", "default"}


def schemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for each in [*schema.get("anyOf", ()), *schema.get("properties", {}).values(), schema.get("items")]:
        if each:
            yield from schemas(each)


@pytest.mark.parametrize("key", [*SECTION, *GLOBAL])
def test_entry(key: str) -> None:
    setting = {**SECTION, **GLOBAL}[key]
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert setting["description"].endswith(".") and re.fullmatch(r"\d+\.\d+\.\d+", setting["since"])
    assert tuple(map(int, setting["since"].split("."))) <= tuple(map(int, version.split(".")))
    assert "default" not in setting or complaint(setting["default"], setting) == ""
    for each in schemas(setting):
        own = OWN_KEYWORDS if each is setting else set()
        assert each.keys() - own == {"anyOf"} or each.keys() - own - {"type"} <= KEYWORDS[each["type"]]
        assert each.get("type") != "integer" or {"minimum", "maximum"} <= each.keys()


def test_expected_names_the_limits() -> None:
    seconds = SECTION["StopTimeout"]
    assert f"from {seconds['minimum']} to {seconds['maximum']}" in seconds["expected"]
    levels = SECTION["LoggingLevel"]
    assert re.findall(r'"(\w+)"', levels["expected"]) == levels["enum"]


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("StopTimeout", [0, 1, 86399, 86400], [-1, 86401]),
        ("Debug", [1, 2, 65534, 65535, {"Port": 1}, {"Port": 65535}], [0, 65536, {"Port": 0}, {"Port": 65536}]),
        ("Path", [["a"]], [[], [""]]),
        ("Modules", [["a"]], [[], [""]]),
    ],
)
def test_limits(key: str, good: list[Any], bad: list[Any]) -> None:
    assert [each for each in good if complaint(each, SECTION[key])] == []
    assert [each for each in bad if not complaint(each, SECTION[key])] == []


def test_complaint_shows_the_value() -> None:
    assert complaint("yes", SECTION["Verbose"]) == 'must be true or false, not "yes"'
    shown = [complaint(each, SECTION["Verbose"]).partition(", not ")[2] for each in (None, 1, 1.5, [1], {"a": 1})]
    assert shown == ["null", "1", "1.5", "a list", "an object"]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("Pth", 'write "Path" instead'),
        ("virtual_env", 'write "VirtualEnv" instead'),
        ("Venv", 'write "VirtualEnv" instead'),
        ("pythonscript", 'write "Path" instead'),
        ("PythonVerbose", 'write "Verbose" instead'),
        ("Colour", "remove it; known are AllowThreads, Dashboard,"),
    ],
)
def test_advice(key: str, text: str) -> None:
    assert advice(key, SECTION).startswith(text)


def test_completion() -> None:
    found = {item.value: item.help for item in assignments("Python.")}
    assert {value.partition("=")[0] for value in found} == {f"Python.{key}" for key in SECTION.keys() - OWN}
    assert found["Python.StopTimeout=10"] == SECTION["StopTimeout"]["description"]
    assert {"Python.Verbose=true", "Python.Verbose=false", "Python.LoggingLevel=DEBUG", "Python.Debug="} <= found.keys()
    assert [item.value for item in assignments("Python.V")] == ["Python.Verbose=true", "Python.Verbose=false"]
    assert assignments("Http") == []
