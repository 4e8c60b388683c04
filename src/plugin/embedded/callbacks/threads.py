# SPDX-License-Identifier: GPL-3.0-or-later
"""The threads that Python knows: those of the script, and Orthanc's that have run a callback.

gevent and eventlet replace locks, threads and time.sleep by their own, for use within one thread. The plugin's code takes
Python's from here.
"""

from __future__ import annotations

import sys
import threading
from _thread import _count, allocate_lock, get_ident, start_new_thread
from _weakrefset import WeakSet  # weakref has it, but takes longer
from time import monotonic
from time import sleep as sleep

import _orthanc_own_log

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from _thread import LockType
    from collections.abc import Callable, Iterable

stop_timeout = 0.0  # seconds: the setting StopTimeout, also where no stop comes before the end of the process
GRACE = 1.0  # seconds for what ends at once unless something is wrong, even when the timeout is used up
_end: float | None = None  # the deadline of the present stop
_given_up: WeakSet[threading.Thread] = WeakSet()  # the log names them already


begin_functions: list[Callable[[], object]] = []  # each of Orthanc's threads calls them before it first runs Python


def begin() -> None:
    """Called on each of Orthanc's threads that runs Python."""
    for function in begin_functions:
        function()


def forget(identifier: int) -> None:
    """Drop the entry that `threading` keeps of an Orthanc thread that is about to end.

    CPython does so itself since 3.13.
    """
    if isinstance(threading._active.get(identifier), threading._DummyThread):  # type: ignore[attr-defined]
        with threading._active_limbo_lock:  # type: ignore[attr-defined]
            threading._active.pop(identifier, None)  # type: ignore[attr-defined]


def begin_thread(function: Callable[[], object], name: str = "") -> LockType:
    """Run a function on a daemon thread. The lock that is returned is released at the end."""
    running = allocate_lock()
    running.acquire()

    def run() -> None:
        try:
            if name:
                threading.current_thread().name = name
            function()
        finally:
            forget(get_ident())
            running.release()

    start_new_thread(run, ())
    return running


def check_locks() -> None:
    """Warn if a library has replaced Python's locks by its own, of which callbacks on several threads cannot share one."""
    import _thread

    if _thread.allocate_lock is not allocate_lock:
        _import_for_waits()
        function = "eventlet.monkey_patch" if "eventlet.patcher" in sys.modules else "gevent.monkey.patch_all"
        warn(
            f"Python: {function}() has replaced the locks of `threading` by others, which work within one thread. Orthanc runs "
            f"callbacks on several threads: those that share such a lock may hang. Call {function}(thread=False)"
        )


def _import_for_waits() -> None:
    """Import the modules that gevent needs for the first wait of a thread. eventlet has imported its own.

    Two threads that import them at once would hang: one waits for the lock of the other's import. This lock is gevent's too,
    so the wait begins the same import again.
    """
    config = getattr(sys.modules.get("gevent"), "config", None)
    for name in ("loop", "format_context"):
        getattr(config, name, None)  # the first use of a setting imports what it names


def start(timeout: float) -> None:
    """Begin a run of the script, whose stop may wait for these seconds."""
    global stop_timeout, _end
    stop_timeout = timeout
    _end = None


def begin_stop(timeout: float) -> None:
    """From now on, waits end when these seconds are over, all together."""
    global _end
    _end = monotonic() + timeout


def is_stopping() -> bool:
    """Return whether the stop has begun."""
    return _end is not None


def time_left() -> float:
    """Seconds that a wait may still take."""
    if _end is None:
        begin_stop(stop_timeout)
        assert _end is not None
    return max(0.0, _end - monotonic())


def join_script_threads() -> None:
    """Wait for the non-daemon threads, but not for those of executors: they idle until the interpreter's end."""
    idle = _executor_threads()
    _join(thread for thread in threading.enumerate() if thread not in idle)


def join_all_threads() -> None:
    """End executors and wait for all non-daemon threads."""
    run_bounded(_run_thread_exit_functions)
    _join(threading.enumerate())


def are_all_ended() -> bool:
    """Return whether all non-daemon threads have ended, given-up ones too: the end of worker processes may have ended some."""
    end = monotonic() + GRACE
    for thread in threading.enumerate():
        if not thread.daemon and thread not in (threading.main_thread(), threading.current_thread()):
            thread.join(max(0.0, end - monotonic()))
            if thread.is_alive():
                return False
    return True


def is_any_running() -> bool:
    """Return whether a thread that Python has started still runs, also a daemon thread."""
    return _count() > 0


def run_bounded(function: Callable[[], object]) -> bool:
    """Run what might never end, on a daemon thread. False if it goes on when the time is over."""
    return begin_thread(function).acquire(timeout=max(GRACE, time_left()))


def _run_thread_exit_functions() -> None:
    for function in reversed(threading._threading_atexits):  # type: ignore[attr-defined]
        function()


def _executor_threads() -> set[threading.Thread]:
    threads: set[threading.Thread] = set()
    for name, table in (("thread", "_threads_queues"), ("process", "_threads_wakeups")):
        if (module := sys.modules.get(f"concurrent.futures.{name}")) is not None:
            threads.update(getattr(module, table))
    return threads


def _join(threads: Iterable[threading.Thread]) -> None:
    """Wait for threads that are not daemons. Warn of those that do not end in time, by their names."""
    left = []
    for thread in threads:
        if thread.daemon or thread in _given_up or thread in (threading.main_thread(), threading.current_thread()):
            continue
        thread.join(time_left())
        if thread.is_alive():
            left.append(thread)
    _given_up.update(left)
    if left:
        names = ", ".join(thread.name for thread in left)
        warn(f"Python: the stop does not wait any longer for the threads {names}; make them daemon threads or end them")


def warn(message: str) -> None:
    try:
        _orthanc_own_log.warning(message)
    except RuntimeError:  # Orthanc has gone already
        print(message, file=sys.stderr)
