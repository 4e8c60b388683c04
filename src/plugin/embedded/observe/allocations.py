# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds what keeps memory: the lines whose objects were made during a time and are still there at its end, by tracemalloc."""

from __future__ import annotations

import gc
import json
import linecache
import sys

import _orthanc_errors
import _orthanc_measurement
import _orthanc_threads

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    import tracemalloc

DEPTH = 12  # frames of each allocation
MOST = 30  # lines


def _measure(seconds: float) -> str:
    """Return the lines that keep most, as JSON; "" if the script uses tracemalloc itself."""
    import tracemalloc

    if tracemalloc.is_tracing():
        return ""
    tracemalloc.start(DEPTH)
    try:
        begin = _orthanc_threads.monotonic()
        blocks = sys.getallocatedblocks()
        _measurement.pause(seconds)
        gc.collect()
        growth = sys.getallocatedblocks() - blocks
        taken = _orthanc_threads.monotonic() - begin
        snapshot = tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()
    return json.dumps({"Seconds": taken, "Blocks": growth, "Lines": _lines(snapshot)}, indent=1)


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


_measurement = _orthanc_measurement.Measurement(_measure)
measure = _measurement.run
