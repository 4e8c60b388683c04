# SPDX-License-Identifier: GPL-3.0-or-later
"""Worker processes: those that `multiprocessing` forks from Orthanc."""

from __future__ import annotations

import os
import sys

import orthanc

_prepared = False


def prepare() -> None:
    """Makes worker processes behave as on the command line."""
    global _prepared
    if _prepared or not hasattr(os, "fork"):
        return
    _prepared = True
    os.register_at_fork(after_in_child=_become_worker)
    if sys.version_info >= (3, 14):
        _default_to_fork()


def _become_worker() -> None:
    """Sends the worker's log to its standard error: Orthanc's log belongs to threads that are not here."""
    for level in ("Error", "Warning", "Info"):
        setattr(orthanc, f"Log{level}", _log_to_stderr)
    if hasattr(orthanc, "LogMessage"):
        orthanc.LogMessage = _log_to_stderr


def _log_to_stderr(message: str, *_: object) -> None:
    print(message, file=sys.stderr, flush=True)


def _default_to_fork() -> None:
    """CPython 3.14 starts workers from a server process, which would import the script without Orthanc around it."""
    import multiprocessing.context as context

    context._default_context._default_context = context._concrete_contexts["fork"]  # type: ignore[attr-defined]
