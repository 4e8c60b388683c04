# SPDX-License-Identifier: GPL-3.0-or-later
"""The Orthanc that this machine runs as a service: what it is given, and how it is started again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from orthanc_python.service.init_script import find_init_script
from orthanc_python.service.launchd import find_daemon
from orthanc_python.service.model import Manager, Service
from orthanc_python.service.systemd import find_unit
from orthanc_python.service.windows import find_windows_service

__all__ = ["Manager", "Service", "find_service", "service_of"]


VARIABLE = "ORTHANC_PYTHON_ROOT"  # the folder of another system, such as that of an image, whose files are looked at


def find_service(root: Path | None = None) -> Service | None:
    """Return the service, None if there is none.

    Args:
        root: the folder of a system, Linux or macOS; its files alone are looked at.
    """
    if root is None and (given := os.environ.get(VARIABLE)):
        root = Path(given)
    if root is not None:
        return find_unit(root) or find_init_script(root) or find_daemon(root)
    if sys.platform == "win32":
        return find_windows_service()
    if sys.platform == "darwin":
        return find_daemon(Path("/"))
    return find_unit(Path("/")) or find_init_script(Path("/"))


def service_of(configuration: Path) -> Service | None:
    """Return the service if this is its configuration, or a file of it."""
    service = find_service()
    if service is None:
        return None
    given, own = configuration.resolve(), service.configuration.resolve()
    return service if given == own or own in given.parents else None
