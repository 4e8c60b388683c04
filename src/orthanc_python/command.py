# SPDX-License-Identifier: GPL-3.0-or-later
"""This package's own command, as a user has to write it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

NAME = "orthanc-python"


def own_command(*arguments: str, sudo: bool = False) -> str:
    """Return a line for a shell. sudo does not look into environments, and needs the path of the command."""
    path = Path(sys.executable).parent / (f"{NAME}.exe" if os.name == "nt" else NAME)
    found = shutil.which(NAME)
    alone = not path.is_file() or (found is not None and Path(found) == path and not sudo)
    words = [NAME if alone else str(path), *arguments]
    line = shell_line(words)
    return as_root(line) if sudo else line


def shell_line(words: Sequence[str]) -> str:
    """Return a command for a shell: on Windows, for cmd.exe as well as for PowerShell."""
    if os.name != "nt":
        return shlex.join(words)
    # PowerShell would take a quote at the beginning of the line for that of a text.
    program = re.sub(r"[^\\]+", lambda part: _in_quotes(part[0]), words[0])
    return " ".join([program, *map(_in_quotes, words[1:])])


def _in_quotes(word: str) -> str:
    """Return a word of a command line of Windows in double quotes, if it needs them."""
    if re.fullmatch(r"[\w\\/:.=~+-]+", word):
        return word
    escaped = re.sub(r'(\\*)("|$)', lambda found: found[1] * 2 + found[2].replace('"', '\\"'), word)
    return f'"{escaped}"'


def as_root(command: str) -> str:
    """Return a command for a shell that needs an administrator's rights.

    Windows' shells have them from their start. A container's root has them too, and often no sudo.
    """
    return command if os.name == "nt" or (is_root() and shutil.which("sudo") is None) else f"sudo {command}"


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
