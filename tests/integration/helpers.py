# SPDX-License-Identifier: GPL-3.0-or-later
"""Real DICOM files, real DICOM peers, bounded waits, and what the log says."""

from __future__ import annotations

import io
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import pydicom
import pydicom.data
import pytest
from pydicom.uid import generate_uid
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.events import Event
from pynetdicom.sop_class import Verification

from orthanc_python import OrthancDidNotStart, OrthancServer

T = TypeVar("T")
PATIENCE = 60.0  # seconds that a busy machine may need
TEST_FILES = Path(pydicom.data.__file__).parent / "test_files"  # those that pydicom brings, without a download

CT = TEST_FILES / "CT_small.dcm"
MR = TEST_FILES / "MR_small.dcm"
RT_PLAN = TEST_FILES / "rtplan.dcm"  # without pixels
COLOUR = TEST_FILES / "SC_rgb_small_odd.dcm"


def eventually(look: Callable[[], T], timeout: float = PATIENCE) -> T:
    """Return the result of `look` once it is true; its last one when the time is over."""
    end = time.monotonic() + timeout
    while True:
        value = look()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)


def soon(look: Callable[[], object]) -> bool:
    """Wait for as long as a busy machine may need."""
    return bool(eventually(look))


class PatientServer(OrthancServer):
    """A server whose log, and the end of whose processes, is waited for as long as a busy machine may need."""

    def stop(self, timeout: float = 30.0, left: float = 15.0) -> int:
        return super().stop(timeout, left)

    def wait_for_log(self, pattern: str, timeout: float = PATIENCE, beginning: int = 0) -> re.Match[str]:
        return super().wait_for_log(pattern, timeout, beginning)


def job(server: OrthancServer, identifier: str) -> dict[str, Any]:
    """Return what Orthanc says of a job."""
    return dict(server.get(f"/jobs/{identifier}").json())


def wait_for_job(server: OrthancServer, identifier: str, state: str) -> dict[str, Any]:
    """Wait until a job has a state. Return what Orthanc says of it then."""
    assert soon(lambda: job(server, identifier)["State"] == state), job(server, identifier)
    return job(server, identifier)


HOLDING = """
    import ctypes
    import os
    import orthanc

    pipe = os.open({pipe!r}, os.O_RDWR)

    def hold(output, uri, **request):
        ctypes.PyDLL(None).read(pipe, ctypes.create_string_buffer(1), 1)  # in C, with the GIL
        output.AnswerBuffer("done", "text/plain")

    orthanc.RegisterRestCallback("/hold", hold)
"""


@contextmanager
def held_gil(orthanc: Callable[..., OrthancServer], folder: Path, **options: object) -> Iterator[OrthancServer]:
    """Give a server whose callback `hold` keeps the GIL within the block."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    server = orthanc(HOLDING.format(pipe=str(pipe)), **options)
    holding = threading.Thread(target=lambda: server.get("/hold"))
    holding.start()
    try:
        yield server
    finally:
        pipe.write_bytes(b"x")
        holding.join()


def read(path: Path) -> pydicom.Dataset:
    return pydicom.dcmread(path)


def new_instance(path: Path, **elements: object) -> tuple[str, bytes]:
    """A file's data as another instance of the same series: its UID, and the file. `elements` are replaced."""
    dataset = read(path)
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    content = io.BytesIO()
    pydicom.dcmwrite(content, dataset)
    return dataset.SOPInstanceUID, content.getvalue()


@contextmanager
def dicom_peer(aet: str = "PEER") -> Iterator[tuple[int, list[pydicom.Dataset]]]:
    """A DICOM server: its port, and the list of what it receives."""
    received: list[pydicom.Dataset] = []

    def store(event: Event) -> int:
        dataset = event.dataset
        dataset.file_meta = event.file_meta
        received.append(dataset)
        return 0x0000

    entity = AE(ae_title=aet)
    entity.supported_contexts = AllStoragePresentationContexts
    entity.add_supported_context(Verification)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    try:
        yield server.socket.getsockname()[1], received
    finally:
        server.shutdown()


def send(port: int, path: Path, *, calling: str = "SENDER", called: str = "ORTHANC") -> int:
    """Send a file to a DICOM server by C-STORE, and return the status it answers."""
    dataset = read(path)
    entity = AE(ae_title=calling)
    entity.add_requested_context(dataset.SOPClassUID, dataset.file_meta.TransferSyntaxUID)
    association = entity.associate("127.0.0.1", port, ae_title=called)
    assert association.is_established
    try:
        return association.send_c_store(dataset).Status
    finally:
        association.release()


@contextmanager
def http_service(answer: Callable[[bytes], bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """An HTTP server: its address, and the list of the bodies that are posted to it."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append(body)
            text = answer(body)
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", bodies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def running_version(server: OrthancServer) -> tuple[int, ...]:
    """The version of a server's Orthanc, to be compared with that of a function: a development version has them all."""
    version = server.get("/system").json()["Version"]
    return (sys.maxsize,) if version == "mainline" else version_parts(version)


def version_parts(version: str) -> tuple[int, ...]:
    """Return the parts of a version as numbers: 1.12.10 is later than 1.12.9."""
    return tuple(int(part) for part in version.split("."))


def processes_of_group(group: int) -> list[int]:
    """The processes that a server has started, itself included."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(status.parent.name))
    return sorted(found)


@contextmanager
def asking(server: OrthancServer, path: str, *, again: bool = True) -> Iterator[None]:
    """Ask for a route within the block, on a thread: again and again, or once."""
    end = threading.Event()

    def ask() -> None:
        server.get(path)
        while again and not end.wait(0.01):
            server.get(path)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


@contextmanager
def asking_at_once(server: OrthancServer, path: str, count: int, **options: Any) -> Iterator[list[int]]:
    """Ask for a route by several requests at once. Give the list of the answers' statuses, complete after the block."""
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(server.get(path, **options).status)) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        for thread in threads:
            thread.join()


def level_of(log: str, text: str) -> str:
    """The letter that Orthanc's log has for the level of a line; empty if there is none."""
    found = re.search(rf"^([EWIT])\d.*{text}", log, re.MULTILINE)
    return found[1] if found else ""


def failure_of(server: OrthancServer) -> str:
    """The log of a start that must fail, in an orderly way."""
    with pytest.raises(OrthancDidNotStart) as failure:
        server.start()
    status = failure.value.exit_status
    assert status is not None and status > 0, f"Orthanc ended with exit status {status}"
    errors = [line for line in failure.value.log.splitlines() if re.match(r"E\d", line)]
    assert errors, "nothing in the error log"
    return failure.value.log
