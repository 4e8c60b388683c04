# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes of the machines that build libraries: where each library has run a script, by its checksum.

The notes lie beside the libraries, and come with them to the machine that makes a release.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from orthanc_release.artifacts import sha256


def note(folder: Path, python: str, files: Iterable[Path], where: str) -> Path:
    """Write down that libraries for a CPython version have run a script, such as `on Windows 2022Server`."""
    noted = folder / f"run-python{python}.json"
    noted.write_text(json.dumps({sha256(file): where for file in files}, indent=1) + "\n", encoding="utf-8")
    return noted


def read_notes(folder: Path) -> dict[str, str]:
    """Return where libraries have run, by their checksums. Raise ValueError for a file that is not such a note."""
    found: dict[str, str] = {}
    for file in sorted(folder.glob("run-python*.json")):
        values = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(values, dict) or not all(isinstance(each, str) and each.isprintable() for each in values.values()):
            raise ValueError(f"{file} does not say where libraries have run")
        found.update(values)
    return found
