# SPDX-License-Identifier: GPL-3.0-or-later
"""The time that the plugin adds to Orthanc's start, and the memory after it, with a script of a few lines."""

from __future__ import annotations

import re
import time
from datetime import datetime

from bench.model import ESTABLISHED, NONE, OURS, Effort, Goal, Measurement, Results, Series
from bench.processes import resident_size
from bench.subjects import ROOT, Subject

# Orthanc's log has the time to the microsecond, in the local time zone: severity, month, day, time.
STARTED = re.compile(r"^W(\d{4} \d\d:\d\d:\d\d\.\d+) .*Orthanc has started$", re.MULTILINE)
NO_WORSE = (Goal("at most", 1, ESTABLISHED),)


def started_at(log: str, now: datetime) -> float:
    """The time of a start that Orthanc has logged, as time.time() gives it."""
    found = STARTED.search(log)
    if found is None:
        raise ValueError("the log has no start")
    moment = datetime.strptime(f"{now.year}{found[1]}", "%Y%m%d %H:%M:%S.%f")
    if moment > now:  # begun in the last year
        moment = moment.replace(year=now.year - 1)
    return moment.timestamp()


class Start(Measurement):
    name = "start"
    title = "Start with samples/hello.py"
    subjects = (OURS, ESTABLISHED, NONE)
    series = (
        Series("time", "Orthanc's start", "ms"),
        Series("time above", "  more than without a plugin", "ms", NO_WORSE, source="time", above=NONE),
        Series("memory", "resident size of the server", "MB"),
        Series("memory above", "  more than without a plugin", "MB", NO_WORSE, source="memory", above=NONE),
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        server = subject.server(ROOT / "samples" / "hello.py")
        before = time.time()
        with server:
            results.add("time", subject.name, (started_at(server.log(), datetime.now()) - before) * 1000)
            results.add("memory", subject.name, resident_size(server.pid))
