# SPDX-License-Identifier: GPL-3.0-or-later
"""One object kept for each call: the slope of CPython's blocks and of the native heap. A limit in percent sees none of it."""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Servers
from every_callback import KINDS, EveryCallback
from helpers import CT
from remote import Remote

ROUNDS = 8  # of calls; an object for each is as many blocks
THREADS = 4  # of Orthanc's HTTP server
LEAK = 0.7  # blocks for each call
LEAK_OF_CALL = 0.5  # blocks for each call of a function
INTERVALS = 40  # at most: what CPython takes once is taken within the first 200 calls
# One kind for each way in which a client has callbacks called: an upload calls seven of them.
WAYS = {
    kind: KINDS[kind]
    for kind in (
        *("rest", "http_filter", "storage_remove", "store_filter", "storage_read", "find", "worklist", "move_create"),
        *("commitment", "job", "decoder", "transcoder", "metrics", "web_dav_list", "web_dav_read"),
    )
}
COUNT = """
import gc, sys
gc.collect()
outcome = sys.getallocatedblocks()
"""


@pytest.fixture(scope="module")
def callbacks(module_orthanc: Servers) -> EveryCallback:
    callbacks = EveryCallback(module_orthanc, configuration={"HttpThreadsCount": THREADS})
    with ThreadPoolExecutor(THREADS) as pool:  # each of Orthanc's threads gets its thread state
        list(pool.map(lambda _: KINDS["rest"](callbacks), range(THREADS * 10)))
    return callbacks


def test_ways() -> None:
    """No kind of callback is left out: a new one is called in a way of these, or gets its own."""
    same = {"move_create": ("move_size", "move_apply", "move_free"), "commitment": ("lookup",)}
    same["storage_remove"] = ("change", "stored", "received", "instance_filter", "storage_create")
    assert {*WAYS, *(each for kinds in same.values() for each in kinds)} == KINDS.keys()


def settled(callbacks: EveryCallback) -> int:
    """Return CPython's blocks when what goes on in other threads has ended."""
    counts = [callbacks.run("rest", COUNT)]
    while len(counts) < 3 or (counts[-1] < counts[-2] and len(counts) < 10):
        time.sleep(0.05)
        counts.append(callbacks.run("rest", COUNT))
    return int(min(counts))


def trigger(callbacks: EveryCallback, kind: str) -> None:
    """Have Orthanc call a callback, and delete what the client has stored for that."""
    WAYS[kind](callbacks)
    for instance in callbacks.server.get("/instances").json():
        if instance not in (callbacks.kept, callbacks.colour):
            callbacks.server.delete(f"/instances/{instance}")


@pytest.mark.release_build
@pytest.mark.parametrize("kind", WAYS)
def test_blocks_of_a_callback(callbacks: EveryCallback, kind: str) -> None:
    """Memory that is taken once, such as a cache, is in one of the intervals only."""
    for _ in range(3):
        trigger(callbacks, kind)
    slopes = []
    last = settled(callbacks)
    while len(slopes) < 2 or (min(slopes) >= LEAK and len(slopes) < INTERVALS):
        for _ in range(ROUNDS):
            trigger(callbacks, kind)
        now = settled(callbacks)
        slopes.append((now - last) / ROUNDS)
        last = now
    assert min(slopes) < LEAK, slopes


@pytest.mark.release_build
def test_references_to_none(callbacks: EveryCallback) -> None:
    """A reference to None that is kept takes no memory, but shows what is kept. None has no count since CPython 3.12."""
    count = "import sys\noutcome = sys.getrefcount(None) if sys.version_info < (3, 12) else 0"
    slopes = []
    callbacks.run("rest", "import asyncio\nasyncio.set_event_loop(asyncio.new_event_loop())")  # the next ones must not find it
    last = callbacks.run("rest", count)
    while len(slopes) < 2 or (min(slopes) >= LEAK and len(slopes) < INTERVALS):
        for _ in range(ROUNDS):
            trigger(callbacks, "rest")
        now = callbacks.run("rest", count)
        slopes.append((now - last) / (ROUNDS + 1))
        last = now
    assert min(slopes) < LEAK, slopes


