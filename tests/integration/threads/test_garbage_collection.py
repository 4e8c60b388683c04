# SPDX-License-Identifier: GPL-3.0-or-later
"""Garbage collection beside a storage area: never on the threads that call it, and yet now and then."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import Servers
from helpers import CT, eventually, new_instance

SCRIPT = """
import gc
import os
import threading
import weakref
import orthanc

files = {}
report = os.open("report.txt", os.O_CREAT | os.O_WRONLY | os.O_APPEND)


def tell(what, *values):
    os.write(report, " ".join(map(str, (what, *values, threading.get_ident()))).encode() + b"\\n")


def on_collection(phase, info):
    if phase == "start":
        tell("collection")


class Node:
    def __init__(self):
        self.itself = self
        self.kept = []


def use():
    tell("callback")
    weakref.finalize(Node(), tell, "end")
    LEAVE


def create(uuid, content_type, content):
    use()
    files[uuid] = content


def read(uuid, content_type):
    use()
    return files[uuid]


gc.collect()
gc.callbacks.append(on_collection)
orthanc.RegisterStorageArea(create, read, lambda uuid, content_type: files.pop(uuid))
"""
TRANSIENT = "[[] for _ in range(2_000)]"  # enough for a collection, if one were allowed; they are gone at the end
LASTING = "files.setdefault('lists', []).append([[] for _ in range(5_000)])"  # leaves Python about to collect
CONFIGURATION = {"MaximumStorageCacheSize": 0, "Metrics": False}


def threads_of(report: Path, event: str) -> set[str]:
    """Return the identifiers of the threads on which such events were."""
    lines = report.read_text().splitlines() if report.exists() else []
    return {line.split()[-1] for line in lines if line.split()[0] == event}


def test_collection_at_light_traffic(orthanc: Servers) -> None:
    """All that is allocated is allocated in callbacks of the storage area, with long pauses between them."""
    server = orthanc(SCRIPT.replace("LEAVE", TRANSIENT), configuration=CONFIGURATION)
    instance = server.upload(CT)["ID"]
    report = server.folder / "report.txt"

    def read() -> set[str]:
        server.get(f"/instances/{instance}/file")
        threading.Event().wait(0.15)
        return threads_of(report, "end")

    assert eventually(read)
    assert not threads_of(report, "collection") & threads_of(report, "callback")


@pytest.mark.parametrize("imports", ["", "import asyncio\n"], ids=["plain", "asyncio"])
def test_thread_of_the_collection(orthanc: Servers, imports: str) -> None:
    """The end of one callback, the beginning of the next one and the first one of a thread do not collect."""
    server = orthanc(imports + SCRIPT.replace("LEAVE", LASTING), configuration=CONFIGURATION)
    report = server.folder / "report.txt"
    with ThreadPoolExecutor(4) as clients:
        for _ in range(5):
            list(clients.map(lambda _: server.upload(new_instance(CT)[1]), range(4)))
    assert len(threads_of(report, "callback")) > 1
    assert not threads_of(report, "collection") & threads_of(report, "callback")


SCHEDULING = """
import time
from functools import partial


def schedule():
    calls = [partial(list)] * 5_000 + [partial(time.sleep, 0.3)]
    while True:
        list(map(partial.__call__, calls))  # all in C: a collection can be scheduled, and waits while it sleeps


threading.Thread(target=schedule, daemon=True).start()
"""


def test_collection_that_another_thread_has_scheduled(orthanc: Servers) -> None:
    """CPython 3.12 runs it on whichever thread has the GIL next, even if collection is disabled by then."""
    server = orthanc(SCRIPT.replace("LEAVE", "gc.get_threshold()") + SCHEDULING, configuration=CONFIGURATION)
    report = server.folder / "report.txt"
    for _ in range(10):
        server.upload(new_instance(CT)[1])
        threading.Event().wait(0.1)  # all together longer than one sleep
    assert threads_of(report, "collection")
    assert not threads_of(report, "collection") & threads_of(report, "callback")


def test_thresholds_of_the_script(orthanc: Servers) -> None:
    """They are the script's own, also in callbacks of the storage area, and those that one of them sets stay."""
    server = orthanc(
        """
        import gc
        import orthanc

        gc.set_threshold(600, 9, 8)
        files = {}
        inside = []
        later = iter([(), (500,), (400, 7, 6)])

        def create(uuid, content_type, content):
            files[uuid] = content
            if content_type == orthanc.ContentType.DICOM:
                inside.append(gc.get_threshold()[:2])
                if values := next(later):
                    gc.set_threshold(*values)

        def tell(output, uri, **request):
            output.AnswerBuffer(str((*inside[-1:], gc.get_threshold()[:2])), "text/plain")

        orthanc.RegisterStorageArea(create, lambda uuid, content_type: files[uuid], lambda uuid, content_type: files.pop(uuid))
        orthanc.RegisterRestCallback("/thresholds", tell)
        """
    )
    for outside in ("((600, 9), (600, 9))", "((600, 9), (500, 9))", "((500, 9), (400, 7))"):
        server.upload(new_instance(CT)[1])
        assert server.get("/thresholds").text == outside


def test_collection_beside_a_decoder_that_hangs(orthanc: Servers) -> None:
    """Cycles of other callbacks are collected all the same."""
    server = orthanc(
        """
        import threading
        import weakref
        import orthanc

        class Node:
            pass

        hanging = threading.Event()
        ended = []

        def decode(dicom, frame):
            hanging.wait()

        def leave(output, uri, **request):
            node = Node()
            node.itself = node
            weakref.finalize(node, ended.append, 1)
            output.AnswerBuffer(str(len(ended)), "text/plain")

        def release(output, uri, **request):
            hanging.set()
            output.AnswerBuffer("", "text/plain")

        orthanc.RegisterDecodeImageCallback(decode)
        orthanc.RegisterRestCallback("/leave", leave)
        orthanc.RegisterRestCallback("/release", release)
        """
    )
    instance = server.upload(CT)["ID"]
    with ThreadPoolExecutor(1) as clients:
        preview = clients.submit(server.get, f"/instances/{instance}/preview", timeout=100.0)
        try:
            threading.Event().wait(0.5)
            assert eventually(lambda: int(server.get("/leave").text) > 0, timeout=20)
        finally:
            server.get("/release")
        assert preview.result().status == 200
