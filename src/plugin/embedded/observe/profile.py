# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples the stacks of all threads. They go on meanwhile, because each sample takes the GIL only for a moment."""

from __future__ import annotations

import json
import sys
import threading

import _orthanc_errors
import _orthanc_measurement
import _orthanc_threads

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from types import FrameType

INTERVAL = 0.01  # seconds

Stack = tuple[tuple[str, int, str], ...]  # file, line and name of each function, the innermost last


def _sample(seconds: float) -> dict[str, object]:
    """Return how often each stack of each thread was seen."""
    counts: dict[tuple[int, Stack], int] = {}
    begin = _orthanc_threads.monotonic()
    samples = 0
    while True:
        now = _orthanc_threads.monotonic()
        if now >= begin + seconds:
            break
        for thread, frame in sys._current_frames().items():
            stack = _functions(frame) if thread != _orthanc_threads.get_ident() else ()
            if stack:
                counts[thread, stack] = counts.get((thread, stack), 0) + 1
        samples += 1
        if _measurement.pause(max(0.001, begin + samples * INTERVAL - _orthanc_threads.monotonic())):
            break
    known = threading._active  # type: ignore[attr-defined]
    names = {thread: known[thread].name if thread in known else str(thread) for thread, _ in counts}
    return {
        "Seconds": _orthanc_threads.monotonic() - begin,
        "Interval": INTERVAL,
        "Samples": samples,
        "Stacks": [{"Thread": names[thread], "Frames": stack, "Count": count} for (thread, stack), count in counts.items()],
    }


def _functions(frame: FrameType | None) -> Stack:
    """Return the functions of a stack, but for those of the plugin."""
    functions = []
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(_orthanc_errors.OWN_FILES):
            functions.append((code.co_filename, code.co_firstlineno, code.co_name))
        frame = frame.f_back
    return tuple(functions[::-1])


_measurement = _orthanc_measurement.Measurement(lambda seconds: json.dumps(_sample(seconds)))
measure = _measurement.run
