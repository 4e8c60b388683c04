# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that a file can be a script in Orthanc."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from orthanc_python.failure import Failure


def check_script(script: Path) -> Path:
    """Return the script's full path. Links stay: one such as "current" may lead to another release later.

    Raises:
        Failure: it cannot be run.
        PermissionError: this account may not enter its folder.
    """
    try:
        mode = script.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise Failure(f"there is no script {script}") from None
    if stat.S_ISDIR(mode):
        raise Failure(f"{script} is a folder: name a script in it")
    if not stat.S_ISREG(mode):
        raise Failure(f"{script} is not a file")
    if script.suffix != ".py":
        raise Failure(f"{script} is not a Python script: its name must end with .py")
    if script.stem == "orthanc":
        raise Failure(f"{script} would hide the module orthanc that it imports: rename it, for instance to my_plugin.py")
    full = Path(os.path.abspath(script))  # noqa: PTH100 (resolve() would follow links)
    return full if is_same_file(full, script) else script.resolve()  # "link/.." is the parent of the link's target


def is_same_file(first: Path, second: Path) -> bool:
    """Return whether two paths lead to one file that is there."""
    try:
        return first.samefile(second)
    except OSError:
        return False


def check_readable(script: Path) -> Path:
    """Return the path of a script that this account runs itself.

    Raises:
        Failure: this account cannot read it.
    """
    if not os.access(script, os.R_OK):
        raise Failure(f"this account cannot read {script}: its owner can allow it by chmod a+r {shlex.quote(str(script))}")
    return script
