# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies of 200 MB: how often they are in memory, and whether other callbacks have to wait."""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
from collections.abc import Callable
from statistics import median

import pydicom
from pydicom.data import get_testdata_file

from bench.model import ESTABLISHED, OURS, PLAIN, Effort, Goal, Measurement, Results, Series
from bench.processes import MEGABYTE, peak_size, reset_peak, resident_size
from bench.subjects import SCRIPTS, Subject
from orthanc_python import OrthancServer

SIZE = 200 * MEGABYTE
SLOW_READ = 2.0  # seconds that the slow client takes for its answer
NO_STALL = 50.0  # ms
METHODS = {"GetInstanceData": 1.05, "GetInstanceDataView": 0.05}  # and how many copies each may make
NO_WORSE = (Goal("at most", 1, ESTABLISHED),)


def _instance_series(method: str, copies: float) -> tuple[Series, Series]:
    return (
        Series(f"{method}: copies", f"DicomInstance.{method}: memory", "files", (Goal("at most", copies),)),
        Series(f"{method}: time", f"DicomInstance.{method}: time", "ms", NO_WORSE if method == "GetInstanceData" else ()),
    )


def dicom_file(size: int) -> bytes:
    """A DICOM file whose pixels have about this size."""
    dataset = pydicom.dcmread(str(get_testdata_file("CT_small.dcm")))
    dataset.Columns = 10_000
    dataset.Rows = size // 2 // dataset.Columns
    dataset.PixelData = bytes(dataset.Rows * dataset.Columns * 2)
    content = io.BytesIO()
    pydicom.dcmwrite(content, dataset)
    return content.getvalue()


def copies(server: OrthancServer, size: int, request: Callable[[], object]) -> float:
    """By how many times the size of the body the server grows while it serves the request."""
    before = resident_size(server.pid)
    reset_peak(server.pid)
    request()
    return (peak_size(server.pid) - before) * MEGABYTE / size


def read_slowly(server: OrthancServer, path: str, size: int, seconds: float, begun: threading.Event) -> int:
    """Take an answer as a client on a slow line does; the number of bytes."""
    pieces, received = 50, 0
    with socket.create_connection((server.host, server.http_port), timeout=60) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        while data := connection.recv(size // pieces, socket.MSG_WAITALL):
            received += len(data)
            begun.set()
            time.sleep(seconds / pieces)
    return received


def waits_meanwhile(server: OrthancServer, path: str, size: int) -> list[float]:
    """The milliseconds that each request to /bench takes while a slow client receives a large answer."""
    begun = threading.Event()
    received: list[int] = []
    reader = threading.Thread(target=lambda: received.append(read_slowly(server, path, size, SLOW_READ, begun)), daemon=True)
    reader.start()
    if not begun.wait(60):
        raise RuntimeError("the slow client has received nothing")
    waits: list[float] = []
    connection = http.client.HTTPConnection(server.host, server.http_port, timeout=60)
    try:
        while reader.is_alive():
            start = time.perf_counter()
            connection.request("GET", "/bench")
            connection.getresponse().read()
            waits.append((time.perf_counter() - start) * 1000)
    finally:
        connection.close()
        reader.join()
    if not received or received[0] < size:
        raise RuntimeError("the slow client has not received the whole answer")
    return waits


class LargeBodies(Measurement):
    name = "large-bodies"
    title = "Bodies of 200 MB"
    most_rounds = 3
    series = (
        Series("received: time", "PUT to a callback: time", "ms", NO_WORSE),
        Series("received: copies", "PUT to a callback: memory", "bodies"),
        Series(
            "received: above C",
            "  more than C, which has none of its own",
            "bodies",
            (Goal("at most", 1.05),),
            "received: copies",
            PLAIN,
        ),
        Series("answered: time", "answer of a callback: time", "ms", NO_WORSE),
        Series("answered: copies", "answer of a callback: memory", "bodies"),
        Series("answered: above C", "  more than C", "bodies", (Goal("at most", 0.05),), "answered: copies", PLAIN),
        Series("wait: median", "another callback while a slow client receives: median", "ms", NO_WORSE),
        Series("wait: longest", "another callback while a slow client receives: longest", "ms", (Goal("at most", NO_STALL),)),
        *(series for method, limit in METHODS.items() for series in _instance_series(method, limit)),
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        size = int(SIZE * effort.scale)
        if effort.quick:
            results.note(f"In a quick run the bodies have {size / MEGABYTE:g} MB.")
        with subject.server(SCRIPTS / "bodies" / "large_bodies.py") as server:
            self._receive(server, subject.name, size, results)
            self._answer(server, subject.name, size, results)
            if subject.python:
                self._read_instance(server, subject.name, size, results)

    def _receive(self, server: OrthancServer, name: str, size: int, results: Results) -> None:
        body = bytes(size)
        server.put("/sink", body[:1000])  # what only the first request takes

        def put() -> None:
            start = time.perf_counter()
            answer = server.put("/sink", body)
            results.add("received: time", name, (time.perf_counter() - start) * 1000)
            if answer.status != 200 or int(float(answer.text)) != size:
                raise RuntimeError(f"{name} has not received the body: {answer.status} {answer.text}")

        results.add("received: copies", name, copies(server, size, put))

    def _answer(self, server: OrthancServer, name: str, size: int, results: Results) -> None:
        path = f"/source?size={size}"
        server.get(path)  # makes what is answered

        def get() -> None:
            start = time.perf_counter()
            answer = server.get(path)
            results.add("answered: time", name, (time.perf_counter() - start) * 1000)
            if len(answer.body) != size:
                raise RuntimeError(f"{name} has not answered the whole body: {answer.status}, {len(answer.body)} bytes")

        results.add("answered: copies", name, copies(server, size, get))
        waits = waits_meanwhile(server, path, size)
        results.add("wait: median", name, median(waits))
        results.add("wait: longest", name, max(waits))

    def _read_instance(self, server: OrthancServer, name: str, size: int, results: Results) -> None:
        content = dicom_file(size)
        for method in METHODS:
            answer = server.post(f"/instance/{method}", content)
            if answer.status == 404:
                if name == OURS:
                    results.note(f"This plugin does not offer DicomInstance.{method}.")
                continue
            if answer.status != 200 or answer.json()["size"] != len(content):
                raise RuntimeError(f"{name} cannot measure {method}: {answer.status} {answer.text}")
            found = answer.json()
            results.add(f"{method}: copies", name, found["megabytes"] * MEGABYTE / len(content))
            results.add(f"{method}: time", name, found["seconds"] * 1000)
