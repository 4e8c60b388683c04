# SPDX-License-Identifier: GPL-3.0-or-later
"""The cost of watching the scripts: the rate of a REST callback without metrics, and with the dashboard off, on, and open.

The page is asked for what its JavaScript asks for, as often.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.load import load
from bench.model import OURS, Effort, Goal, Measurement, Results, Series
from bench.subjects import SCRIPTS, Subject
from orthanc_python import OrthancServer

CONNECTIONS = 8
PERIOD = 2.0  # seconds, as PERIOD of src/plugin/dashboard/page/main.js
ASKED = ("/python/status?history=true", "/python/log?since=0", "/python/jobs")
UNSEEN: dict[str, Any] = {"Python": {"Metrics": False, "SlowCallback": 0}}
OFF: dict[str, Any] = {"Python": {"SlowCallback": 0}}
ON: dict[str, Any] = {"Python": {"Dashboard": True}}


@contextmanager
def open_page(server: OrthancServer) -> Iterator[None]:
    """Ask for the page's data again and again, in a thread."""
    closed = threading.Event()
    errors: list[Exception] = []

    def ask() -> None:
        try:
            while True:
                for path in ASKED:
                    server.get(path)
                if closed.wait(PERIOD):
                    return
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
        script = SCRIPTS / "rest_callback.py"
        rates = {}
        for key, configuration in (("unseen", UNSEEN), ("off", OFF), ("defaults", {}), ("on", ON)):
            with subject.server(script, configuration) as server:
                url = f"{server.url}/bench"
                load(url, CONNECTIONS, 1)
                rates[key] = load(url, CONNECTIONS, effort.seconds).rate
                if key == "on":  # in the same server: one differs from another by more than the page takes
                    with open_page(server):
                        rates["open"] = load(url, CONNECTIONS, effort.seconds).rate
        for key, rate in rates.items():
            results.add(key, subject.name, rate)
        results.add("metrics share", subject.name, rates["off"] / rates["unseen"])
        results.add("defaults share", subject.name, rates["defaults"] / rates["off"])
        results.add("open share", subject.name, rates["open"] / rates["on"])
