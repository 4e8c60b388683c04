# SPDX-License-Identifier: GPL-3.0-or-later
"""Read which interpreters did not answer at an earlier start of Orthanc: the file of the loader (src/loader/hanging.cpp).

The loader compares an interpreter's date with the one that it has kept, in a unit that depends on its compiler. Here, an
interpreter that was changed after the event is taken for another one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

NAME = "hanging-interpreters.txt"
WEEK = 7 * 24 * 3600  # seconds


def hanging_interpreters(variables: Mapping[str, str]) -> set[Path]:
    """Return the interpreters that the loader puts off. A file that this account cannot read counts as empty.

    Args:
        variables: the environment variables of Orthanc's process.
    """
    file = _file(variables)
    try:
        lines = file.read_text(encoding="utf-8", errors="surrogateescape").splitlines() if file is not None else []
    except OSError:
        return set()
    found = set()
    for line in lines:
        event, _, rest = line.partition(" ")
        path = Path(rest.partition(" ")[2])  # the date is before it
        if event.isdecimal() and time.time() - int(event) < WEEK and _changed(path) <= int(event):
            found.add(path)
    return found


def _file(variables: Mapping[str, str]) -> Path | None:
    if os.name == "nt":
        folder = variables.get("LOCALAPPDATA", "")
    else:
        home = variables.get("HOME", "")
        folder = variables.get("XDG_CACHE_HOME", "") or (home and f"{home}/.cache")
    return Path(folder) / "orthanc-python" / NAME if folder else None


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except (OSError, ValueError):
        return 0
