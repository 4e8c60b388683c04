# SPDX-License-Identifier: GPL-3.0-or-later
"""Open a file that another account writes, and root may read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file to read bytes. A FIFO would block, and a device such as /dev/zero has no end.

    A read gives None for a file that would block, such as /proc/kmsg.

    Raises:
        OSError: it cannot be opened, or is a file of another kind.
    """
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # without the first, the open of a FIFO blocks
    descriptor = os.open(path, os.O_RDONLY | flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
