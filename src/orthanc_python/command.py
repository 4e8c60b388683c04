# SPDX-License-Identifier: GPL-3.0-or-later
"""This package's own command, as a user has to write it."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

NAME = "orthanc-python"


def own_command(*arguments: str, sudo: bool = False) -> str:
    """Return a line for a shell. sudo does not look into environments, and needs the path of the command."""
    path = Path(sys.executable).parent / NAME
    found = shutil.which(NAME)
    alone = not path.is_file() or (found is not None and Path(found) == path and not sudo)
    words = [NAME if alone else str(path), *arguments]
    line = shlex.join(words)
    return as_root(line) if sudo else line


def as_root(command: str) -> str:
    """Return a command for a shell that needs an administrator's rights.

    Windows' shells have them from their start. A container's root has them too, and often no sudo.
    """
    return command if os.name == "nt" or (is_root() and shutil.which("sudo") is None) else f"sudo {command}"


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
