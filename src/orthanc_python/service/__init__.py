# SPDX-License-Identifier: GPL-3.0-or-later
"""The Orthanc that this machine runs as a service: what it is given, and how it is started again."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from orthanc_python.command import as_root, shell_line
from orthanc_python.configuration import files_of
from orthanc_python.service.init_script import find_init_script
from orthanc_python.service.launchd import find_daemon, how_to_load
from orthanc_python.service.model import Manager, Service
from orthanc_python.service.systemd import find_unit
from orthanc_python.service.windows import find_windows_service

__all__ = ["Manager", "Service", "find_service", "restart_command", "service_of", "start_command", "systemd_runs"]


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


def systemd_runs() -> bool:
    """Return whether systemd is this machine's first process: in most containers it is not (sd_booted(3))."""
    return (_root() / "run" / "systemd" / "system").is_dir()


def restart_command(service: Service) -> str:
    """Return the command that restarts a service on this machine as it is; "" if no manager of services runs it."""
    if service.manager is not Manager.SYSTEMD or systemd_runs():
        return as_root(shell_line(_how_to_load(service) or service.restart))
    # Debian's package has an init script besides its unit.
    has_script = (_root() / "etc" / "init.d" / service.name).is_file()
    return as_root(f"service {service.name} restart") if has_script else ""


def start_command(service: Service) -> str:
    """Return the command that starts a stopped service."""
    return as_root(shell_line(_how_to_load(service) or service.start))


def _how_to_load(service: Service) -> list[str]:
    """Return the command that loads a daemon of this very system, if it has to be loaded."""
    return how_to_load(service) if service.manager is Manager.LAUNCHD and _root() == Path("/") else []


def _root() -> Path:
    return Path(os.environ.get(VARIABLE) or "/")


def service_of(configuration: Path) -> Service | None:
    """Return the service if this is its configuration, or a file that Orthanc reads as a part of it."""
    service = find_service()
    if service is None:
        return None
    own = [service.configuration, *service.further]
    with suppress(OSError):  # it is one file, or this account may not list the folder
        own += files_of(service.configuration) if service.doubt is None else []
    return service if configuration.resolve() in [path.resolve() for path in own] else None
