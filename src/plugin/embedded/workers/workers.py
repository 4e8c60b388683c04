# SPDX-License-Identifier: GPL-3.0-or-later
"""Worker processes of `multiprocessing`."""

from __future__ import annotations

import os
import sys

import _orthanc_hooks
import _orthanc_importer
import _orthanc_own_log
import orthanc

_prepared = False


def prepare() -> None:
    """Make worker processes behave as on the command line."""
    global _prepared
    if _prepared:
        return
    _prepared = True
    _orthanc_hooks.when_imported("multiprocessing.spawn", _send_module)
    if hasattr(os, "fork"):
        os.register_at_fork(after_in_child=_become_worker)
        if sys.version_info >= (3, 14):
            _orthanc_hooks.when_imported("multiprocessing.context", _default_to_fork)


def _send_module() -> None:
    import _orthanc_spawning

    _orthanc_spawning.send_module()


def _become_worker() -> None:
    """End this process when Orthanc ends, and send its log to the standard error.

    Orthanc's log belongs to threads that are not here.
    """
    orthanc._end_with_parent()
    _orthanc_own_log.replace(_log_to_stderr)
    for name in ("LogError", "LogWarning", "LogInfo", "LogMessage"):
        if hasattr(orthanc, name):
            setattr(_orthanc_importer.public, name, _log_to_stderr)


def _log_to_stderr(message: str, *_: object) -> None:
    import _orthanc_errors

    print(_orthanc_errors.indented(message), file=sys.stderr, flush=True)


def _default_to_fork() -> None:
    """CPython 3.14 starts workers from a server process, which would import the script without Orthanc around it."""
    import multiprocessing.context as context

    context._default_context._default_context = context._concrete_contexts["fork"]  # type: ignore[attr-defined]
