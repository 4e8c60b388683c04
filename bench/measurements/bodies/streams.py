# SPDX-License-Identifier: GPL-3.0-or-later
"""2 GB through a chunked route, up and down: the memory stays flat. No other plugin for Python has such routes."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator

from bench.model import OURS, Effort, Goal, Measurement, Results, Series
from bench.processes import MEGABYTE, peak_size, reset_peak, resident_size
from bench.subjects import SCRIPTS, Subject
from orthanc_python import OrthancServer

SIZE = 2000  # MB
FLAT = (Goal("at most", 20),)


def _parts(count: int) -> Iterator[bytes]:
    part = bytes(MEGABYTE)
    for _ in range(count):
        yield part


def upload(server: OrthancServer, megabytes: int) -> int:
    """Send a body in chunks; return the size that the route has counted."""
    connection = http.client.HTTPConnection(server.host, server.http_port, timeout=600)
    try:
        connection.request("PUT", "/upload", _parts(megabytes), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        return int(connection.getresponse().read())
    finally:
        connection.close()


def download(server: OrthancServer, megabytes: int) -> int:
    """Read an answer part by part; return its size."""
    connection = http.client.HTTPConnection(server.host, server.http_port, timeout=600)
    try:
        connection.request("GET", f"/download?size={megabytes}")
        answer = connection.getresponse()
        return sum(len(part) for part in iter(lambda: answer.read(MEGABYTE), b""))
    finally:
        connection.close()


class Streams(Measurement):
    name = "streams"
    title = f"{SIZE / 1000:g} GB through chunked routes"
    subjects = (OURS,)
    most_rounds = 2
    series = (
        Series("upload: rate", "received", "MB/s"),
        Series("upload: memory", "  growth of the server", "MB", FLAT),
        Series("download: rate", "answered", "MB/s"),
        Series("download: memory", "  growth of the server", "MB", FLAT),
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        megabytes = max(10, int(SIZE * effort.scale))
        with subject.server(SCRIPTS / "bodies" / "streams.py") as server:
            kinds = {"upload": upload}
            if server.get("/can-stream").text == "True":
                kinds["download"] = download
            else:
                results.note("This Orthanc cannot stream answers: 1.12.6 or later can.")
            for kind, transfer in kinds.items():
                transfer(server, 1)
                before = resident_size(server.pid)
                reset_peak(server.pid)
                begin = time.perf_counter()
                if transfer(server, megabytes) != megabytes * MEGABYTE:
                    raise RuntimeError(f"the {kind} is incomplete")
                results.add(f"{kind}: rate", subject.name, megabytes / (time.perf_counter() - begin))
                results.add(f"{kind}: memory", subject.name, peak_size(server.pid) - before)
