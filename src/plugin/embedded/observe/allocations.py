# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds what keeps memory: the lines whose objects were made during a time and are still there at its end, by tracemalloc."""

from __future__ import annotations

import gc
import json
import linecache
import sys

import _orthanc_errors
import _orthanc_threads

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    import tracemalloc

DEPTH = 12  # frames of each allocation
MOST = 30  # lines

_one_at_a_time = _orthanc_threads.allocate_lock()
_stopping = _orthanc_threads.allocate_lock()  # held, but when a measurement is to end early
_stopping.acquire()


def measure(seconds: float) -> bytes:
    """Return the lines that keep most, as JSON. Empty if another measurement goes on, or the script uses tracemalloc itself."""
    import tracemalloc

    if not _one_at_a_time.acquire(blocking=False):
        return b""
    try:
        if tracemalloc.is_tracing():
            return b""
        tracemalloc.start(DEPTH)
        try:
            begin = _orthanc_threads.monotonic()
            blocks = sys.getallocatedblocks()
            _stopping.acquire(timeout=seconds)
            gc.collect()
            growth = sys.getallocatedblocks() - blocks
            taken = _orthanc_threads.monotonic() - begin
            snapshot = tracemalloc.take_snapshot()
        finally:
            tracemalloc.stop()
        answer = {"Seconds": taken, "Blocks": growth, "Lines": _lines(snapshot)}
        return json.dumps(answer, indent=1).encode("utf-8", "backslashreplace")
    finally:
        _one_at_a_time.release()


def stop() -> None:
    """End a measurement early: Orthanc's stop waits for its request."""
    if _one_at_a_time.locked():
        _stopping.release()


def _lines(snapshot: tracemalloc.Snapshot) -> list[dict[str, object]]:
    """Return where the objects were made: the line of the innermost function that is not the plugin's, and its callers."""
    found: dict[tuple[tuple[str, int], ...], list[int]] = {}
    for trace in snapshot.traces:
        stack = tuple((frame.filename, frame.lineno) for frame in trace.traceback if not _is_own(frame.filename))
        if stack:
            sums = found.setdefault(stack, [0, 0])
            sums[0] += trace.size
            sums[1] += 1
    most = sorted(found.items(), key=lambda item: item[1], reverse=True)[:MOST]
    return [
        {
            "Bytes": size,
            "Objects": count,
            "Stack": [{"File": file, "Line": line, "Code": linecache.getline(file, line).strip()} for file, line in stack],
        }
        for stack, (size, count) in most
    ]


def _is_own(file: str) -> bool:
    return file.startswith((_orthanc_errors.OWN_FILES, "<frozen importlib")) or file == "<unknown>"
