# SPDX-License-Identifier: GPL-3.0-or-later
"""Git and CMake write the same bytes on every system: a library carries its Python sources, and ci/verify compares them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def attributes(path: str) -> dict[str, str]:
    command = ["git", "-C", str(ROOT), "check-attr", "text", "eol", "--", path]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return {name: value for _, name, value in (line.split(": ") for line in lines)}


@pytest.mark.parametrize("path", ["src/plugin/embedded/script/scripts.py", "src/plugin/dashboard/page/page.html", "ci/test"])
def test_texts_have_line_feeds(path: str) -> None:
    assert attributes(path) == {"text": "auto", "eol": "lf"}


def test_inputs_of_the_fuzzers_stay_as_they_are() -> None:
    assert attributes("tests/fuzz/corpus/json/rest")["text"] == "unset"


def test_cmake_writes_line_feeds() -> None:
    """By default it writes CRLF on Windows. There, build_facts.py of a wheel would be other than ci/verify makes it."""
    files = [ROOT / "CMakeLists.txt", *(ROOT / "cmake").rglob("*.cmake"), *(ROOT / "src").rglob("CMakeLists.txt")]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    pattern = re.compile(r" *(configure_file\(|file\((CONFIGURE|GENERATE) )")
    writing = [line for line in lines if pattern.match(line) and "COPYONLY" not in line]
    assert any("build_facts.py.in" in line for line in writing)
    assert [line for line in writing if "NEWLINE_STYLE LF" not in line] == []
