# SPDX-License-Identifier: GPL-3.0-or-later
"""The threads that Python knows: those of the script, and Orthanc's that have run a callback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

import orthanc

PATIENCE = 10.0  # seconds that a stop waits for the script's threads


def forget(identifier: int) -> None:
    """Drops the entry that `threading` keeps of a thread of Orthanc's, which is about to end.

    CPython does so itself since 3.13.
    """
    if isinstance(threading._active.get(identifier), threading._DummyThread):  # type: ignore[attr-defined]
        with threading._active_limbo_lock:  # type: ignore[attr-defined]
            threading._active.pop(identifier, None)  # type: ignore[attr-defined]


def join_script_threads() -> None:
    """Waits for the non-daemon threads, but for those of executors, which idle until the interpreter's end."""
    idle = _executor_threads()
    _join(thread for thread in threading.enumerate() if thread not in idle)


def join_all_threads() -> bool:
    """Ends executors and waits for all non-daemon threads. False, with a warning, when some do not end."""
    ending = threading.Thread(target=_run_thread_exit_functions, daemon=True)
    ending.start()
    ending.join(PATIENCE)
    return _join(threading.enumerate())


def _run_thread_exit_functions() -> None:
    for function in reversed(threading._threading_atexits):  # type: ignore[attr-defined]
        function()


def _executor_threads() -> set[threading.Thread]:
    import sys

    executors = sys.modules.get("concurrent.futures.thread")
    return set(executors._threads_queues) if executors is not None else set()


def _join(threads: Iterable[threading.Thread]) -> bool:
    end = time.monotonic() + PATIENCE
    left = []
    for thread in threads:
        if thread.daemon or thread in (threading.main_thread(), threading.current_thread()):
            continue
        thread.join(max(0.0, end - time.monotonic()))
        if thread.is_alive():
            left.append(thread.name)
    if left:
        _warn(
            f"Python: the stop does not wait any longer for the threads {', '.join(left)}; make them daemon threads or end them"
        )
    return not left


def _warn(message: str) -> None:
    try:
        orthanc.LogWarning(message)
    except RuntimeError:  # Orthanc has gone already
        print(message)
