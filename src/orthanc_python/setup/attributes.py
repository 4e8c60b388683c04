# SPDX-License-Identifier: GPL-3.0-or-later
"""Extended attributes of a file, such as its access control list, for another file in its place (xattr(7))."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orthanc_python.failure import Failure

NEEDED = ("system.", "security.")  # rights; the others are notes of programs, and not every file system has room for them
COMPUTED = ("security.ima", "security.evm")  # by the system, from the content and the other attributes
FIX = "change the file by hand, as orthanc-python config says, or take the attribute away (getfattr -d -m - FILE)"


def copy_attributes(source: Path, target: Path) -> None:
    """Give a file the attributes of another one, and no others that decide on rights.

    Raises:
        Failure: one that decides on rights cannot be copied.
    """
    if sys.platform != "linux":  # on others Python has no functions for them
        return
    wanted, there = _attributes(source), _attributes(target)
    for name in there.keys() - wanted.keys():
        if name.startswith("system."):  # a list that the file has from its folder
            with _kept(name, source):
                os.removexattr(target, name)
    for name, value in wanted.items():
        if there.get(name) != value:
            with _kept(name, source):
                os.setxattr(target, name, value)


def _attributes(path: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    if sys.platform == "linux":
        for name in _names(path):
            if name not in COMPUTED:
                with _kept(name, path):
                    found[name] = os.getxattr(path, name)
    return found


def _names(path: Path) -> list[str]:
    try:
        return os.listxattr(path) if sys.platform == "linux" else []
    except OSError as error:
        if error.errno == errno.ENOTSUP:  # the file system has none
            return []
        raise


@contextmanager
def _kept(name: str, path: Path) -> Iterator[None]:
    """Fail for an attribute that is needed. Pass over another one."""
    try:
        yield
    except OSError as error:
        if name.startswith(NEEDED):
            raise Failure(f"cannot keep the attribute {name} of {path}: {error.strerror}: {FIX}") from None
