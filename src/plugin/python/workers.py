# SPDX-License-Identifier: GPL-3.0-or-later
"""Worker processes of `multiprocessing`."""

from __future__ import annotations

import os
import sys

import _orthanc_hooks
import _orthanc_importer
import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from typing import Any

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
    """Have the workers that are no forks of Orthanc get a module `orthanc`, before they import the script."""
    import multiprocessing.spawn as spawn

    original = spawn.get_preparation_data

    def get_preparation_data(name: str) -> dict[str, Any]:
        """Return what a worker needs to unpickle its process object."""
        return {**original(name), "orthanc": _WorkerModule()}

    spawn.get_preparation_data = get_preparation_data


class _WorkerModule:
    """Installs the module where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        names = {name: _description(getattr(orthanc, name)) for name in dir(orthanc) if not name.startswith("_")}
        scripts = {
            name: module.__file__
            for name, module in list(sys.modules.items())
            if name.endswith("_script") and getattr(module, "__file__", None)
        }
        source = f"{_orthanc_importer.source('worker_module')}\ninstall(NAMES, SCRIPTS)\n"
        return exec, (source, {"NAMES": names, "SCRIPTS": scripts, "__name__": "_orthanc_worker"})


def _description(value: Any) -> Any:
    """Return what worker_module.install() is to know of a name of the module."""
    if isinstance(value, type):
        members = {name: getattr(value, name) for name in dir(value) if name.isupper() and not name.startswith("_")}
        return {name: int(member) for name, member in members.items() if isinstance(member, int)}
    return value if isinstance(value, (str, int, float)) else None


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
