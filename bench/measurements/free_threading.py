# SPDX-License-Identifier: GPL-3.0-or-later
"""With a GIL and without: callbacks that keep a processor busy, one at a time and as many at once as there are cores, and the
rate of a REST callback that answers 3 bytes, on as many connections as its measurement has with a GIL."""

from __future__ import annotations

import os

from bench.load import load
from bench.model import FREE_THREADED, OURS, PLAIN, Effort, Goal, Measurement, Results, Series
from bench.subjects import SCRIPTS, Subject

CORES = len(os.sched_getaffinity(0))
SHARE = 0.8  # of the cores that callbacks at once should use
CONNECTIONS = 8
REST_SHARE = 0.95  # of the plain C plugin's rate
KINDS = {"compute": "Python alone", "call": "2,000 SDK calls each"}


def _series(kind: str, title: str, cores: int) -> tuple[Series, ...]:
    one = Series(f"{kind}: 1", f"{title}: 1 at a time", "requests/s")
    if cores == 1:  # nothing can scale
        return (one,)
    goal = Goal("at least", SHARE * cores, subject=FREE_THREADED)
    if kind == "call":  # SDK calls scale as far as Orthanc's own locks allow, as those of the plain C plugin do
        goal = Goal("at least", SHARE, PLAIN, FREE_THREADED)
    return (
        one,
        Series(f"{kind}: {cores}", f"{title}: {cores} at once", "requests/s"),
        Series(f"{kind}: scaling", f"  {cores} at once over 1 at a time", "times", (goal,)),
    )


def all_series(cores: int) -> tuple[Series, ...]:
    """Return the series on a machine of so many cores."""
    goal = Goal("at least", REST_SHARE, PLAIN, FREE_THREADED)
    return (
        *(series for kind, title in KINDS.items() for series in _series(kind, title, cores)),
        Series("rest", f"3 bytes on {CONNECTIONS} connections", "requests/s", (goal,)),
    )


class FreeThreading(Measurement):
    name = "free-threading"
    title = "Callbacks without a GIL"
    subjects = (OURS, FREE_THREADED, PLAIN)
    most_rounds = 3
    series = all_series(CORES)

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        with subject.server(SCRIPTS / "processor_bound.py") as server:
            for kind in KINDS if subject.python else ["call"]:
                rates = {}
                for connections in sorted({1, CORES}):
                    rates[connections] = load(f"{server.url}/{kind}", connections, effort.seconds).rate
                    results.add(f"{kind}: {connections}", subject.name, rates[connections])
                if CORES > 1:
                    results.add(f"{kind}: scaling", subject.name, rates[CORES] / rates[1])
        with subject.server(SCRIPTS / "rest_callback.py") as server:
            load(f"{server.url}/bench", CONNECTIONS, 1)  # every thread of Orthanc's has been used once
            results.add("rest", subject.name, load(f"{server.url}/bench", CONNECTIONS, effort.seconds).rate)
