# SPDX-License-Identifier: GPL-3.0-or-later
"""A REST callback that answers 3 bytes: rate, latency, and the server's processor time.

With one connection, client and server wait for each other, and the rate may be that of waking up an idle core, whatever the
plugin does; so that case is also measured with both of them on one core, where nothing has to wake up.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.load import load, percentile
from bench.model import ESTABLISHED, PLAIN, Effort, Goal, Measurement, Results, Series
from bench.processes import on_cores, processor_time
from bench.subjects import SCRIPTS, Subject

PERCENTILES = (50, 90, 99, 99.9)


@dataclass(frozen=True)
class Condition:
    title: str
    connections: int
    one_core: bool
    share_of_plain: float  # of the plain C plugin's rate that is the goal


CONDITIONS = (
    Condition("1 connection", 1, False, 0.75),
    Condition("8 connections", 8, False, 0.9),
    Condition("1 connection, one core", 1, True, 0.75),
)


def _series(condition: Condition) -> list[Series]:
    title = condition.title
    rate_goals = (Goal("at least", 2, ESTABLISHED), Goal("at least", condition.share_of_plain, PLAIN))
    no_worse = (Goal("at most", 1, ESTABLISHED),)
    return [
        Series(f"{title}: rate", title, "requests/s", rate_goals),
        Series(f"{title}: processor", f"{title}: processor/request", "µs", no_worse),
        *(Series(f"{title}: p{each:g}", f"{title}: latency p{each:g}", "µs", no_worse) for each in PERCENTILES),
    ]


class RestCallback(Measurement):
    name = "rest"
    title = "REST callback that answers 3 bytes"
    series = tuple(series for condition in CONDITIONS for series in _series(condition))

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        with subject.server(SCRIPTS / "rest_callback.py") as server:
            url = f"{server.url}/bench"
            load(url, max(condition.connections for condition in CONDITIONS), 1)  # every thread of Orthanc's has been used once
            for condition in CONDITIONS:
                with on_cores(server.pid, condition.one_core):
                    before = processor_time(server.pid)
                    done = load(url, condition.connections, effort.seconds)
                    cost = (processor_time(server.pid) - before) / done.requests * 1e6
                results.add(f"{condition.title}: rate", subject.name, done.rate)
                results.add(f"{condition.title}: processor", subject.name, cost)
                for each in PERCENTILES:
                    results.add(f"{condition.title}: p{each:g}", subject.name, percentile(done.latencies, each))
                results.add_histogram(condition.title, subject.name, done.latencies)
