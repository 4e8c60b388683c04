# SPDX-License-Identifier: GPL-3.0-or-later
"""Callbacks that keep a processor busy, one at a time and as many at once as there are cores: with a GIL and without."""

from __future__ import annotations

import os

from bench.load import load
from bench.model import FREE_THREADED, OURS, PLAIN, Effort, Goal, Measurement, Results, Series
from bench.subjects import SCRIPTS, Subject

CORES = len(os.sched_getaffinity(0))
SHARE = 0.8  # of the cores that callbacks at once should use
KINDS = {"compute": "Python alone", "call": "2,000 SDK calls each"}


def _series(kind: str, title: str) -> tuple[Series, ...]:
    goal = Goal("at least", SHARE * CORES, subject=FREE_THREADED)
    if kind == "call":  # SDK calls scale as far as Orthanc's own locks allow, as those of the plain C plugin do
        goal = Goal("at least", SHARE, PLAIN, FREE_THREADED)
    return (
        Series(f"{kind}: 1", f"{title}: 1 at a time", "requests/s"),
        Series(f"{kind}: {CORES}", f"{title}: {CORES} at once", "requests/s"),
        Series(f"{kind}: scaling", f"  {CORES} at once over 1 at a time", "times", (goal,)),
    )


class FreeThreading(Measurement):
    name = "free-threading"
    title = "Callbacks that keep a processor busy"
    subjects = (OURS, FREE_THREADED, PLAIN)
    most_rounds = 3
    series = tuple(series for kind, title in KINDS.items() for series in _series(kind, title))

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        with subject.server(SCRIPTS / "processor_bound.py") as server:
            for kind in KINDS if subject.python else ["call"]:
                rates = {}
                for connections in (1, CORES):
                    rates[connections] = load(f"{server.url}/{kind}", connections, effort.seconds).rate
                    results.add(f"{kind}: {connections}", subject.name, rates[connections])
                results.add(f"{kind}: scaling", subject.name, rates[CORES] / rates[1])
