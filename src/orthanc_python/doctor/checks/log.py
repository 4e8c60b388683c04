# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks whether the service runs, by its present configuration, and the log of its last start. Shows how to restart it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from orthanc_python.command import as_root
from orthanc_python.doctor.finding import Finding, ok, problem, warning
from orthanc_python.doctor.setup import Setup
from orthanc_python.server.orthanc_log import ENDED, STARTED, first_error
from orthanc_python.service import Manager, Service, restart_command, start_command, systemd_runs
from orthanc_python.service.model import newest_log
from orthanc_python.service.process import processes_of, start_of

END = 200_000  # bytes: a log may be large, and an Orthanc that does not start writes little
PRECISION = 2.0  # seconds, of the start of a process: Linux gives that of the machine in whole seconds


def check_log(setup: Setup) -> Iterator[Finding]:
    service = setup.service
    if service is None:
        return
    subject = f"service {service.name}"
    restart = restart_command(service) or "end Orthanc and start it again"
    log = as_root(service.show_log) if service.show_log else ""
    last = _last_start(service.log_folder)
    processes = processes_of(service)
    if ENDED in last:
        error = " ".join(first_error(last)[:1]).partition("] ")[2]
        found = problem if processes == [] else warning
        yield found(subject, f"Orthanc did not start the last time: {error}", f"{restart}, when the cause is mended; {log}")
    elif processes == []:
        yield warning(subject, "Orthanc is not running", f"start: {_how_to_start(service)}" + (f"; log: {log}" if log else ""))
    elif newer := _newer_file(setup, processes or []):
        yield warning(subject, f"{newer} is newer than the running Orthanc", f"restart Orthanc: {restart}")
    else:
        yield ok(subject, f"restart: {restart}" + (f"; log: {log}" if log else ""))


def _how_to_start(service: Service) -> str:
    if service.manager is Manager.SYSTEMD and not systemd_runs():
        how = restart_command(service)
        return f"{how.removesuffix('restart')}start" if how else "the command that starts Orthanc here"
    return start_command(service)


def _newer_file(setup: Setup, processes: list[int]) -> Path | None:
    """Return a file of the configuration, or a plugin, that was written after the start of the service."""
    starts = [start for start in map(start_of, processes) if start is not None]
    if not starts:
        return None
    paths = [*(file.path for file in setup.configuration.files), *(plugin.path for plugin in setup.python_plugins)]
    with suppress(OSError):
        return next((path for path in paths if path.stat().st_mtime > max(starts) + PRECISION), None)
    return None


def _last_start(folder: Path | None) -> str:
    """Return the end of the newest log, from the last start on; "" if there is none, or if this account may not read it."""
    try:
        newest = newest_log(folder) if folder is not None else None
        if newest is None:
            return ""
        with newest.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - END))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return text[max(text.rfind(STARTED), 0) :]
