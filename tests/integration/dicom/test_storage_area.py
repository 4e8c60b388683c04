# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that Orthanc keeps in a storage area written in Python."""

from __future__ import annotations

import io
import json
import re
import resource
from pathlib import Path

import pydicom
import pytest
from conftest import Servers
from helpers import CT, MR
from pydicom.uid import generate_uid

from orthanc_python import OrthancServer

SCRIPT = """
import json
import orthanc

files = {}
failing = set()
bytes_read = []

def create(uuid, content_type, data):
    if "create" in failing:
        raise OSError("the disk is full")
    assert type(data) is bytes
    files[uuid] = (int(content_type), data)

def read(uuid, content_type):
    if "read" in failing:
        raise OSError("the disk is broken")
    kind, data = files[uuid]
    assert kind == content_type
    bytes_read.append(len(data))
    return "text" if "type" in failing else data

def tell_bytes_read(output, uri, **request):
    output.AnswerBuffer(str(sum(bytes_read)), "application/json")
    bytes_read.clear()

def remove(uuid, content_type):
    if "remove" in failing:
        raise OSError("the disk is read-only")
    del files[uuid]

def listing(output, uri, **request):
    output.AnswerBuffer(json.dumps([len(files), sorted({kind for kind, _ in files.values()})]), "application/json")

def fail(output, uri, **request):
    failing.clear()
    failing.update(request["groups"])
    output.AnswerBuffer("", "text/plain")

def delete_all(output, uri, **request):
    for instance in json.loads(orthanc.RestApiGet("/instances")):
        orthanc.RestApiDelete(f"/instances/{instance}")
    output.AnswerBuffer("", "text/plain")

orthanc.RegisterStorageArea(create, read, remove)
orthanc.RegisterRestCallback("/files", listing)
orthanc.RegisterRestCallback("/bytes-read", tell_bytes_read)
orthanc.RegisterRestCallback("/fail/(.*)", fail)
orthanc.RegisterRestCallback("/delete-all", delete_all)
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> OrthancServer:
    return module_orthanc(SCRIPT, configuration={"MaximumStorageCacheSize": 0})  # each read reaches the script


def count(server: OrthancServer) -> int:
    return int(json.loads(server.get("/files").text)[0])


def test_life_of_a_file(server: OrthancServer) -> None:
    before = count(server)
    instance = server.upload(CT)["ID"]
    assert count(server) > before
    assert server.get(f"/instances/{instance}/file").body == CT.read_bytes()
    assert server.get(f"/instances/{instance}/simplified-tags").json()["Modality"] == "CT"
    part = server.get(f"/instances/{instance}/attachments/dicom/data", headers={"Range": "bytes=128-131"})
    assert part.body in (b"DICM", CT.read_bytes())  # older Orthancs do not answer ranges
    server.delete(f"/instances/{instance}")
    assert count(server) == before


def test_tags_are_read_from_a_small_file(server: OrthancServer) -> None:
    """The script cannot read ranges, so that Orthanc keeps what stands before the pixels in a file of its own."""
    dataset = pydicom.dcmread(CT)
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.Rows = dataset.Columns = 1024
    dataset.PixelData = bytes(2 * 1024 * 1024)
    file = io.BytesIO()
    dataset.save_as(file)
    instance = server.upload(file.getvalue())["ID"]
    assert "dicom-until-pixel-data" in server.get(f"/instances/{instance}/attachments").json()
    server.get("/bytes-read")
    assert server.get(f"/instances/{instance}/tags").json()
    assert server.get("/bytes-read").json() < 100_000  # none at all, if Orthanc still has the parsed file
    server.delete(f"/instances/{instance}")


def test_deletion_from_python(server: OrthancServer) -> None:
    server.upload(CT)
    server.upload(MR)
    assert server.get("/delete-all").status == 200
    assert server.get("/instances").json() == []
    assert count(server) == 0


@pytest.mark.parametrize(("kind", "message"), [("read", "OSError: the disk is broken"), ("type", "must read bytes, not")])
def test_failing_read(server: OrthancServer, kind: str, message: str) -> None:
    instance = server.upload(CT)["ID"]
    server.get(f"/fail/{kind}")
    beginning = len(server.log())
    assert server.get(f"/instances/{instance}/file").status >= 400
    server.wait_for_log(f"the reading of .* in the storage area failed.*{message}", beginning=beginning)
    server.get("/fail/nothing")
    assert server.get(f"/instances/{instance}/file").body == CT.read_bytes()
    server.delete(f"/instances/{instance}")


def test_failing_create(server: OrthancServer) -> None:
    server.get("/fail/create")
    assert server.post("/instances", MR.read_bytes()).status >= 400
    server.get("/fail/nothing")
    server.wait_for_log("the creation of .* in the storage area failed.*OSError: the disk is full")
    assert server.get("/instances").json() == []


def test_functions_that_yield(orthanc: Servers) -> None:
    """Calling a generator function stores nothing."""
    server = orthanc(
        """
        import orthanc

        def create(uuid, content_type, data):
            yield data

        orthanc.RegisterStorageArea(create, lambda uuid, content_type: b"", create)
        """
    )
    assert server.post("/instances", CT.read_bytes()).status >= 400
    server.wait_for_log("the creation of .* in the storage area failed.*TypeError: the callback is a generator function")
    assert server.get("/instances").json() == []


def test_failing_remove(server: OrthancServer) -> None:
    instance = server.upload(CT)["ID"]
    server.get("/fail/remove")
    server.delete(f"/instances/{instance}")
    server.get("/fail/nothing")
    server.wait_for_log("the removal of .* in the storage area failed.*OSError: the disk is read-only")
    assert server.get("/system").status == 200


@pytest.mark.release_build
def test_no_memory_for_a_stack(orthanc: Servers) -> None:
    """A file that the script does not get is not stored: the client must hear of it."""
    server = orthanc(SCRIPT, configuration={"HttpThreadsCount": 20})  # none of these threads has run Python yet
    status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
    pages = re.search(r"^VmSize:\s+(\d+) kB$", status, re.MULTILINE)
    assert pages is not None
    former = resource.prlimit(server.pid, resource.RLIMIT_AS)
    resource.prlimit(server.pid, resource.RLIMIT_AS, (int(pages[1]) * 1024 + (4 << 20), former[1]))  # a stack takes 8 MB
    assert server.post("/instances", CT.read_bytes()).status >= 500
    assert "no memory for the stack of a callback" in server.log()
    resource.prlimit(server.pid, resource.RLIMIT_AS, former)
    assert server.get("/instances").json() == []
    assert server.upload(CT)["Status"] == "Success"
