# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends errors that no code catches to Orthanc's log: those of threads, of `__del__` and of callbacks of weak references.

CPython prints them on the standard error. Orthanc's log is often there too, and a line of such a text could look like one of
its lines.
"""

from __future__ import annotations

import sys

import _orthanc_errors
import _orthanc_hooks
import _orthanc_own_log

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from threading import ExceptHookArgs
    from types import TracebackType

    from _typeshed import UnraisableHookArgs


def start(enabled: bool) -> None:
    """Begin with it, or undo it."""
    sys.excepthook = _report if enabled else sys.__excepthook__
    sys.unraisablehook = _report_unraisable if enabled else sys.__unraisablehook__
    _orthanc_hooks.when_imported("threading", lambda: _watch_threads(enabled))


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log an uncaught error, as sys.excepthook. CPython does not call it in Orthanc, but some libraries do."""
    try:
        _log(_orthanc_errors.describe("a call of sys.excepthook", None, "", None, error))
    except Exception:
        sys.__excepthook__(kind, error, trace)


def _watch_threads(enabled: bool) -> None:
    import threading

    threading.excepthook = _report_thread if enabled else threading.__excepthook__


def _report_thread(args: ExceptHookArgs) -> None:
    """threading.excepthook"""
    if args.exc_type is SystemExit or args.exc_value is None:
        return
    name = args.thread.name if args.thread is not None else "that has no name"
    try:
        _log(_orthanc_errors.describe(f"the thread {name!r}", None, "", None, args.exc_value))
    except Exception:
        import threading

        threading.__excepthook__(args)


def _report_unraisable(args: UnraisableHookArgs) -> None:
    """sys.unraisablehook"""
    try:
        assert args.exc_value is not None
        what = repr(args.object) if args.object is not None else args.err_msg or "a call that returns no error"
        _log(_orthanc_errors.describe(what, None, "", None, args.exc_value))
    except Exception:
        sys.__unraisablehook__(args)


def report(what: str, function: object, how: str, error: BaseException) -> None:
    """Log the error of a function that is called when there may be no Orthanc any more."""
    _log(_orthanc_errors.describe(what, function, how, None, error))


def _log(text: str) -> None:
    try:
        _orthanc_own_log.error(text)
    except RuntimeError:  # Orthanc has gone already; a script may log what is written to its sys.stderr
        print(_orthanc_errors.indented(text), file=sys.__stderr__, flush=True)
