# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that Orthanc adopts: it keeps where they are, in data that the storage area gets back, and does not copy them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Servers
from helpers import CT, new_instance

SCRIPT = """
import json
import orthanc

files = {}
removed = []

def create(uuid, kind, compression, data, instance):
    files[uuid] = data
    return orthanc.ErrorCode.SUCCESS, None

def read_range(uuid, kind, start, size, custom):
    if custom:
        with open(custom.decode(), "rb") as file:
            file.seek(start)
            return orthanc.ErrorCode.SUCCESS, file.read(size)
    return orthanc.ErrorCode.SUCCESS, files[uuid][start : start + size]

def remove(uuid, kind, custom):
    removed.append(custom.decode())
    files.pop(uuid, None)

def adopt(output, uri, **request):
    path = request["body"].decode()
    with open(path, "rb") as file:
        instance, attachment, status = orthanc.AdoptDicomInstance(file.read(), path)
    assert type(status) is int
    answer = [instance.decode(), attachment.decode(), orthanc.StoreStatus(status).name]
    output.AnswerBuffer(json.dumps(answer), "application/json")

def custom_data(output, uri, **request):
    attachment = request["groups"][0]
    if request["method"] == "PUT":
        orthanc.SetAttachmentCustomData(attachment, request["body"])
    output.AnswerBuffer(orthanc.GetAttachmentCustomData(attachment), "application/octet-stream")

def state(output, uri, **request):
    output.AnswerBuffer(json.dumps([sum(map(len, files.values())), removed]), "application/json")

if orthanc.HasFunction("AdoptDicomInstance"):
    orthanc.RegisterStorageArea3(create, read_range, remove)
    orthanc.RegisterRestCallback("/adopt", adopt)
    orthanc.RegisterRestCallback("/custom-data/(.*)", custom_data)
    orthanc.RegisterRestCallback("/state", state)
else:
    version = str(orthanc.CheckVersionAdvanced(1, 12, 8))
    orthanc.RegisterRestCallback("/too-old", lambda output, uri, **_: output.AnswerBuffer(version, "text/plain"))
"""


def test_adopted_instance(orthanc: Servers, tmp_path: Path) -> None:
    server = orthanc(SCRIPT, configuration={"MaximumStorageCacheSize": 0})
    if server.get("/too-old").status == 200:
        assert server.get("/too-old").text == "0"
        pytest.skip("this Orthanc or the SDK of this build cannot adopt files")
    path, moved = tmp_path / "adopted.dcm", tmp_path / "moved.dcm"
    path.write_bytes(new_instance(CT)[1])
    content = path.read_bytes()
    instance, attachment, status = server.post("/adopt", str(path)).json()
    assert status == "SUCCESS"
    assert server.get(f"/instances/{instance}/file").body == content
    assert server.get(f"/instances/{instance}/simplified-tags").json()["Modality"] == "CT"
    assert json.loads(server.get("/state").text)[0] < len(content), "the file was copied"
    assert server.get(f"/custom-data/{attachment}").text == str(path)
    assert server.post("/adopt", str(path)).json()[2] == "ALREADY_STORED"
    # The data can change, as when the file moves.
    path.rename(moved)
    assert server.put(f"/custom-data/{attachment}", str(moved)).text == str(moved)
    assert server.get(f"/instances/{instance}/file").body == content
    server.delete(f"/instances/{instance}")
    assert str(moved) in json.loads(server.get("/state").text)[1]
    assert moved.read_bytes() == content
