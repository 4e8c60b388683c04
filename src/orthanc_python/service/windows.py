# SPDX-License-Identifier: GPL-3.0-or-later
"""The service of Windows, as the registry describes it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from orthanc_python.service.model import Manager, Service, parse_arguments

KEY = r"SYSTEM\CurrentControlSet\Services\Orthanc"
ARGUMENT = re.compile(r'"([^"]*)"|(\S+)')


def find_windows_service() -> Service | None:
    if sys.platform != "win32":
        return None
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, KEY) as key:
            command = str(winreg.QueryValueEx(key, "ImagePath")[0])
    except OSError:
        return None
    return service_of_command(command)


def service_of_command(command: str) -> Service | None:
    """Read a command line. The installer's service has its configuration in a folder beside the program."""
    words = [quoted or bare for quoted, bare in ARGUMENT.findall(command)]
    if not words:
        return None
    arguments = parse_arguments(words[1:])
    beside = Path(words[0]).parent
    configuration = arguments.configuration or beside / "Configuration"
    return Service(
        "Orthanc",
        Manager.WINDOWS,
        configuration,
        working_folder=beside,
        log_folder=arguments.log_folder or beside / "Logs",
        further=arguments.further,
    )
