# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of the repository holds at most 15 files, so that a reader finds what belongs together."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[3]
MOST = 15
# Folders whose files are found by their names alone, each with the reason.
EXCEPTIONS = {
    "ci": "one command a file; pages and workflows name them",
    "docs": "one page a file; its name is its address",
    "samples": "one script to copy a file, named by what it does",
}


def counts() -> Counter[str]:
    """Return the number of tracked files of each folder, without those in folders below and without `__init__.py`."""
    tracked = subprocess.run(["git", "-C", str(ROOT), "ls-files"], check=True, capture_output=True, text=True).stdout
    return Counter(str(PurePosixPath(name).parent) for name in tracked.splitlines() if not name.endswith("/__init__.py"))


def test_no_folder_is_crowded() -> None:
    crowded = {folder: count for folder, count in counts().items() if count > MOST and folder not in EXCEPTIONS}
    assert crowded == {}, "make rooms in these folders, by subject"


def test_exceptions_are_needed() -> None:
    found = counts()
    assert [folder for folder in EXCEPTIONS if found[folder] <= MOST] == []
