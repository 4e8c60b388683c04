# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs what is registered for the exit when the plugin stops, while Orthanc can still be called: last in, first out.

That is what the script and its libraries give to `atexit` and to `weakref.finalize`. What the standard library registers for
its own modules, such as logging.shutdown(), waits for the end of the process, because the plugin may start again in it.

A library stays imported when the plugin starts again. What it has registered at its import runs at each stop.
"""

from __future__ import annotations

import atexit
import sys
import threading

import _orthanc_importer
import _orthanc_threads
import _orthanc_uncaught

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from _thread import LockType
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    Registered = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any], bool]

_functions: list[Registered] = []  # with whether a library has registered it at its import
_thread_functions: list[Registered] = []  # those that CPython calls before it waits for threads: private, but used
_due: list[Registered] = []  # while they run
_running: list[Callable[..., object]] = []  # the one that runs now, if any
_stays: list[Registered] = []  # what runs again at the next stop, the last registered first
_original = {name: getattr(atexit, name) for name in ("register", "unregister", "_run_exitfuncs", "_clear", "_ncallbacks")}
_original_of_threads = threading._register_atexit  # type: ignore[attr-defined]
_is_dropped: Callable[[str], bool]


def start(is_dropped: Callable[[str], bool]) -> None:
    """Take the place of atexit's functions, or start again.

    Args:
        is_dropped: returns whether a file is the script's own, whose module is dropped at the next start.
    """
    global _is_dropped
    _is_dropped = is_dropped
    _functions[:0] = reversed(_stays)
    _stays.clear()
    if atexit.register is not _register:
        _original["register"](run)  # what comes after the stop
    atexit.register = _register  # type: ignore[assignment]
    atexit.unregister = _unregister
    atexit._run_exitfuncs = _run_all
    atexit._clear = _clear
    atexit._ncallbacks = _count
    threading._register_atexit = _register_of_threads  # type: ignore[attr-defined]
    _renew_finalizers()


def run_at_stop() -> None:
    """Run what is registered. Name a function that still runs when the stop has no more time.

    The stop waits for it all the same: it may finish queued work. And it may need the thread that has registered it, as the
    connections of sqlite3 do.
    """
    if not (_functions or _thread_functions):
        return
    ended = _orthanc_threads.allocate_lock()
    ended.acquire()
    try:  # noqa: SIM105
        _orthanc_threads.begin_thread(lambda: _watch(ended))
    except RuntimeError:  # the process may have no more threads
        pass
    try:
        run()
    finally:
        ended.release()


def _watch(ended: LockType) -> None:
    if ended.acquire(timeout=max(_orthanc_threads.GRACE, _orthanc_threads.time_left())):
        return
    for function in _running[:1]:
        import _orthanc_errors

        _orthanc_threads.warn(f"Python: the stop still waits for an exit function{_orthanc_errors.where(function, '', None)}")


def run() -> None:
    """Run what is registered, last in, first out. An error is logged, and the others run.

    As in CPython, what is registered meanwhile does not run, and is forgotten: a function may register itself again.
    """
    for functions in (_thread_functions, _functions):
        _due.extend(functions)
        functions.clear()
        while _due:
            registered = _due.pop()
            function, arguments, keywords, stays = registered
            if stays:
                _stays.append(registered)
            _running[:] = [function]
            try:
                function(*arguments, **keywords)
            except BaseException as error:
                _orthanc_uncaught.report("an exit function", function, "registered", error)
        _running.clear()
        _stays[:0] = [each for each in reversed(functions) if each[3]]
        functions.clear()
    _renew_finalizers()


def run_others() -> None:
    """Run what the standard library has registered."""
    _original["_run_exitfuncs"]()


def _register(func: Callable[..., object], /, *args: Any, **kwargs: Any) -> Callable[..., object]:
    """Register a function to be executed when the plugin stops."""
    if not callable(func):
        raise TypeError("the first argument must be callable")
    caller = sys._getframe(1)
    if _is_of_library(func, caller):
        _original["register"](func, *args, **kwargs)
    else:
        _functions.append((func, args, kwargs, _is_import_of_library(caller)))
    return func


def _register_of_threads(func: Callable[..., object], *arg: Any, **kwargs: Any) -> None:
    """threading._register_atexit: executors use it."""
    caller = sys._getframe(1)
    if _is_of_library(func, caller) or _is_import_of_library(caller):  # an executor may not start again after that
        _original_of_threads(func, *arg, **kwargs)
    else:
        _thread_functions.append((func, arg, kwargs, False))


def _is_of_library(function: Callable[..., object], caller: FrameType) -> bool:
    """Return whether a module of the standard library registers a function of its own, but for weakref.finalize."""
    name = caller.f_globals.get("__name__")
    if not isinstance(name, str) or name == "weakref" or getattr(function, "__module__", None) != name:
        return False
    return _orthanc_importer.is_library(name, caller.f_globals.get("__file__"))


def _is_import_of_library(caller: FrameType) -> bool:
    """Return whether this is the import of a module that stays imported when the script is dropped."""
    frame: FrameType | None = caller
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith("<frozen importlib"):
            return True
        if _is_dropped(file):
            return False
        frame = frame.f_back
    return False


def _renew_finalizers() -> None:
    """Let weakref.finalize register its function again at its next use, and run it again."""
    if _orthanc_importer.loaded("weakref"):
        import weakref

        weakref.finalize._registered_with_atexit = False  # type: ignore[attr-defined]
        weakref.finalize._shutdown = False  # type: ignore[attr-defined]


def _unregister(func: Callable[..., object], /) -> None:
    """Unregister a function that was registered with atexit.register."""
    for functions in (_functions, _due, _stays):
        functions[:] = [each for each in functions if each[0] != func]
    _original["unregister"](func)


def _run_all() -> None:
    """Run all registered exit functions."""
    run()
    run_others()
    _original["register"](run)


def _clear() -> None:
    """Clear the list of registered exit functions."""
    _functions.clear()
    _due.clear()
    _original["_clear"]()
    _original["register"](run)


def _count() -> int:
    """Return the number of registered exit functions."""
    return len(_functions) + len(_due) + int(_original["_ncallbacks"]())
