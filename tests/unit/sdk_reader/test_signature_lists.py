# SPDX-License-Identifier: GPL-3.0-or-later
"""Closed lists: no signature, and nothing that is said of the GIL, changes unseen."""

from __future__ import annotations

import re
from pathlib import Path

from orthanc_sdk.binding.rules import Library
from tests.unit.signature_list import file_of, text

ROOT = Path(__file__).resolve().parents[3]
# The files of C++ written by hand that call the SDK with the GIL kept, and how often: each only reads memory.
KEPT_BY_HAND = {"established.cpp": 1, "images.cpp": 3, "instances.cpp": 1}


def test_list_of_each_header(sdk: Library) -> None:
    """A difference that is meant is written by `nox -s signatures`, and read in review."""
    assert file_of(sdk).is_file(), f"there is no list of SDK {sdk.header.version}: write it by `nox -s signatures`"
    assert text(sdk) == file_of(sdk).read_text(encoding="utf-8")


def test_calls_by_hand_that_keep_the_gil() -> None:
    sources = sorted((ROOT / "src" / "plugin").rglob("*.cpp"))
    assert len(sources) > 50
    texts = {source.name: source.read_text(encoding="utf-8") for source in sources if source.name != "calls.cpp"}
    found = {name: len(re.findall(r"\bcall_(?:quick|with_data|with)\(", content)) for name, content in texts.items()}
    assert {name: number for name, number in found.items() if number} == KEPT_BY_HAND
