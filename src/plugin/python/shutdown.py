# SPDX-License-Identifier: GPL-3.0-or-later
"""The last Python code of the process, before CPython is finalized."""

from __future__ import annotations

import contextlib
import sys
import threading

import _orthanc_threads


def before_finalization() -> None:
    """Waits for threads and processes for a bounded time: CPython itself would wait for ever for one that never ends."""
    _orthanc_threads.join_all_threads()
    _join_processes()
    threading._shutdown = lambda: None  # type: ignore[attr-defined]


def flush_files() -> None:
    """Writes what files still hold back: a script that is replaced may leave some open, and Windows has no finalization."""
    import gc
    import io

    for thing in gc.get_objects():
        if isinstance(thing, io.IOBase) and not thing.closed:
            with contextlib.suppress(Exception):
                thing.flush()


def _join_processes() -> None:
    """Waits for the worker processes that are no daemons, as on the command line, but then ends them."""
    multiprocessing = sys.modules.get("multiprocessing")
    if multiprocessing is None:
        return
    for process in multiprocessing.active_children():
        if not process.daemon:
            process.join(_orthanc_threads.time_left())
            if process.is_alive():
                print(f"Python: the worker process {process.name} has not ended, it is terminated", file=sys.stderr)
                process.terminate()
                process.join(1.0)
                process.kill()  # what has not ended by now never does
