# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of CHANGELOG.md on a version."""

from __future__ import annotations

import re
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "CHANGELOG.md"


def changed_versions(file: Path = FILE) -> list[str]:
    """Return the versions that have a heading, as they come; neither what is to come nor a version that is [YANKED]."""
    version = r"\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?"
    headings = re.findall(rf"^## \[({version})\](.*)", file.read_text(encoding="utf-8"), re.M)
    return [found for found, rest in headings if "[YANKED]" not in rest]


def changes_of(version: str, file: Path = FILE) -> str:
    """Return the part about a version, without its heading; "" if there is none."""
    match = re.search(rf"^## \[{re.escape(version)}\].*?\n(.*?)(?=^## |\Z)", file.read_text(encoding="utf-8"), re.M | re.S)
    return match[1].strip() if match else ""
