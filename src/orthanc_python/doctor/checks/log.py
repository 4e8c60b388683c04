# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the log of the service's last start. Shows where the log is, and how the service is started again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from orthanc_python.command import as_root
from orthanc_python.doctor.finding import Finding, ok, warning
from orthanc_python.doctor.setup import Setup
from orthanc_python.server.orthanc_log import ENDED, STARTED, first_error
from orthanc_python.service import restart_command
from orthanc_python.service.model import newest_log

END = 200_000  # bytes: a log may be large, and an Orthanc that does not start writes little


def check_log(setup: Setup) -> Iterator[Finding]:
    service = setup.service
    if service is None:
        return
    subject = f"service {service.name}"
    restart = restart_command(service) or "end Orthanc and start it again"
    log = as_root(service.show_log) if service.show_log else ""
    last = _last_start(service.log_folder)
    if ENDED in last:
        error = " ".join(first_error(last)[:1]).partition("] ")[2]
        yield warning(subject, f"Orthanc did not start the last time: {error}", f"{restart}, when the cause is mended; {log}")
    else:
        yield ok(subject, f"restart: {restart}" + (f"; log: {log}" if log else ""))


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
