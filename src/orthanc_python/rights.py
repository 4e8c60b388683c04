# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders that this account may not use, and advice for them."""

from __future__ import annotations

import errno
import os
import shlex
import sys
from pathlib import Path

from orthanc_python.command import as_root, is_root, own_command, shell_line

HOMES = (Path("/home"), Path("/var/home"), Path("/Users"))  # with homes, or with domains of them
HOMES_OF_ROOT = (Path("/root"), Path("/var/roothome"))


def is_file(path: Path) -> bool:
    """Return whether a file is there. Up to CPython 3.13 Path.is_file() fails in a folder that this account may not enter."""
    try:
        return path.is_file()
    except OSError:
        return False


def closed_folder(path: Path) -> Path | None:
    """Return the first folder on the way to a path, or to what it links to, that this process may not enter."""
    for each in (path.absolute(), path.resolve()):
        for folder in reversed(each.parents):
            if not _may(folder, os.X_OK):
                return folder if folder.exists() else None
    return None


def is_home(folder: Path) -> bool:
    """Return whether a folder is one where people keep their own files from others: a home, or a folder near it."""
    return folder in HOMES_OF_ROOT or any(home in (folder, *folder.parents[:2]) for home in HOMES)


def how_to_reach(path: Path) -> str:
    """Return the fix for a path that this account is denied."""
    folder = closed_folder(path)
    if folder is not None and is_home(folder):
        return f"this account may not enter {folder}: its owner can put what is needed into a folder such as /opt"
    if folder is not None:
        return f"this account may not enter {folder}: its owner can allow it by chmod a+x {shlex.quote(str(folder))}"
    if path.is_file() and not _may(path, os.R_OK):
        return f"its owner can allow it by chmod a+r {shlex.quote(str(path))}"
    return "use another folder, or ask its owner for the right"


def how_to_read() -> str:
    """Return the fix for a file that this account may not read, and its owner may."""
    if os.name == "nt":
        return "run this command as an administrator"
    if is_root():
        return "root is refused too, as by a network share with root_squash: run this command as the owner of the file"
    return "run this command with sudo"


def how_to_write(error: OSError, folder: Path) -> str:
    """Return the fix for a folder that a command for administrators cannot write to; "" without one."""
    if error.errno == errno.EROFS:
        return "choose a folder that is not read-only"
    if error.errno not in (errno.EACCES, errno.EPERM):
        return ""
    if os.name == "nt":
        return "run it as an administrator, or stop the Orthanc that uses the plugin"
    if is_root():
        return f"root is refused too: the mount or an attribute forbids it. See findmnt -T {folder}, and lsattr -d {folder}"
    if error.errno == errno.EPERM:
        return "run it as the owner of the folder"
    return f"run it as an administrator: {own_command(*sys.argv[1:], sudo=True)}"


def why_not_writable(folder: Path) -> str:
    """Return the fix for a folder that this account may not write to; "" if it may."""
    if _may(folder, os.W_OK):
        return ""
    return how_to_write(OSError(errno.EROFS if _is_read_only(folder) else errno.EACCES, ""), folder)


def pip_of(python: Path) -> str:
    """Return the pip of an interpreter for a shell. In root's environment it begins with sudo."""
    command = shell_line([str(python), "-m", "pip"])
    try:
        owner = python.parent.stat().st_uid
    except OSError:
        return command
    is_environment = is_file(python.parent.parent / "pyvenv.cfg")  # elsewhere, the system's package manager owns the packages
    return as_root(command) if owner == 0 and is_environment else command


def how_to_put(folder: Path, then: list[str]) -> str:
    """Return the fix for a missing file: the command that puts it there, after the one that makes the folder.

    Raises:
        OSError: the folder cannot be reached.
    """
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    if _is_read_only(there):
        return how_to_write(OSError(errno.EROFS, ""), there)
    sudo = not _may(there, os.W_OK)
    if sudo and is_root():
        return how_to_write(OSError(errno.EACCES, ""), there)
    command = own_command(*then, sudo=sudo)
    if folder.is_dir():
        return f"put it there by {command}"
    if os.name == "nt":
        return f"make the folder {folder}, and then: {command}"
    make = shlex.join(["mkdir", "-p", str(folder)])
    return f"put it there by {as_root(make) if sudo else make} && {command}"


def _is_read_only(folder: Path) -> bool:
    return hasattr(os, "statvfs") and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def _may(path: Path, right: int) -> bool:
    return os.access(path, right, effective_ids=os.access in os.supports_effective_ids)
