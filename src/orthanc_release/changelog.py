# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of CHANGELOG.md on a version."""

from __future__ import annotations

import re
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "CHANGELOG.md"
YANKED = "[YANKED]"  # behind a heading, as Keep a Changelog says
VERSION = r"\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?"
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0


def changed_versions(file: Path | None = None) -> list[str]:
    """Return the versions that have a heading, as they come; neither what is to come nor a version that is [YANKED]."""
    return [version for version, rest in _headings(file) if YANKED not in rest]


def yanked_versions(file: Path | None = None) -> list[str]:
    """Return the versions whose heading is [YANKED], because they were withdrawn."""
    return [version for version, rest in _headings(file) if YANKED in rest]


def changes_of(version: str, file: Path | None = None) -> str:
    """Return the part about a version, without its heading; "" if there is none."""
    return changes_in(_read(file), version)


def changes_in(text: str, version: str) -> str:
    """Return the part about a version in the text of such a file."""
    match = re.search(rf"^## \[{re.escape(version)}\].*?\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return match[1].strip() if match else ""


def forbidden_characters(file: Path | None = None) -> str | None:
    """Return the first character that XML, and so the site's feed, cannot have, with its line; None without one."""
    text = _read(file)
    if (found := FORBIDDEN.search(text)) is None:
        return None
    return f"{found[0]!a} in line {text.count(chr(10), 0, found.start()) + 1}"


def _headings(file: Path | None) -> list[tuple[str, str]]:
    return re.findall(rf"^## \[({VERSION})\](.*)", _read(file), re.M)


def _read(file: Path | None) -> str:
    return (file or FILE).read_text(encoding="utf-8")
