# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder holds at most 15 files, and a file of src at most 300 lines, so that a reader finds what belongs together."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[3]
MOST = 15
MOST_LINES = 300
CODE = {".py", ".cpp", ".h"}
# Folders whose files are found by their names alone, each with the reason.
EXCEPTIONS = {
    "ci": "one command a file; pages and workflows name them",
    "docs": "one page a file; its name is its address",
    "samples": "one script to copy a file, named by what it does",
}


def tracked(*paths: str) -> list[str]:
    """Return the names of the tracked files, by default all."""
    command = ["git", "-C", str(ROOT), "ls-files", *paths]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def counts() -> Counter[str]:
    """Return the number of tracked files of each folder, without those in folders below and without `__init__.py`."""
    return Counter(str(PurePosixPath(name).parent) for name in tracked() if not name.endswith("/__init__.py"))


def test_no_folder_is_crowded() -> None:
    crowded = {folder: count for folder, count in counts().items() if count > MOST and folder not in EXCEPTIONS}
    assert crowded == {}, "make rooms in these folders, by subject"


def test_exceptions_are_needed() -> None:
    found = counts()
    assert [folder for folder in EXCEPTIONS if found[folder] <= MOST] == []


def test_no_file_of_the_sources_is_long() -> None:
    files = [ROOT / name for name in tracked("src") if PurePosixPath(name).suffix in CODE]
    lines = {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8").count("\n") for file in files if file.is_file()}
    assert {file: count for file, count in lines.items() if count > MOST_LINES} == {}, "split them, an idea a file"
