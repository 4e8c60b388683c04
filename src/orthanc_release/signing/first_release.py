# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds what is still to be written before the first release. Until then, pages say that there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import tomllib

from orthanc_release.targets import ROOT

NOT_YET = re.compile(r"\b(no release|nothing)\s+(is|has\s+been)\s+published\s+yet", re.IGNORECASE)


def not_written(sources: Path = ROOT) -> Iterator[str]:
    """Yield each place that would be wrong once a release is out. PyPI and the site show it as it is."""
    for page in (sources / "README.md", *sorted((sources / "docs").rglob("*.md"))):
        text = page.read_text(encoding="utf-8")
        for match in NOT_YET.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{page.relative_to(sources).as_posix()}:{line} says that no release is published"
    with (sources / "pyproject.toml").open("rb") as file:
        if "urls" not in tomllib.load(file)["project"]:
            yield "pyproject.toml has no [project.urls]: nothing would lead from PyPI to the documentation and the source"
