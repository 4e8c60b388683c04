# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives the module `orthanc` to workers that `multiprocessing` does not fork from Orthanc. See worker_module.py."""

from __future__ import annotations

import os
import sys

import _orthanc_importer
import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from typing import Any


def send_module() -> None:
    """Give the workers that are not forks of Orthanc a module `orthanc`, before they import the script."""
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
        source = f"{_orthanc_importer.source('worker_module')}\ninstall(NAMES, SCRIPTS, ERRORS, PARENT)\n"
        given = {"NAMES": names, "SCRIPTS": scripts, "ERRORS": _orthanc_importer.source("errors"), "PARENT": os.getpid()}
        return exec, (source, {**given, "__name__": "_orthanc_worker"})


def _description(value: Any) -> Any:
    """Return what worker_module.install() is to know of a name of the module."""
    if isinstance(value, type):
        members = {name: getattr(value, name) for name in dir(value) if name.isupper() and not name.startswith("_")}
        return {name: int(member) for name, member in members.items() if isinstance(member, int)}
    return value if isinstance(value, (str, int, float)) else None
