# SPDX-License-Identifier: GPL-3.0-or-later
"""The callbacks of stored and of received instances."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Servers
from helpers import CT, MR, RT_PLAN, eventually, new_instance, read, send

from orthanc_python import OrthancServer

STORED = """
import json
import orthanc

stored = {}
kept = []


def on_stored(instance, instance_id):
    assert isinstance(instance, orthanc.DicomInstance)
    data = instance.GetInstanceData()
    assert type(data) is bytes and len(data) == instance.GetInstanceSize()
    tags = json.loads(instance.GetInstanceSimplifiedJson())
    stored[instance_id] = {
        "uid": tags["SOPInstanceUID"],
        "md5": orthanc.ComputeMd5(data),
        "origin": instance.GetInstanceOrigin(),
        "aet": instance.GetInstanceRemoteAet() if instance.GetInstanceOrigin() == 2 else None,
        "syntax": instance.GetInstanceTransferSyntaxUid(),
        "full": json.loads(instance.GetInstanceJson())["0010,0020"]["Value"],
        "metadata": [name for name in ("ReceptionDate", "AnonymizedFrom") if instance.HasInstanceMetadata(name)],
        "date": instance.GetInstanceMetadata("ReceptionDate"),
        "absent": instance.GetInstanceMetadata("AnonymizedFrom"),
    }
    kept.append(instance)
    if tags["Modality"] == "RTPLAN":
        raise RuntimeError("plans are not welcome")


def answer(output, uri, **request):
    output.AnswerBuffer(json.dumps(stored), "application/json")


def late(output, uri, **request):
    refused = 0
    for instance in kept:
        try:
            instance.GetInstanceSize()
        except Exception:
            refused += 1
    output.AnswerBuffer(json.dumps([refused, len(kept)]), "application/json")


orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterRestCallback("/stored", answer)
orthanc.RegisterRestCallback("/late", late)
"""

RECEIVED = """
import io
import json
import orthanc
import pydicom

KEEP, MODIFY, DISCARD = (getattr(orthanc.ReceivedInstanceAction, name) for name in ("KEEP_AS_IS", "MODIFY", "DISCARD"))
origins = []


def on_received(data, origin):
    assert type(data) is bytes
    origins.append(int(origin))
    dataset = pydicom.dcmread(io.BytesIO(data))
    if dataset.Modality == "MR":
        return DISCARD, None
    if dataset.Modality == "CT":
        dataset.InstitutionName = "Modified"
        content = io.BytesIO()
        dataset.save_as(content)
        return MODIFY, content.getvalue()
    case = str(dataset.get("RTPlanLabel"))
    if case == "raise":
        raise RuntimeError("received and not understood")
    return {
        "none": None, "text": "wrong", "number": 5, "long": (MODIFY, data, 3), "no data": (MODIFY, None),
        "number for data": (MODIFY, 5), "empty": (MODIFY, b""), "action": (99, None), "bytearray": (MODIFY, bytearray(data)),
    }.get(case, (KEEP, None))


def answer(output, uri, **request):
    output.AnswerBuffer(json.dumps(origins), "application/json")


