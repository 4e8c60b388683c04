# SPDX-License-Identifier: GPL-3.0-or-later
"""The cost of watching the scripts: the rate of a REST callback without metrics, and with the dashboard off, on, and open.

The page is asked for what its JavaScript asks for, as often. The servers run side by side and are loaded in
turn, in another order each time, so that whatever else the machine does falls on all configurations alike.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from statistics import mean
from typing import Any

from bench.load import answer_of, load
from bench.model import OURS, Effort, Goal, Measurement, Results, Series, in_turn
from bench.subjects import SCRIPTS, Subject
from orthanc_python import OrthancServer

CONNECTIONS = 8
PERIOD = 2  # seconds, as PERIOD of src/plugin/dashboard/page/main.js
ASKED = ("/python/status?history=true", "/python/log?since=0", "/python/jobs")
UNSEEN: dict[str, Any] = {"Python": {"Metrics": False, "SlowCallback": 0}}
OFF: dict[str, Any] = {"Python": {"SlowCallback": 0}}
ON: dict[str, Any] = {"Python": {"Dashboard": True}}
CONFIGURATIONS: dict[str, dict[str, Any]] = {"unseen": UNSEEN, "off": OFF, "defaults": {}, "on": ON}


@contextmanager
def open_page(server: OrthancServer) -> Iterator[None]:
    """Ask for the page's data in the middle of each period, in a thread."""
    closed = threading.Event()
    errors: list[Exception] = []

    def ask() -> None:
        try:
            wait = PERIOD / 2
            while not closed.wait(wait):
                for path in ASKED:
                    answer_of(server, path)
                wait = PERIOD
        except Exception as error:
            errors.append(error)

    page = threading.Thread(target=ask)
    page.start()
    try:
        yield
    finally:
        closed.set()
        page.join()
    if errors:
        raise errors[0]


def measure_in_turn(servers: Mapping[str, OrthancServer], slices: int, first: int) -> dict[str, float]:
    """Return the rate of each server, as the mean of slices of a period of the page. Each slice has another order."""
    rates: dict[str, list[float]] = {key: [] for key in servers}
    for turn in range(slices):
        for key in in_turn([*CONFIGURATIONS, "open"], first + turn):
            with open_page(servers[key]) if key == "open" else nullcontext():
                rates[key].append(load(f"{servers[key].url}/bench", CONNECTIONS, PERIOD).rate)
    return {key: mean(values) for key, values in rates.items()}


class Dashboard(Measurement):
    name = "dashboard"
    title = "REST callback while the scripts are watched"
    subjects = (OURS,)
    series = (
        Series("unseen", "no metrics, no warnings of slow callbacks", "requests/s"),
        Series("off", "no warnings of slow callbacks, no dashboard", "requests/s"),
        Series("defaults", "the defaults", "requests/s"),
        Series("on", "the dashboard, not looked at", "requests/s"),
        Series("open", "the dashboard, open in a browser", "requests/s"),
        Series("metrics share", "metrics, in parts of the first", "", (Goal("at least", 0.98),)),
        Series("defaults share", "the defaults, in parts of the second", "", (Goal("at least", 0.98),)),
        Series("open share", "the dashboard open, in parts of the same not looked at", "", (Goal("at least", 0.95),)),
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        with ExitStack() as scope:
            servers: dict[str, OrthancServer] = {}
            done = len(results.samples.get("on", {}).get(subject.name, ()))  # rounds
            for key in in_turn(list(CONFIGURATIONS), done):
                servers[key] = scope.enter_context(subject.server(SCRIPTS / "rest_callback.py", CONFIGURATIONS[key]))
                load(f"{servers[key].url}/bench", CONNECTIONS, 1)
            servers["open"] = servers["on"]  # one server differs from another by more than the page takes
            rates = measure_in_turn(servers, effort.seconds, done)
        for key, rate in rates.items():
            results.add(key, subject.name, rate)
        results.add("metrics share", subject.name, rates["off"] / rates["unseen"])
        results.add("defaults share", subject.name, rates["defaults"] / rates["off"])
        results.add("open share", subject.name, rates["open"] / rates["on"])
