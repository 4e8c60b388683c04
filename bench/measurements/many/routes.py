# SPDX-License-Identifier: GPL-3.0-or-later
"""A script with 1 to 2,000 routes: its start, its memory, and requests to the first and the last route."""

from __future__ import annotations

import time
from datetime import datetime

from bench.load import load
from bench.measurements.start import started_at
from bench.model import ESTABLISHED, OURS, Effort, Goal, Measurement, Results, Series
from bench.processes import resident_size
from bench.subjects import SCRIPTS, Subject

ROUTES = (1, 10, 100, 1000, 2000)
CONNECTIONS = 4
NO_WORSE = (Goal("at most", 1, ESTABLISHED),)
NO_SLOWER = (Goal("at least", 1, ESTABLISHED),)


def _series(count: int) -> tuple[Series, ...]:
    routes = f"{count:,} routes"
    return (
        Series(f"{count}: start", f"{routes}: Orthanc's start", "ms", NO_WORSE),
        Series(f"{count}: memory", f"{routes}: resident size of the server", "MB", NO_WORSE),
        Series(f"{count}: first", f"{routes}: the first, {CONNECTIONS} connections", "requests/s", NO_SLOWER),
        Series(f"{count}: last", f"{routes}: the last", "requests/s", NO_SLOWER),
    )


class ManyRoutes(Measurement):
    name = "many-routes"
    title = f"{ROUTES[0]} to {ROUTES[-1]:,} routes"
    subjects = (OURS, ESTABLISHED)
    most_rounds = 3
    series = tuple(series for count in ROUTES for series in _series(count))

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        for count in ROUTES:
            server = subject.server(SCRIPTS / "many_routes.py", {"Bench": {"Routes": count}})
            before = time.time()
            with server:
                results.add(f"{count}: start", subject.name, (started_at(server.log(), datetime.now()) - before) * 1000)
                results.add(f"{count}: memory", subject.name, resident_size(server.pid))
                for place, number in (("first", 0), ("last", count - 1)):
                    path = f"/many/{number}/x"
                    if server.get(path).text != str(number):
                        raise RuntimeError(f"{subject.name} answers {path} by another route")
                    rate = load(f"{server.url}{path}", CONNECTIONS, effort.seconds).rate
                    results.add(f"{count}: {place}", subject.name, rate)
