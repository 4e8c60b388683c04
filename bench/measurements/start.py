# SPDX-License-Identifier: GPL-3.0-or-later
"""The time that the plugin adds to Orthanc's start, and the memory after it: with a script of a few lines, and with one that
imports numpy and pydicom."""

from __future__ import annotations

import re
import time
from datetime import datetime

from bench.model import ESTABLISHED, NONE, OURS, Effort, Goal, Measurement, Results, Series
from bench.processes import resident_size
from bench.subjects import ROOT, SCRIPTS, Subject

# Orthanc's log has the time to the microsecond, in the local time zone: severity, month, day, time.
STARTED = re.compile(r"^W(\d{4} \d\d:\d\d:\d\d\.\d+) .*Orthanc has started$", re.MULTILINE)
SCRIPT = {"": ROOT / "samples" / "hello.py", "packages: ": SCRIPTS / "packages.py"}
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


def _series(kind: str, what: str) -> tuple[Series, ...]:
    return (
        Series(f"{kind}time", f"{what}Orthanc's start", "ms"),
        Series(f"{kind}time above", "  more than without a plugin", "ms", NO_WORSE, source=f"{kind}time", above=NONE),
        Series(f"{kind}memory", f"{what}resident size of the server", "MB"),
        Series(f"{kind}memory above", "  more than without a plugin", "MB", NO_WORSE, source=f"{kind}memory", above=NONE),
    )


class Start(Measurement):
    name = "start"
    title = "Start with samples/hello.py, and with a script that imports numpy and pydicom"
    subjects = (OURS, ESTABLISHED, NONE)
    series = (*_series("", ""), *_series("packages: ", "numpy and pydicom: "))

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        for kind, script in SCRIPT.items():
            server = subject.server(script)
            before = time.time()
            with server:
                results.add(f"{kind}time", subject.name, (started_at(server.log(), datetime.now()) - before) * 1000)
                results.add(f"{kind}memory", subject.name, resident_size(server.pid))
