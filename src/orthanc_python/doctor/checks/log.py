# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks whether the service runs, by its present configuration, and the log of its last start. Shows how to restart it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from orthanc_python.command import as_root
from orthanc_python.doctor.finding import Finding, ok, problem, warning
from orthanc_python.doctor.regular_file import open_regular
from orthanc_python.doctor.setup import Setup
from orthanc_python.libraries.file_names import plugin_for, plugins_beside
from orthanc_python.libraries.library import Kind
from orthanc_python.server.orthanc_log import ENDED, STARTED, first_error
from orthanc_python.service import Manager, Service, restart_command, start_command, systemd_runs
from orthanc_python.service.model import newest_log
from orthanc_python.service.process import has_failed, processes_of, start_of

END = 200_000  # bytes: a log may be large, and an Orthanc that does not start writes little
LINE = 1000  # bytes, of the first one of a log
PRECISION = 2.0  # seconds, of the start of a process: Linux gives that of the machine in whole seconds


def check_log(setup: Setup) -> Iterator[Finding]:
    service = setup.service
    if service is None:
        return
    subject = f"service {service.name}"
    restart = restart_command(service) or "end Orthanc and start it again"
    log = f"; log: {as_root(service.show_log)}" if service.show_log else ""
    last = _last_start(service.log_folder)
    processes = processes_of(service)
    if ENDED in last:
        text = "Orthanc did not start the last time: " + " ".join(first_error(last)[:1]).partition("] ")[2]
        fix = f"{restart}, when the cause is mended{log}"
        if processes == []:
            yield problem(subject, text, fix)
        else:
            yield warning(subject, text, fix)
    elif processes == []:
        start = _how_to_start(service)
        if has_failed(service):
            yield problem(subject, "Orthanc has failed", f"{start}, when the cause is mended{log}")
        else:
            yield warning(subject, "Orthanc is not running", f"{start}{log}")
    elif newer := _first_newer(_plugins(setup), processes or []):
        yield warning(subject, f"{newer} is newer than the running Orthanc", f"restart Orthanc: {restart}")
    elif not (was_reset := _was_reset(service.log_folder)) and (newer := _first_newer(_files(setup), processes or [])):
        unless = ", unless /tools/reset was called since" if was_reset is None else ""
        yield warning(subject, f"{newer} is newer than the running Orthanc", f"restart Orthanc{unless}: {restart}")
    else:
        yield ok(subject, f"restart: {restart}{log}")


def _how_to_start(service: Service) -> str:
    if service.manager is Manager.SYSTEMD and not systemd_runs():
        how = restart_command(service)
        return f"start: {how.removesuffix('restart')}start" if how else "start it as this machine does"
    return f"start: {start_command(service)}"


def _files(setup: Setup) -> list[Path]:
    return [file.path for file in setup.configuration.files]


def _plugins(setup: Setup) -> Iterator[Path]:
    """Yield the Python plugins, with those that a loader opens: that of the interpreter, or all if it is not known."""
    for library in setup.python_plugins:
        yield library.path
        if library.kind is Kind.LOADER:
            loader = library.path.resolve()  # Orthanc opens what a link leads to
            yield from [plugin_for(loader, setup.interpreter.version)] if setup.interpreter else plugins_beside(loader)


def _first_newer(paths: Iterable[Path], processes: list[int]) -> Path | None:
    """Return the first file that was written after the start of the service. A time in the future tells nothing."""
    judged = [number for number in processes if number != 1]  # an entrypoint may have written the files, and become Orthanc
    starts = [start for start in map(start_of, judged) if start is not None]
    if not starts:
        return None
    now = time.time()
    return next((path for path in paths if max(starts) + PRECISION < _written(path) <= now), None)


def _written(path: Path) -> float:
    """Return when a file was written, in seconds since 1970; 0 if that is not known."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _was_reset(folder: Path | None) -> bool | None:
    """Return whether Orthanc has read its configuration again in the same process; None if its log does not tell.

    After /tools/reset and SIGHUP it begins another log, without its version. A file that was changed after a reset is not
    reported, because the time of the reset is not known.
    """
    try:
        with _open_newest(folder) as file:
            first = file.readline(LINE)
    except OSError:
        return None
    return STARTED.encode() not in first if first.strip(b"\0\r\n") else None


def _last_start(folder: Path | None) -> str:
    """Return the end of the newest log, from the last start on; "" if there is none, or if this account may not read it."""
    try:
        with _open_newest(folder) as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - END))
            text = (file.read(END) or b"").decode("utf-8", errors="replace")
    except OSError:
        return ""
    return text[max(text.rfind(STARTED), 0) :]


def _open_newest(folder: Path | None) -> BinaryIO:
    newest = newest_log(folder) if folder is not None else None
    if newest is None:
        raise FileNotFoundError
    return open_regular(newest)  # Orthanc's account owns the folder, and root may read it
