# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that a file can be a script in Orthanc."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from orthanc_python.failure import Failure


def check_script(script: Path) -> Path:
    """Return the script's full path.

    Raises:
        Failure: it cannot be run.
    """
    if not script.is_file():
        if script.is_dir():
            raise Failure(f"{script} is a folder: name a script in it")
        raise Failure(f"there is no script {script}" if not script.exists() else f"{script} is not a file")
    if script.suffix != ".py":
        raise Failure(f"{script} is not a Python script: its name must end with .py")
    if script.stem == "orthanc":
        raise Failure(f"{script} would hide the module orthanc that it imports: rename it, for instance to my_plugin.py")
    return script.resolve()


def check_readable(script: Path) -> Path:
    """Return the path of a script that this account runs itself.

    Raises:
        Failure: this account cannot read it.
    """
    if not os.access(script, os.R_OK):
        raise Failure(f"this account cannot read {script}: its owner can allow it by chmod a+r {shlex.quote(str(script))}")
    return script
