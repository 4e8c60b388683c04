# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of `orthanc-python threads`."""

from __future__ import annotations

from typing import Any

from orthanc_python.observe.threads import threads_text


def thread(**more: Any) -> dict[str, Any]:
    return {"Identifier": 7, "Name": "", "Daemon": False, "Callbacks": [], "WaitsFor": "", "Stack": [], **more}


def test_thread_in_a_callback() -> None:
    call = {"Kind": "rest", "Function": "hello", "Subject": "GET /x", "Seconds": 1.25}
    frame = {"File": "script.py", "Line": 3, "Function": "hello", "Code": "lock.acquire()"}
    named = thread(Name="worker", Daemon=True, Callbacks=[call, {**call, "Subject": ""}], WaitsFor="the GIL", Stack=[frame])
    assert threads_text({"Responsive": True, "Threads": [named, thread()]}).splitlines() == [
        "Thread worker (daemon)",
        "  runs the rest callback hello for GET /x, for 1.2 s",
        "  runs the rest callback hello, for 1.2 s",
        "  waits for the GIL",
        '  File "script.py", line 3, in hello',
        "    lock.acquire()",
        "",
        "Thread 7",
    ]


def test_no_answer_of_python() -> None:
    text = threads_text({"Responsive": False, "Text": "Thread 0x1:\n  File x"})
    assert "C code holds the GIL" in text and text.endswith("\n\nThread 0x1:\n  File x")


def test_no_stacks() -> None:
    text = threads_text({"Responsive": True, "Threads": [thread()], "Text": "No stacks."})
    assert text.splitlines() == ["No stacks.", "", "Thread 7"]
