# SPDX-License-Identifier: GPL-3.0-or-later
"""Where threads are at this moment. Only code is shown, and no values: these may come from a patient."""

from __future__ import annotations

import json
import sys
import threading
import traceback

import _orthanc_errors
import _orthanc_frames
import _orthanc_importer
import _orthanc_threads

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType
    from typing import Any

PATIENCE = 0.5  # seconds for an event loop to answer


def describe_call(thread: int) -> str:
    """Return the stack of a thread that runs a callback, or of the coroutine that it waits for."""
    if obstacle := _orthanc_frames.obstacle():
        return f"Its stack is not known. {obstacle}"
    loop: Any = _orthanc_importer.modules.get("event_loop")
    coroutine = loop.coroutine_of(thread) if loop is not None else None
    if coroutine is None:
        frame = sys._current_frames().get(thread)
        return "Its stack:\n" + _text(_frames_of_thread(frame)) if frame is not None else "It has returned meanwhile."
    running = loop.running_loop()
    if running is None:
        return "Its event loop has ended."
    if _answers(running[0]):
        return "It waits, as a coroutine, here:\n" + _text(_frames_of_coroutine(coroutine))
    blocking = sys._current_frames().get(running[1])
    return "It waits for the event loop of the async callbacks, blocked by this:\n" + _text(_frames_of_thread(blocking))


def threads_as_json(calls_in_flight: str) -> bytes:
    """Return all threads that Python knows, with what is known of them. `calls_in_flight` is the plugin's list of calls.

    "Text" says why the stacks are missing, if they are.
    """
    obstacle = _orthanc_frames.obstacle()
    calls = json.loads(calls_in_flight)
    known = threading._active  # type: ignore[attr-defined]
    threads = []
    frames = dict.fromkeys(call["Thread"] for call in calls)  # of Orthanc's threads, also where no function of Python runs
    for identifier, frame in (frames | sys._current_frames()).items():
        if identifier == _orthanc_threads.get_ident():
            continue  # the one that makes this list
        thread = known.get(identifier)
        own = [call for call in calls if call["Thread"] == identifier]
        threads.append(
            {
                "Identifier": identifier,
                "NativeIdentifier": getattr(thread, "native_id", None),
                "Name": thread.name if thread is not None else "",
                "Daemon": thread.daemon if thread is not None else None,
                "Callbacks": [call for call in own if call["Kind"] not in ("orthanc", "handle")],
                "WaitsFor": _waits_for(own),
                "Stack": [
                    {"File": file, "Line": line, "Function": name, "Code": text}
                    for file, line, name, text in _entries(_frames_of_thread(None if obstacle else frame))
                ],
            }
        )
    text = {"Text": obstacle} if obstacle else {}
    return json.dumps({"Responsive": True, "Threads": threads, **text}, indent=1).encode("utf-8", "backslashreplace")


def _waits_for(calls: list[dict[str, Any]]) -> str:
    """Return what a thread waits for, as far as its calls show it."""
    inner = max(calls, key=lambda call: -call["Seconds"], default=None)
    if inner is None:
        return ""
    if inner["Kind"] == "handle":
        return f"another thread, which uses the {inner['Function']} of the callback that has returned"
    if inner["Kind"] != "orthanc":
        return ""
    return "the GIL" if inner["WaitsForGil"] else f"Orthanc, in {inner['Function']}"


def _answers(loop: Any) -> bool:
    done = _orthanc_threads.allocate_lock()
    done.acquire()
    loop.call_soon_threadsafe(done.release)
    return done.acquire(timeout=PATIENCE)


def _frames_of_thread(frame: FrameType | None) -> list[tuple[FrameType, int]]:
    """Return the frames of a thread, the innermost last."""
    frames = []
    while frame is not None:
        frames.append((frame, frame.f_lineno or 0))
        frame = frame.f_back
    return frames[::-1]


def _frames_of_coroutine(awaited: Any) -> list[tuple[FrameType, int]]:
    """Return the frames of a coroutine and of what it awaits."""
    frames = []
    while awaited is not None:
        for prefix, inner in (("cr", "cr_await"), ("gi", "gi_yieldfrom"), ("ag", "ag_await")):
            frame = getattr(awaited, f"{prefix}_frame", None)
            if frame is not None:
                frames.append((frame, frame.f_lineno or 0))
                awaited = getattr(awaited, inner)
                break
        else:
            break
    return frames


def _entries(frames: Iterable[tuple[FrameType, int]]) -> list[tuple[str, int, str, str]]:
    """Return file, line, function and code of each frame, but for those of the plugin."""
    own = [(frame, line) for frame, line in frames if not frame.f_code.co_filename.startswith(_orthanc_errors.OWN_FILES)]
    return [
        (entry.filename, entry.lineno or 0, entry.name, entry.line or "")
        for entry in traceback.StackSummary.extract(iter(own), capture_locals=False)
    ]


def _text(frames: Iterable[tuple[FrameType, int]]) -> str:
    lines = []
    for file, line, name, code in _entries(frames):
        lines.append(f'  File "{file}", line {line}, in {name}')
        if code:
            lines.append(f"    {code}")
    return "\n".join(lines).encode("utf-8", "backslashreplace").decode()
