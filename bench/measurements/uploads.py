# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads over HTTP with each kind of listener."""

from __future__ import annotations

import http.client
import io
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pydicom
from pydicom.data import get_testdata_file

from bench.model import DATABASES, ESTABLISHED, NONE, OURS, Effort, Goal, Measurement, Results, Series, each_database
from bench.processes import processor_time
from bench.subjects import SCRIPTS, Subject
from orthanc_python import OrthancServer

CONNECTIONS = 4
INSTANCES = 400
LISTENERS = {
    "change": "changes",
    "stored": "stored instances",
    "received": "received instances",
    "pydicom": "received instances, each read by pydicom",
    "request": "filter of requests",
}
TIMEOUT = 30.0  # seconds until the listener was told of every upload
AS_CHEAP = (Goal("at most", 1, ESTABLISHED),)
AS_FAST = (Goal("at least", 1, ESTABLISHED), Goal("at least", 0.9, NONE))


def instances(count: int) -> Iterator[bytes]:
    """Make files of one series, each with a UID of its own."""
    content = io.BytesIO()
    dataset = pydicom.dcmread(str(get_testdata_file("CT_small.dcm")))
    dataset.save_as(content)
    uid = dataset.SOPInstanceUID.encode()
    for number in range(100_000, 100_000 + count):
        yield content.getvalue().replace(uid, f"1.2.3.{number}".ljust(len(uid), "0").encode())


def upload(server: OrthancServer, files: Sequence[bytes]) -> None:
    """Upload files one after the other on one connection. Raise RuntimeError if one is refused."""
    connection = http.client.HTTPConnection(server.host, server.http_port, timeout=60)
    try:
        for file in files:
            connection.request("POST", "/instances", file)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or b"Success" not in body:
                raise RuntimeError(f"Orthanc refuses an upload: {answer.status} {body.decode(errors='replace')}")
    finally:
        connection.close()


def wait_for_listener(server: OrthancServer, count: int, name: str) -> None:
    end = time.monotonic() + TIMEOUT
    while (heard := int(server.get("/heard").text)) != count:
        if time.monotonic() > end:
            raise RuntimeError(f"{name} was told of {heard} of {count} uploads")
        time.sleep(0.02)


class Uploads(Measurement):
    name = "uploads"
    title = f"Uploads of 40 kB over HTTP on {CONNECTIONS} connections, with a listener of each kind"
    subjects = (OURS, ESTABLISHED, NONE)
    databases = DATABASES
    most_rounds = 3
    series = each_database(
        *(
            series
            for listener, title in LISTENERS.items()
            for series in (
                Series(f"{listener}: rate", title, "instances/s", AS_FAST),
                Series(f"{listener}: processor", f"{title}, processor/instance", "ms", AS_CHEAP),
            )
        )
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        files = list(instances(max(2 * CONNECTIONS, int(INSTANCES * effort.scale))))
        for listener in LISTENERS:
            self._measure(subject, listener, files, results)

    def _measure(self, subject: Subject, listener: str, files: Sequence[bytes], results: Results) -> None:
        database = subject.database.name
        with (
            subject.server(SCRIPTS / "uploads.py", {"Bench": {"Listener": listener}}) as server,
            ThreadPoolExecutor(CONNECTIONS) as clients,
        ):
            upload(server, files[:1])
            before, begin = processor_time(server.pid), time.perf_counter()
            parts = [files[1:][first::CONNECTIONS] for first in range(CONNECTIONS)]
            list(clients.map(lambda part: upload(server, part), parts))
            seconds = time.perf_counter() - begin
            if subject.python:
                wait_for_listener(server, len(files), f"{subject.name} with {database}, {LISTENERS[listener]},")
            processor = processor_time(server.pid) - before
            measured = len(files) - 1
            results.add(f"{database}: {listener}: rate", subject.name, measured / seconds)
            results.add(f"{database}: {listener}: processor", subject.name, processor / measured * 1000)
