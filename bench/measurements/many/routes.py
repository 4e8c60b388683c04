# SPDX-License-Identifier: GPL-3.0-or-later
"""A script with 2,000 routes: its start, its memory, and requests to the first and the last route."""

from __future__ import annotations

import time
from datetime import datetime

from bench.load import load
from bench.measurements.start import started_at
from bench.model import ESTABLISHED, OURS, Effort, Goal, Measurement, Results, Series
from bench.processes import resident_size
from bench.subjects import SCRIPTS, Subject

ROUTES = 2000  # as in the script
CONNECTIONS = 4
NO_WORSE = (Goal("at most", 1, ESTABLISHED),)
NO_SLOWER = (Goal("at least", 1, ESTABLISHED),)


class ManyRoutes(Measurement):
    name = "many-routes"
    title = f"{ROUTES:,} routes"
    subjects = (OURS, ESTABLISHED)
    most_rounds = 3
    series = (
        Series("start", "Orthanc's start", "ms", NO_WORSE),
        Series("memory", "resident size of the server", "MB", NO_WORSE),
        Series("first", f"the first route, {CONNECTIONS} connections", "requests/s", NO_SLOWER),
        Series("last", "the last route", "requests/s", NO_SLOWER),
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        server = subject.server(SCRIPTS / "many_routes.py")
        before = time.time()
        with server:
            results.add("start", subject.name, (started_at(server.log(), datetime.now()) - before) * 1000)
            results.add("memory", subject.name, resident_size(server.pid))
            for place, number in (("first", 0), ("last", ROUTES - 1)):
                path = f"/many/{number}/x"
                if server.get(path).text != str(number):
                    raise RuntimeError(f"{subject.name} answers {path} by another route")
                results.add(place, subject.name, load(f"{server.url}{path}", CONNECTIONS, effort.seconds).rate)
