# SPDX-License-Identifier: GPL-3.0-or-later
"""The last Python code of the process, before CPython is finalized."""

from __future__ import annotations

import sys
import threading

import _orthanc_exits
import _orthanc_importer
import _orthanc_threads

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from typing import Any


def before_finalization() -> bool:
    """Wait for threads and processes for a bounded time: CPython itself would wait for ever for one that never ends.

    False if a thread that is not a daemon goes on, or a sub-interpreter: CPython cannot be finalized then.
    What that would do is done here.
    """
    _orthanc_importer.close_folders()  # CPython asks sys.modules for its own `threading`
    try:
        _orthanc_threads.join_all_threads()
        _join_processes()
        _end_multiprocessing()
        if _orthanc_threads.are_all_ended() and _destroy_interpreters():
            return True
        _orthanc_threads.run_bounded(_orthanc_exits.run_others)
        clean_up()
        return False
    finally:
        threading._shutdown = lambda: None  # type: ignore[attr-defined]


def clean_up() -> None:
    """Free the objects that the script leaves in cycles of its modules, and flush its open files.

    The next script may come without an end of the process, and Windows has no finalization.
    """
    import gc

    gc.collect()
    if not _orthanc_threads.run_bounded(_flush_files):
        _orthanc_threads.warn(
            "Python: an open file of the script takes no more data, perhaps a pipe that nobody reads; the stop waits no longer"
        )


def _flush_files() -> None:
    import gc
    import io

    for thing in gc.get_objects():
        # contextlib may not be loaded, and perhaps no file can be opened any more.
        try:
            if isinstance(thing, io.IOBase) and not thing.closed:
                thing.flush()
        except Exception:  # also of a dead weakref.proxy, and of a text file whose buffer was detached
            pass


def _interpreters() -> Any:
    """Return the module of sub-interpreters, or None if nothing has used it."""
    return sys.modules.get("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")


def _other_interpreters() -> list[Any]:
    """Return the identifiers of the sub-interpreters."""
    module = _interpreters()
    if module is None:
        return []
    found = [each[0] if isinstance(each, tuple) else each for each in module.list_all()]
    return [each for each in found if int(each) != 0]


def _destroy_interpreters() -> bool:
    """Destroy the sub-interpreters: CPython before 3.14 would end the process for them. False if one goes on."""

    def destroy() -> None:
        for identifier in _other_interpreters():
            try:  # noqa: SIM105
                _interpreters().destroy(identifier)
            except Exception:  # it runs something
                pass

    if _other_interpreters():
        _orthanc_threads.run_bounded(destroy)
    return not _other_interpreters()


def _join_processes() -> None:
    """Wait for the worker processes that are not daemons, as on the command line, but then end them."""
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


def _end_multiprocessing() -> None:
    """Run multiprocessing's own exit function. A second run does nothing."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None and not _orthanc_threads.run_bounded(util._exit_function):
        _orthanc_threads.warn(
            "Python: multiprocessing does not end, perhaps for a queue whose items nobody takes; the stop waits no longer"
        )
