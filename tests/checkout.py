# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of this checkout as it is now, without what git ignores."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@cache
def tracked() -> tuple[str, ...]:
    """Return the files of the checkout that git does not ignore, also those that are not committed."""
    return tuple(name for name in _listed(ROOT, "--cached", "--others", "--exclude-standard") if (ROOT / name).is_file())


def copy_checkout(folder: Path) -> Path:
    """Copy these files into a folder, and return the folder."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def clone_checkout(folder: Path) -> Path:
    """Make a clone without tags, with the changes that are not committed yet, and return its folder."""
    subprocess.run(["git", "clone", "--quiet", "--no-tags", str(ROOT), str(folder)], check=True)
    for name in set(_listed(folder)) - set(tracked()):
        (folder / name).unlink()
    return copy_checkout(folder)


def _listed(folder: Path, *options: str) -> list[str]:
    command = ["git", "-C", str(folder), "ls-files", "-z", *options]
    listed = subprocess.run(command, capture_output=True, check=True).stdout.split(b"\0")
    return [os.fsdecode(name) for name in listed if name]
