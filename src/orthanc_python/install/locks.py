# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks between processes. The system releases them when a process ends, however it does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from orthanc_python.failure import Failure


@contextmanager
def locked(path: Path, work: str) -> Iterator[None]:
    """Hold a lock during the block. Its file is deleted at the end.

    Args:
        work: what another process that has the lock does, as in "is changing /etc/orthanc".

    Raises:
        Failure: another process has the lock.
    """
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise Failure(f"another orthanc-python {work}: wait until it has ended, and run this command again") from None
    try:
        yield
    finally:
        with suppress(OSError):  # Windows deletes it with the lock
            path.unlink()
        lock.release()
