# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that Orthanc keeps in a storage area written in Python."""

from __future__ import annotations

import json

import pytest
from conftest import Servers
from helpers import CT, MR

from orthanc_python import OrthancServer

SCRIPT = """
import json
import orthanc

files = {}
failing = set()

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
    return "text" if "type" in failing else data

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


def test_failing_remove(server: OrthancServer) -> None:
    instance = server.upload(CT)["ID"]
    server.get("/fail/remove")
    server.delete(f"/instances/{instance}")
    server.get("/fail/nothing")
    server.wait_for_log("the removal of .* in the storage area failed.*OSError: the disk is read-only")
    assert server.get("/system").status == 200
