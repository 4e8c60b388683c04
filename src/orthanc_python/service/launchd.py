# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon of launchd: a property list that starts a program called Orthanc."""

from __future__ import annotations

import plistlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from orthanc_python.service.manager import run
from orthanc_python.service.model import Manager, Service, parse_arguments

FOLDER = "Library/LaunchDaemons"
NOT_LOADED = 113  # status of `launchctl print`


def find_daemon(root: Path) -> Service | None:
    for path in sorted((root / FOLDER).glob("*.plist")):
        try:
            values = plistlib.loads(path.read_bytes())
        except (OSError, plistlib.InvalidFileException, ValueError):
            continue
        if isinstance(values, dict) and (service := _service(root, values)):
            return replace(service, property_list=path)
    return None


def _service(root: Path, values: dict[str, Any]) -> Service | None:
    command = [str(each) for each in values.get("ProgramArguments", [])]
    program = values.get("Program") or next(iter(command), "")
    arguments = parse_arguments(command[1:])
    if Path(str(program)).name != "Orthanc" or arguments.configuration is None:
        return None
    folder = Path(str(values.get("WorkingDirectory", "/")))
    return Service(
        name=str(values.get("Label", "")),
        manager=Manager.LAUNCHD,
        configuration=root / (folder / arguments.configuration).relative_to("/"),
        account=str(values.get("UserName", "root")),
        working_folder=root / folder.relative_to("/"),
        log_folder=arguments.log_folder and root / (folder / arguments.log_folder).relative_to("/"),
        variables={str(key): str(value) for key, value in values.get("EnvironmentVariables", {}).items()},
        further=tuple(root / (folder / path).relative_to("/") for path in arguments.further),
    )


def state_of(service: Service) -> str | None:
    """Return what launchd says of a daemon, "" if it fails, None if the daemon is not loaded, as after `launchctl bootout`."""
    done = run(["launchctl", "print", f"system/{service.name}"])
    return None if done.returncode == NOT_LOADED else done.stdout


def how_to_load(service: Service) -> list[str]:
    """Return the command that enables and loads a daemon; empty if it is loaded.

    launchd then starts it if its property list has RunAtLoad or KeepAlive. `launchctl bootstrap` refuses a disabled one.
    """
    try:
        loaded = state_of(service) is not None
    except OSError:  # this system has no launchctl
        loaded = True
    return [] if loaded else ["launchctl", "load", "-w", str(service.property_list)]
