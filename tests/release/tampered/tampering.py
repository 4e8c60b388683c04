# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of the files in an archive, and the verdict of ci/verify on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import VERSION

from orthanc_release.inspection.files import inspect
from orthanc_release.sources import Source

Files = dict[str, bytes]
Edit = Callable[[Files], Files]
BUNDLE = f"OrthancPython-{VERSION}-linux-aarch64.zip"
WHEEL = f"orthanc_python-{VERSION}-cp313-cp313-macosx_11_0_arm64.whl"
OTHERS = "has other files than its sources: "
MORE = "has, unlike its sources, "


def changed(name: str, old: bytes, new: bytes) -> Edit:
    """Return an edit of a text."""

    def edit(files: Files) -> Files:
        assert old in files[name]
        return {**files, name: files[name].replace(old, new, 1)}

    return edit


def changed_texts(table: list[tuple[str, str, bytes, bytes]]) -> list[tuple[str, Edit, str]]:
    """Return the rows of edits of texts. ci/verify names each text as unlike its source."""
    return [(title, changed(name, old, new), f"{OTHERS}{name}") for title, name, old, new in table]


def added(name: str, content: bytes = b"import os\n") -> Edit:
    """Return an edit that adds a file."""
    return lambda files: {**files, name: content}


def removed(name: str) -> Edit:
    """Return an edit that takes a file away."""
    return lambda files: {each: content for each, content in files.items() if each != name}


def verdict(file: Path, folder: Path, source: Source) -> list[str]:
    """Return what ci/verify finds wrong with a file."""
    (folder / "work").mkdir()
    return inspect(file, folder / "work", source).all_problems


def refused(file: Path, folder: Path, source: Source, text: str) -> None:
    problems = verdict(file, folder, source)
    assert any(text in problem for problem in problems), problems


def rows(table: list[tuple[str, Callable[..., object], str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("change", "text"), [pytest.param(*row[1:], id=row[0]) for row in table])
