# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of a program called Orthanc."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def version_text(program: Path) -> str:
    """Return what a program says of its version."""
    command = [str(program), "--version"]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=60).stdout


def orthanc_version(program: Path) -> tuple[int, ...] | None:
    """Return the version of a release, None for a program that says none, such as one of the mainline."""
    found = VERSION.search(version_text(program))
    return tuple(map(int, found.groups())) if found is not None else None
