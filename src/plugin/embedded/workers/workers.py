# SPDX-License-Identifier: GPL-3.0-or-later
"""Worker processes of `multiprocessing`."""

from __future__ import annotations

import os
import sys

import _orthanc_hooks
import _orthanc_own_log
import orthanc

_prepared = False
in_worker = False  # a process forked from Orthanc


def prepare() -> None:
    """Make worker processes behave as on the command line."""
    global _prepared
    if _prepared:
        return
    _prepared = True
    _orthanc_hooks.when_imported("multiprocessing.spawn", _send_module)
    _orthanc_hooks.when_imported("multiprocessing.process", _report_errors)
    if hasattr(os, "fork"):
        os.register_at_fork(after_in_child=_become_worker)
        if sys.version_info >= (3, 14):
            _orthanc_hooks.when_imported("multiprocessing.context", _default_to_fork)


def _report_errors() -> None:
    import _orthanc_worker_module

    _orthanc_worker_module.report_errors()


def _send_module() -> None:
    import _orthanc_spawning

    _orthanc_spawning.send_module()


def end(what: str, callback: object, how: str, place: str | None, error: BaseException | None) -> None:
    """End this process, forked by a callback: with 0, the status of a SystemExit, or 1 for an error, after logging that.

    The callback has returned in Orthanc's process too. Only that one can go on in Orthanc.
    """
    status = 0
    if isinstance(error, SystemExit) and (error.code is None or isinstance(error.code, int)):
        status = error.code or 0
    elif error is not None:
        import _orthanc_errors

        status = 1
        _orthanc_own_log.error(_orthanc_errors.describe(what, callback, how, place, error))
    os._exit(status & 0xFF)


def _become_worker() -> None:
    """End this process when Orthanc ends."""
    global in_worker
    in_worker = True
    orthanc._end_with_parent()


def _default_to_fork() -> None:
    """Start workers by fork. CPython 3.14's server process would import the script without Orthanc around it."""
    import multiprocessing.context as context

    context._default_context._default_context = context._concrete_contexts["fork"]  # type: ignore[attr-defined]
