# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what an installation has written of itself. A damaged file ends no command: each can repair what it stands for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TEXTS = ("version", "file", "sha256")


def read_record(path: Path) -> dict[str, Any]:
    """Return what is known of the release that is installed or kept; empty if it is of none, or the file is damaged."""
    found = _read(path)
    if not isinstance(found, dict) or not isinstance(files := found.get("files"), dict):
        return {}
    texts = (*(found.get(key) for key in TEXTS), *files.values())
    return found if all(isinstance(each, str) for each in texts) else {}


def read_journal(path: Path, parts: tuple[str, ...]) -> list[str]:
    """Return what was installed before an exchange; all parts if the file is damaged, so that none is removed for it."""
    found = _read(path)
    return found if isinstance(found, list) and all(part in parts for part in found) else list(parts)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return None
