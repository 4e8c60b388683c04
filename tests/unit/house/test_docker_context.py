# SPDX-License-Identifier: GPL-3.0-or-later
"""The context of the Docker image has the files of the Python package that CMake puts into the libraries."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = "src/orthanc_python"


def test_files_of_the_libraries_are_given() -> None:
    _, after = (ROOT / ".dockerignore").read_text(encoding="utf-8").split(f"\n{PACKAGE}\n")
    kept = [line[1:] for line in after.splitlines() if line.startswith("!")]
    lists = [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("CMakeLists.txt")]
    wanted = {f"{PACKAGE}/{name}" for text in lists for name in re.findall(r"/orthanc_python/([\w/]+\.\w+)", text)}
    assert f"{PACKAGE}/interpreters/question.py" in wanted
    assert [name for name in sorted(wanted) if not any(name == each or name.startswith(f"{each}/") for each in kept)] == []
