# SPDX-License-Identifier: GPL-3.0-or-later
"""The constants that C++ names SDK functions by: made from the header, written nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from orthanc_sdk.binding.exceptions import HAND_WRITTEN
from orthanc_sdk.binding.rules import Library
from orthanc_sdk.output.services import availability, services

PLUGIN = Path(__file__).resolve().parents[3] / "src" / "plugin"
SOURCES = {path: path.read_text(encoding="utf-8") for path in sorted(PLUGIN.rglob("*")) if path.suffix in (".cpp", ".h")}


def test_name_of_a_function(library: Callable[[str], Library]) -> None:
    found = services(library("FN void OrthancPluginSetColour(CTX, const char* colour);"))
    assert 'SetColour{"SetColour", ""}' in [f"{each.identifier}{{{each.fields}}}" for each in found]


def test_methods_and_what_the_database_must_have(sdk: Library) -> None:
    fields = {each.identifier: each.fields for each in services(sdk)}
    assert fields["RestOutput_AnswerBuffer"].startswith('"RestOutput.AnswerBuffer", ')
    assert len(fields) == len(sdk.bindings)


def test_availability(sdk: Library) -> None:
    present = {function.name for function in sdk.header.functions}
    for (name, entry), each in zip(HAND_WRITTEN.items(), availability(sdk), strict=True):
        assert (each.name, each.available) == (entry.python or name, f"OrthancPlugin{name}" in present)


def test_sources_have_no_name_with_a_version() -> None:
    assert [path for path, text in SOURCES.items() if re.search(r'\{"[A-Z][\w.]+", *"[\d.]*"\}', text)] == []


def test_sources_ask_for_known_functions() -> None:
    known = {entry.python or name for name, entry in HAND_WRITTEN.items()}
    asked = {name for text in SOURCES.values() for name in re.findall(r"ORTHANC_SDK_HAS_(\w+)", text)}
    assert asked
    assert asked <= known
