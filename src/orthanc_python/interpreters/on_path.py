# SPDX-License-Identifier: GPL-3.0-or-later
"""The interpreters on PATH, as the plugin's loader looks for them (src/loader/search/candidates.cpp)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from orthanc_python.rights import is_file

OLDEST, NEWEST = 10, 19  # of the names to look for: no promise
SYSTEM_FOLDERS = () if os.name == "nt" else ("/usr/local/bin", "/usr/bin")  # a service may have a PATH without them
SUFFIX = ".exe" if os.name == "nt" else ""


def usual_names(kinds: Iterable[str] = ("",)) -> list[str]:
    """Return the names of interpreters, the usual one first, the newest of the others before the older.

    Args:
        kinds: what follows the number, "t" for those that are free-threaded.
    """
    return ["python3", "python", *(f"python3.{minor}{kind}" for minor in range(NEWEST, OLDEST - 1, -1) for kind in kinds)]


def on_path(names: Iterable[str], variables: Mapping[str, str]) -> Iterator[Path]:
    """Yield the files of these names on PATH and in the system's folders: all of a name before those of the next."""
    folders = [folder for folder in (*variables.get("PATH", "").split(os.pathsep), *SYSTEM_FOLDERS) if folder]
    for name in names:
        for path in dict.fromkeys(Path(folder) / f"{name}{SUFFIX}" for folder in folders):
            if is_file(path):  # PATH may have a closed folder, as of root
                yield path
