# SPDX-License-Identifier: GPL-3.0-or-later
"""1,000 requests at once whose callback waits for a second: coroutines here, a sleeping function in the established plugin."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

from bench.load import answer_of
from bench.model import ESTABLISHED, OURS, Effort, Goal, Measurement, Results, Series
from bench.processes import peak_size, processor_time, reset_peak, resident_size
from bench.subjects import SCRIPTS, Subject
from orthanc_python import OrthancServer

REQUESTS = 1000
TIMEOUT = 60.0
NO_WORSE = (Goal("at most", 1, ESTABLISHED),)


def ask_at_once(server: OrthancServer, path: str, count: int) -> float:
    """Send `count` requests at once, each on a connection of its own; return the seconds until all are answered."""
    request = f"GET {path} HTTP/1.0\r\n\r\n".encode()
    begin = time.perf_counter()
    with DefaultSelector() as selector:
        for _ in range(count):
            connection = socket.create_connection((server.host, server.http_port), timeout=TIMEOUT)
            connection.sendall(request)
            selector.register(connection, EVENT_READ)
        answered = 0
        while selector.get_map():
            ready = selector.select(TIMEOUT)
            if not ready:
                raise RuntimeError(f"{answered} of {count} requests were answered in {TIMEOUT:g} s")
            for key, _ in ready:
                connection = selector.unregister(key.fileobj).fileobj  # type: ignore[assignment]
                answered += connection.recv(1000).startswith(b"HTTP/1.1 200")
                connection.close()
    if answered != count:
        raise RuntimeError(f"{count - answered} of {count} requests failed")
    return time.perf_counter() - begin


class Waiting(Measurement):
    name = "waiting"
    title = f"{REQUESTS:,} requests at once that wait for 1 s"
    subjects = (OURS, ESTABLISHED)
    most_rounds = 3
    series = (
        Series("time", "until all are answered", "s", NO_WORSE),
        Series("processor", "processor of the server", "s", NO_WORSE),
        Series("memory", "growth of the server's resident size", "MB", NO_WORSE),
        Series("threads", "threads of the server at the end", "threads", NO_WORSE),
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        count = max(10, int(REQUESTS * effort.scale))
        with subject.server(SCRIPTS / "waiting.py", {"HttpThreadsCount": count}) as server:
            answer_of(server, "/wait")
            before, processor = resident_size(server.pid), processor_time(server.pid)
            reset_peak(server.pid)
            results.add("time", subject.name, ask_at_once(server, "/wait", count))
            results.add("processor", subject.name, processor_time(server.pid) - processor)
            results.add("memory", subject.name, peak_size(server.pid) - before)
            results.add("threads", subject.name, len(list(Path(f"/proc/{server.pid}/task").iterdir())))
