# SPDX-License-Identifier: GPL-3.0-or-later
"""How long another route waits: while one callback computes in pure Python or in numpy for a second at a time, and while the
listener of changes sleeps.

CPython lets another thread in after its switch interval of 5 ms (`sys.setswitchinterval`), each time that thread asks for the
GIL: once when a callback begins, and once when its call of the SDK returns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from bench.load import answer_of, load, percentile
from bench.measurements.uploads import instances
from bench.model import ESTABLISHED, OURS, Effort, Goal, Measurement, Results, Series
from bench.subjects import SCRIPTS, Subject
from orthanc_python import OrthancServer

SWITCH_INTERVAL = 5.0  # ms
ASKED = 2  # times a callback
SHARE = 1.2  # of what the interval makes unavoidable
AT_MOST = (Goal("at most", SHARE * ASKED * SWITCH_INTERVAL), Goal("at most", 1, ESTABLISHED))
NEW_INSTANCES = 0.2  # seconds between those that the sleeping listener is told of
KINDS = {"python": "a callback computes in Python", "numpy": "a callback computes in numpy", "listener": "a listener sleeps"}


class OthersWait(Measurement):
    name = "others-wait"
    title = "Another route while one callback keeps busy for 1 s at a time"
    subjects = (OURS, ESTABLISHED)
    most_rounds = 3
    series = tuple(
        series
        for kind, title in KINDS.items()
        for series in (
            Series(f"{kind}: p50", f"{title}: latency p50", "ms"),
            Series(f"{kind}: p99", f"{title}: latency p99", "ms", AT_MOST),
        )
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        for kind in KINDS:
            with subject.server(SCRIPTS / "others_wait.py") as server:
                load(f"{server.url}/bench", 1, 1)
                with _Repeated(_busy(server, kind)):
                    latencies = load(f"{server.url}/bench", 1, effort.seconds).latencies
                for percent in (50, 99):
                    results.add(f"{kind}: p{percent}", subject.name, percentile(latencies, percent) / 1000)


def _busy(server: OrthancServer, kind: str) -> Callable[[threading.Event], None]:
    """Return what keeps the server busy for a while, and ends early at the event where it waits."""
    if kind == "listener":
        files = instances(1000)

        def upload(ended: threading.Event) -> None:
            server.upload(next(files))
            ended.wait(NEW_INSTANCES)

        return upload

    def ask(_: threading.Event) -> None:
        answer_of(server, f"/{kind}")

    return ask


class _Repeated:
    """Does something again and again, in a thread, for the length of a scope. Raises what it has raised."""

    def __init__(self, work: Callable[[threading.Event], None]) -> None:
        self.work = work
        self.ended = threading.Event()
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        try:
            while not self.ended.is_set():
                self.work(self.ended)
        except Exception as error:  # it belongs to the thread that measures
            self.error = error

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()
        if self.error is not None:
            raise self.error
