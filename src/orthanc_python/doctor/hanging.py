# SPDX-License-Identifier: GPL-3.0-or-later
"""Read which interpreters did not answer at an earlier start of Orthanc: the file of the loader (src/loader/hanging.cpp).

The loader compares an interpreter's date with the one that it has kept, in a unit that depends on its compiler. Here, an
interpreter that was changed after the event is taken for another one.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path

from orthanc_python.doctor.regular_file import open_regular

NAME = "hanging-interpreters.txt"
MOST_BYTES = 1 << 20  # are read: Orthanc's account writes the file, and root may read it
WEEK = 7 * 24 * 3600  # seconds


def hanging_interpreters(variables: Mapping[str, str]) -> set[Path]:
    """Return the interpreters that the loader puts off. A file that this account cannot read counts as empty.

    Args:
        variables: the environment variables of Orthanc's process.
    """
    file = _file(variables)
    try:
        content = _read(file) if file is not None else b""
    except OSError:
        return set()
    found = set()
    for line in content.replace(os.linesep.encode(), b"\n").decode("utf-8", "surrogateescape").split("\n"):
        event, _, rest = line.partition(" ")
        if re.fullmatch(r"[0-9]{1,12}", event) and time.time() - int(event) < WEEK:
            path = Path(rest.partition(" ")[2])  # the date is before it
            if _changed(path) <= int(event):
                found.add(path)
    return found


def _file(variables: Mapping[str, str]) -> Path | None:
    if os.name == "nt":
        folder = variables.get("LOCALAPPDATA", "")
    else:
        home = variables.get("HOME", "")
        folder = variables.get("XDG_CACHE_HOME", "") or (home and f"{home}/.cache")
    return Path(folder) / "orthanc-python" / NAME if folder else None


def _read(file: Path) -> bytes:
    with open_regular(file) as opened:
        return opened.read(MOST_BYTES) or b""


def _changed(path: Path) -> float:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return 0
    # A package gives a new file an old st_mtime. On Windows, st_ctime is the time when the file was made.
    return status.st_mtime if os.name == "nt" else max(status.st_mtime, status.st_ctime)