# Expressions that are run often within one request. They may raise.
CALLS = [
    "orthanc.ComputeMd5(bytes(100))",
    "orthanc.ComputeMd5(bytearray(100))",
    "orthanc.ComputeMd5(memoryview(bytes(100)))",
    "orthanc.ComputeMd5(str(object()))",
    "orthanc.ComputeMd5(5)",
    "orthanc.RestApiGet('/system')",
    "orthanc.RestApiGet(uri='/nowhere')",
    "orthanc.RestApiGet('/' + str(object()) + chr(0))",
    "orthanc.CallRestApi(orthanc.HttpMethod.GET, '/system', {str(object()): 'b'}, None, 0)",
    "orthanc.GetTagName(2 ** 70, 0, '')",
    "orthanc.CreateImageFromBuffer(orthanc.PixelFormat.GRAYSCALE8, 5, 3, 8, bytes(24)).GetImageBuffer()",
    "orthanc.CreateImageFromBuffer(orthanc.PixelFormat.GRAYSCALE8, 5, 3, 8, bytes(23))",
    "orthanc.CreateImage(orthanc.PixelFormat.RGB24, 5, 3).GetImageBufferView()[0, 0]",
    "orthanc.CompressPngImage(orthanc.PixelFormat.GRAYSCALE8, 5, 3, 8, bytes(24))",
    "orthanc.CreateDicomInstance(DICOM).GetInstanceSimplifiedJson()",
    "orthanc.CreateDicomInstance(DICOM).GetInstanceData()",
    "bytes(orthanc.CreateDicomInstance(DICOM).GetInstanceDataView())",
    "orthanc.CreateDicomInstance(DICOM).GetInstanceDataRange(1, 5)",
    "orthanc.CreateDicomInstance(DICOM).OpenInstanceData().read(10)",
    "orthanc.EncodeDicomWebJson(DICOM, lambda *where: None)",
    "orthanc.CreateDicom('{}', None, orthanc.CreateDicomFlags.NONE)",
    "orthanc.LookupDictionary('PatientID')",
    "orthanc.LookupDictionary('Nothing')",
    "orthanc.LookupPatient('nobody')",
    "orthanc.GenerateUuid()",
    "orthanc.ErrorCode(1).name",
    "orthanc.GetErrorDescription(3)",
    "orthanc.RegisterRestCallback('/x', 5)",
    "orthanc.CreateJob((x for x in ()), 'Test')",
    "orthanc.OrthancException(3, str(object()))",
]


@pytest.mark.parametrize("call", CALLS)
def test_blocks_of_a_call(remote: Remote, call: str) -> None:
    slopes = remote(f"""
        import gc, sys

        DICOM = open({str(CT)!r}, "rb").read()
        code = compile({call!r}, "<call>", "eval")
        scope = {{"orthanc": orthanc, "DICOM": DICOM}}

        def blocks(times):
            for _ in range(times):
                try:
                    eval(code, scope)
                except Exception:
                    pass
            gc.collect()
            return sys.getallocatedblocks()

        last = blocks(30)
        result = []
        while len(result) < 3 or (min(result) >= {LEAK_OF_CALL} and len(result) < {INTERVALS}):
            now = blocks(60)
            result.append((now - last) / 60)
            last = now
    """)
    assert min(slopes) < LEAK_OF_CALL, slopes


NATIVE = """
import ctypes

class Heap(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
                ("arena", "free", "small", "maps", "mapped", "unused", "small_free", "used", "unused_bytes", "keep")]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Heap
libc.malloc_trim(0)
heap = libc.mallinfo2()
outcome = heap.used + heap.mapped
"""
REQUESTS = 400
URL = "/act/rest?" + "&".join(f"{name}={'x' * 200}" for name in "abcd")  # whatever text of it is kept is large
NATIVE_LEAK = 200  # bytes for each request; Orthanc's own metrics and caches take up to 60


@pytest.mark.release_build
def test_native_heap_of_a_request(callbacks: EveryCallback) -> None:
    """The filter and the callback of REST, with long texts, by one connection."""
    connection = http.client.HTTPConnection(callbacks.server.host, callbacks.server.http_port)

    def used_after_requests() -> int:
        for _ in range(REQUESTS):
            connection.request("GET", URL, headers={"X-Long": "y" * 400})
            connection.getresponse().read()
        return int(min(callbacks.run("rest", NATIVE) for _ in range(2)))

    slopes = []
    last = used_after_requests()
    while len(slopes) < 2 or (min(slopes) >= NATIVE_LEAK and len(slopes) < 5):
        now = used_after_requests()
        slopes.append((now - last) / REQUESTS)
        last = now
    connection.close()
    assert min(slopes) < NATIVE_LEAK, slopes
