# SPDX-License-Identifier: GPL-3.0-or-later
"""The table "Where to change what" of CONTRIBUTING.md leads to files and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TABLE = TEXT.split("## Where to change what", 1)[1].split("\n## ", 1)[0]
PATHS = sorted(set(re.findall(r"`((?:src|cmake|ci|tests|bench|docs)/[^`]+|CMakeLists.txt)`", TABLE)))


def test_the_table_is_read() -> None:
    assert len(PATHS) > 30


@pytest.mark.parametrize("path", PATHS)
def test_path_of_the_table(path: str) -> None:
    file, _, name = path.partition("::")
    assert (ROOT / file).exists()
    if name:
        assert f"\ndef {name}(" in (ROOT / file).read_text(encoding="utf-8")
