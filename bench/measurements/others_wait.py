# SPDX-License-Identifier: GPL-3.0-or-later
"""How long another route waits while one callback computes in pure Python for a second at a time.

CPython lets another thread in after its switch interval of 5 ms (`sys.setswitchinterval`), each time that thread asks for the
GIL: once when a callback begins, and once when its call of the SDK returns.
"""

from __future__ import annotations

import threading

from bench.load import load, percentile
from bench.model import ESTABLISHED, OURS, Effort, Goal, Measurement, Results, Series
from bench.subjects import SCRIPTS, Subject
from orthanc_python import OrthancServer

SWITCH_INTERVAL = 5.0  # ms
ASKED = 2  # times a callback
SHARE = 1.2  # of what the interval makes unavoidable


class OthersWait(Measurement):
    name = "others-wait"
    title = "Another route while a callback computes for 1 s"
    subjects = (OURS, ESTABLISHED)
    most_rounds = 3
    series = (
        Series("p50", "latency p50", "ms"),
        Series("p99", "latency p99", "ms", (Goal("at most", SHARE * ASKED * SWITCH_INTERVAL), Goal("at most", 1, ESTABLISHED))),
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        with subject.server(SCRIPTS / "others_wait.py") as server:
            load(f"{server.url}/bench", 1, 1)
            with _computing(server):
                latencies = load(f"{server.url}/bench", 1, effort.seconds).latencies
            for percent in (50, 99):
                results.add(f"p{percent}", subject.name, percentile(latencies, percent) / 1000)


class _computing:
    """Keeps requests to /compute coming, one at a time, for the length of a scope."""

    def __init__(self, server: OrthancServer) -> None:
        self.server = server
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        while not self.ended.is_set():
            self.server.get("/compute")

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()
