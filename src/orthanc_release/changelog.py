# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of CHANGELOG.md on a version."""

from __future__ import annotations

import re
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "CHANGELOG.md"


def changed_versions(file: Path = FILE) -> list[str]:
    """Return the versions that have a heading, as they come; not that of what is to come."""
    return re.findall(r"^## \[(\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?)\]", file.read_text(encoding="utf-8"), re.M)


def changes_of(version: str, file: Path = FILE) -> str:
    """Return the part about a version, without its heading; "" if there is none."""
    match = re.search(rf"^## \[{re.escape(version)}\].*?\n(.*?)(?=^## |\Z)", file.read_text(encoding="utf-8"), re.M | re.S)
    return match[1].strip() if match else ""
