# SPDX-License-Identifier: GPL-3.0-or-later
"""A REST callback that answers 3 bytes, asked on 1 to 64 connections at once."""

from __future__ import annotations

from bench.load import load
from bench.model import ESTABLISHED, Effort, Goal, Measurement, Results, Series
from bench.subjects import SCRIPTS, Subject

CONNECTIONS = (1, 2, 4, 8, 16, 32, 64)
NO_SLOWER = (Goal("at least", 1, ESTABLISHED),)


class ManyConnections(Measurement):
    name = "many-connections"
    title = f"{CONNECTIONS[0]} to {CONNECTIONS[-1]} connections"
    most_rounds = 3
    series = tuple(Series(f"{count}: rate", f"{count} connections", "requests/s", NO_SLOWER) for count in CONNECTIONS)

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        # Orthanc serves a connection by a thread for as long as it lasts.
        with subject.server(SCRIPTS / "rest_callback.py", {"HttpThreadsCount": 2 * CONNECTIONS[-1]}) as server:
            url = f"{server.url}/bench"
            load(url, CONNECTIONS[-1], 1)  # every thread of Orthanc's has been used once
            for count in CONNECTIONS:
                results.add(f"{count}: rate", subject.name, load(url, count, effort.seconds).rate)