orthanc.RegisterReceivedInstanceCallback(on_received)
orthanc.RegisterRestCallback("/origins", answer)
"""


def test_stored_instances(orthanc: Servers) -> None:
    server = orthanc(STORED, dicom=True)
    rest = server.upload(CT)["ID"]
    assert send(server.dicom_port, MR, calling="SCANNER") == 0
    failed = server.upload(RT_PLAN)
    assert failed["Status"] == "Success", "an error of the callback must not lose the instance"
    server.wait_for_log("RuntimeError: plans are not welcome")
    stored = eventually(lambda: found if len(found := server.get("/stored").json()) == 3 else None)
    by_uid = {each["uid"]: each for each in stored.values()}
    ct, mr = by_uid[read(CT).SOPInstanceUID], by_uid[read(MR).SOPInstanceUID]
    assert stored[rest] == ct
    assert ct["md5"] == server.get(f"/instances/{rest}/attachments/dicom/md5").text
    assert (ct["origin"], ct["metadata"], ct["absent"]) == (3, ["ReceptionDate"], None)
    assert (mr["origin"], mr["aet"]) == (2, "SCANNER")
    assert ct["syntax"] == read(CT).file_meta.TransferSyntaxUID
    assert ct["full"] == read(CT).PatientID
    assert ct["date"] == server.get(f"/instances/{rest}/metadata/ReceptionDate").text
    assert server.get("/late").json() == [3, 3], "an instance may not be used after its callback"


def test_stored_at_the_same_time(orthanc: Servers) -> None:
    server = orthanc(STORED)
    files = dict(new_instance(CT) for _ in range(40))
    with ThreadPoolExecutor(8) as clients:
        identifiers = {each["ID"] for each in clients.map(server.upload, files.values())}
    stored = server.get("/stored").json()
    assert set(stored) == identifiers
    assert {each["uid"] for each in stored.values()} == set(files)


@pytest.fixture(scope="module")
def receiver(module_orthanc: Servers) -> OrthancServer:
    return module_orthanc(RECEIVED, dicom=True)


def test_received_and_modified(receiver: OrthancServer) -> None:
    stored = receiver.upload(CT)["ID"]
    tags = receiver.get(f"/instances/{stored}/simplified-tags").json()
    assert tags["InstitutionName"] == "Modified" and tags["SOPInstanceUID"] == read(CT).SOPInstanceUID
    assert receiver.get("/origins").json()[-1] == 3


def test_received_and_discarded(receiver: OrthancServer) -> None:
    assert send(receiver.dicom_port, MR) in (0x0000, 0xA700, 0x0110, 0xC000)
    assert receiver.get("/origins").json()[-1] == 2
    answer = receiver.post("/instances", MR.read_bytes())
    assert "FilteredOut" in answer.text
    modalities = [each["MainDicomTags"]["Modality"] for each in receiver.get("/series?expand").json()]
    assert "MR" not in modalities


@pytest.mark.parametrize("case", ["no data", "number for data", "empty"])
def test_modified_without_a_file_is_refused(receiver: OrthancServer, case: str) -> None:
    """The script may be an anonymizer: the original must not be stored."""
    original, data = new_instance(RT_PLAN, RTPlanLabel=case)
    beginning = len(receiver.log())
    answer = receiver.post("/instances", data)
    assert answer.status == 500
    found = receiver.post("/tools/lookup", original.encode()).json()
    assert found == []
    receiver.wait_for_log(r"needs the new DICOM file.*the instance is not stored", beginning=beginning)


def test_a_file_in_a_wrong_result_is_refused(receiver: OrthancServer) -> None:
    """The callback may be an anonymizer here, too."""
    original, data = new_instance(RT_PLAN, RTPlanLabel="long")
    beginning = len(receiver.log())
    assert receiver.post("/instances", data).status == 500
    assert receiver.post("/tools/lookup", original.encode()).json() == []
    receiver.wait_for_log(r"TypeError: the callback must return \(action, bytes or None\)", beginning=beginning)


@pytest.mark.parametrize("case", ["keep", "raise", "none", "text", "number", "action", "bytearray"])
def test_received_and_kept(receiver: OrthancServer, case: str) -> None:
    original, data = new_instance(RT_PLAN, RTPlanLabel=case)
    stored = receiver.upload(data)["ID"]
    assert receiver.get(f"/instances/{stored}/file").body == data
    tags = json.loads(receiver.get(f"/instances/{stored}/simplified-tags").body)
    assert tags["SOPInstanceUID"] == original
    if case == "raise":
        receiver.wait_for_log("RuntimeError: received and not understood")
        receiver.wait_for_log(r'script\.py", line \d+, in on_received')
