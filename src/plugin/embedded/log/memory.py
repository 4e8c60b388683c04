# SPDX-License-Identifier: GPL-3.0-or-later
"""The setting DisplayMemoryUsage: a log line every second."""

from __future__ import annotations

import sys

import _orthanc_own_log
import _orthanc_threads
import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from _thread import LockType

_going: LockType | None = None  # the lock that the loop waits for, a second each time


def start() -> None:
    """Start logging, on a daemon thread."""
    global _going
    going = _going = _orthanc_threads.allocate_lock()
    going.acquire()
    _orthanc_threads.begin_thread(lambda: _log(going), "orthanc-memory")


def stop() -> None:
    """End it."""
    global _going
    going, _going = _going, None
    if going is not None:
        going.release()


def _log(going: LockType) -> None:
    while not going.acquire(timeout=1.0):
        resident = orthanc._resident_bytes() / 1e6  # type: ignore[attr-defined]
        blocks = sys.getallocatedblocks()
        try:
            _orthanc_own_log.warning(
                f"Python: memory usage of the process {resident:.1f} MB, {blocks} blocks allocated by Python"
            )
        except RuntimeError:  # Orthanc has gone
            return
