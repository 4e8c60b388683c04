# SPDX-License-Identifier: GPL-3.0-or-later
"""The setting DisplayMemoryUsage: a log line every second."""

from __future__ import annotations

import os
import sys
import threading

import orthanc

_stopping: threading.Event | None = None


def start() -> None:
    """Starts logging, on a daemon thread."""
    global _stopping
    _stopping = threading.Event()
    threading.Thread(target=_log, args=(_stopping,), name="orthanc-memory", daemon=True).start()


def stop() -> None:
    """Ends it."""
    if _stopping is not None:
        _stopping.set()


def _log(stopping: threading.Event) -> None:
    while not stopping.wait(1.0):
        blocks = sys.getallocatedblocks()
        try:
            orthanc.LogWarning(f"Python: memory usage of the process {_resident():.1f} MB, {blocks} blocks allocated by Python")
        except RuntimeError:  # Orthanc has gone
            return


def _resident() -> float:
    """Resident memory of the process, in megabytes; its peak where the current value is not to be had."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = file.read().split()[1]
        return int(pages) * os.sysconf("SC_PAGESIZE") / 1e6
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
