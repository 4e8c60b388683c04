# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions of newer Orthancs only. test_older_orthanc.py has what scripts see of them in an older one."""

from __future__ import annotations

import json

import pytest
from conftest import Servers
from helpers import CT, dicom_peer, read, running_version, version_parts
from pydicom import Dataset
from pynetdicom import AE
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind, StudyRootQueryRetrieveInformationModelMove
from remote import Remote

from orthanc_python import OrthancServer


def needs(remote: Remote, since: str, *names: str) -> None:
    """Skip the test where Orthanc lacks these functions, new in that version. The module has all of them or none."""
    present = [bool(remote.value(f"hasattr(orthanc, {name!r})")) for name in names]
    assert len(set(present)) == 1, dict(zip(names, present, strict=True))
    if not present[0] or running_version(remote.server) < version_parts(since):
        pytest.skip(f"needs Orthanc and an SDK of {since}")


def test_key_values(remote: Remote) -> None:
    needs(remote, "1.12.8", "StoreKeyValue", "GetKeyValue", "DeleteKeyValue", "CreateKeysValuesIterator")
    found = remote("""
        assert orthanc.GetKeyValue("store", "a") is None
        for key, value in (("b", b"\\x00two"), ("a", "one")):
            orthanc.StoreKeyValue("store", key, value)
        assert orthanc.GetKeyValue("store", "a") == b"one"
        try:
            orthanc.StoreKeyValue("store", "c", None)  # Orthanc takes no empty value
        except orthanc.OrthancException as error:
            assert error.args[0] == orthanc.ErrorCode.PARAMETER_OUT_OF_RANGE
        assert orthanc.GetKeyValue("other", "a") is None
        iterator = orthanc.CreateKeysValuesIterator("store")
        pairs = []
        while iterator.Next():
            pairs.append([iterator.GetKey(), iterator.GetValue().decode("latin-1")])
        orthanc.DeleteKeyValue("store", "a")
        assert orthanc.GetKeyValue("store", "a") is None
        result = pairs
    """)
    assert found == [["a", "one"], ["b", "\x00two"]]


QUEUES = ("EnqueueValue", "DequeueValue", "GetQueueSize", "ReserveQueueValue", "AcknowledgeQueueValue")


def test_queues(remote: Remote) -> None:
    needs(remote, "1.12.10", *QUEUES)
    remote("""
        front, back = orthanc.QueueOrigin.FRONT, orthanc.QueueOrigin.BACK
        assert orthanc.DequeueValue("queue", front) is None
        assert orthanc.ReserveQueueValue("queue", front, 10) == (None, None)
        for value in (b"1", b"2", "3"):
            orthanc.EnqueueValue("queue", value)
        assert orthanc.GetQueueSize("queue") == 3
        assert orthanc.DequeueValue("queue", front) == b"1"
        assert orthanc.DequeueValue("queue", back) == b"3"
        value, identifier = orthanc.ReserveQueueValue("queue", front, 10)
        assert value == b"2" and type(identifier) is int
        orthanc.AcknowledgeQueueValue("queue", identifier)
        assert orthanc.GetQueueSize("queue") == 0
    """)


def test_stable_status(remote: Remote) -> None:
    needs(remote, "1.12.9", "SetStableStatus")
    study = remote.server.upload(CT)["ParentStudy"]
    remote(f"""
        code, changed = orthanc.SetStableStatus({study!r}, orthanc.StableStatus.STABLE)
        assert code == 0 and code == orthanc.ErrorCode.SUCCESS and changed == 1 and type(changed) is int
        assert orthanc.SetStableStatus({study!r}, orthanc.StableStatus.STABLE) == (0, 0)
    """)
    remote.server.delete(f"/studies/{study}")


STORAGE = """
import json
import orthanc

files = {}
calls = []
full = []
try:
    orthanc.RegisterErrorCode(7, 507, "the archive is full")
except orthanc.OrthancException as error:
    FULL = error.args[0]

def create(uuid, kind, compression, data, instance):
    if full:
        return full.pop(), None
    calls.append(["create", int(kind), int(compression), instance is not None and instance.GetInstanceSize()])
    files[uuid] = data
    return orthanc.ErrorCode.SUCCESS, f"custom {len(data)}".encode()

def read_range(uuid, kind, start, size, custom):
    assert custom == f"custom {len(files[uuid])}".encode(), custom
    return orthanc.ErrorCode.SUCCESS, files[uuid][start : start + size]

def remove(uuid, kind, custom):
    assert custom == f"custom {len(files[uuid])}".encode(), custom
    del files[uuid]
    return orthanc.ErrorCode.SUCCESS

orthanc.RegisterStorageArea3(create, read_range, remove)
orthanc.RegisterRestCallback("/fill", lambda output, uri, **_: full.append(FULL) or output.AnswerBuffer("", "text/plain"))
orthanc.RegisterRestCallback(
    "/fill-with-false", lambda output, uri, **_: full.append(False) or output.AnswerBuffer("", "text/plain")
)
orthanc.RegisterRestCallback(
    "/calls", lambda output, uri, **_: output.AnswerBuffer(json.dumps([calls, len(files)]), "application/json")
)
"""


def test_storage_area_with_custom_data(remote: Remote, orthanc: Servers) -> None:
    needs(remote, "1.12.8", "RegisterStorageArea3")
    server = orthanc(STORAGE, configuration={"MaximumStorageCacheSize": 0})
    instance = server.upload(CT)["ID"]
    calls, _ = json.loads(server.get("/calls").text)
    size = len(CT.read_bytes())
    assert ["create", 1, 4, size] in calls  # DICOM, without compression
    assert server.get(f"/instances/{instance}/file").body == CT.read_bytes()
    server.delete(f"/instances/{instance}")
    assert json.loads(server.get("/calls").text)[1] == 0
    server.get("/fill")
    assert server.post("/instances", CT.read_bytes()).status == 507
    server.get("/fill-with-false")
    assert server.post("/instances", CT.read_bytes()).status >= 400  # not success, as it would be for a number
    server.wait_for_log(r"TypeError: the storage area must return \(ErrorCode, bytes or None\), not \(False, None\)")


CONNECTION = """
import json
import orthanc

seen = []

def show(connection):
    seen.append([connection.GetConnectionRemoteAet(), connection.GetConnectionRemoteIp(), connection.GetConnectionCalledAet()])

def find(answers, query, connection):
    show(connection)
    answers.FindAddAnswer(orthanc.CreateDicom('{"StudyInstanceUID": "1.2.3"}', None, orthanc.CreateDicomFlags.NONE))

def create(connection, **request):
    show(connection)
    seen.append(sorted(request))
    return [request["StudyInstanceUID"]]

def apply(driver):
    orthanc.RestApiPost("/modalities/target/store", orthanc.LookupStudy(driver.pop()))

orthanc.RegisterFindCallback2(find)
orthanc.RegisterMoveCallback3(create, len, apply, lambda driver: None)
orthanc.RegisterRestCallback("/seen", lambda output, uri, **_: output.AnswerBuffer(json.dumps(seen), "application/json"))
"""


def study_query(study: str) -> Dataset:
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.StudyInstanceUID = study
    return query


def seen(server: OrthancServer) -> list[object]:
    return list(json.loads(server.get("/seen").text))


CONNECTED = ("RegisterFindCallback2", "RegisterMoveCallback3", "RegisterStorageCommitmentScpCallback2")


def test_connection(remote: Remote, orthanc: Servers) -> None:
    needs(remote, "1.12.10", *CONNECTED)
    with dicom_peer("TARGET") as (port, received):
        settings = {
            "DicomAlwaysAllowFind": True,
            "DicomAlwaysAllowMove": True,
            "DicomModalities": {"target": ["TARGET", "127.0.0.1", port]},
        }
        server = orthanc(CONNECTION, dicom=True, configuration=settings)
        server.upload(CT)
        entity = AE(ae_title="ASKING")
        entity.add_requested_context(StudyRootQueryRetrieveInformationModelFind)
        entity.add_requested_context(StudyRootQueryRetrieveInformationModelMove)
        association = entity.associate("127.0.0.1", server.dicom_port, ae_title="ORTHANC")
        assert association.is_established
        model = StudyRootQueryRetrieveInformationModelFind
        answers = [answer for _, answer in association.send_c_find(study_query(""), model) if answer is not None]
        assert [answer.StudyInstanceUID for answer in answers] == ["1.2.3"]
        assert seen(server) == [["ASKING", "127.0.0.1", "ORTHANC"]]
        query = study_query(read(CT).StudyInstanceUID)
        statuses = list(association.send_c_move(query, "TARGET", StudyRootQueryRetrieveInformationModelMove))
        association.release()
        assert statuses[-1][0].Status == 0x0000
        assert len(received) == 1
        keys = [
            "AccessionNumber",
            "Level",
            "OriginatorID",
            "PatientID",
            "SOPInstanceUID",
            "SeriesInstanceUID",
            "StudyInstanceUID",
        ]
        assert seen(server)[1:] == [["ASKING", "127.0.0.1", "ORTHANC"], [*keys, "TargetAET"]]


SECURITY = """
import json
import orthanc

logs = []
STATUS = getattr(orthanc, "HttpAuthenticationStatus", None)

def authenticate(uri, ip, headers, get):
    assert ip == "127.0.0.1"
    token = headers.get("token")
    if uri == "/system" or token == "good":
        return STATUS.GRANTED, b"payload"
    if token == "without":
        return STATUS.GRANTED
    if token == "login":
        return STATUS.REDIRECT, "login.html"
    if token == "split":
        return STATUS.REDIRECT, b"login.html\\r\\nX-Injected: yes"
    if token == "error":
        raise LookupError("no such token")
    return STATUS.FORBIDDEN if token else STATUS.UNAUTHORIZED

def audit(source, user, level, resource, action, data):
    logs.append([source, user, int(level), resource, action, data.decode()])

def emit(output, uri, **request):
    orthanc.EmitAuditLog("tests", "ada", orthanc.ResourceType.STUDY, "some study", "looked at", b"data")
    output.AnswerBuffer(json.dumps(logs), "application/json")

def who(output, uri, **request):
    output.AnswerBuffer(json.dumps([sorted(request), repr(request.get("authentication_payload"))]), "application/json")

orthanc.RegisterHttpAuthentication(authenticate)
orthanc.RegisterRestCallback("/who", who)
orthanc.RegisterAuditLogHandler(audit)
orthanc.RegisterRestCallback("/emit", emit)
"""


def test_security(remote: Remote, orthanc: Servers) -> None:
    needs(remote, "1.12.9", "RegisterHttpAuthentication", "RegisterAuditLogHandler", "EmitAuditLog")
    server = orthanc(SECURITY)

    def status(token: str | None) -> int:
        return server.get("/statistics", headers={"token": token} if token else {}).status

    assert [status(token) for token in ("good", None, "bad", "login", "error", "split")] == [200, 401, 403, 307, 403, 403]
    server.wait_for_log("ValueError: invalid path, because it has a line break")
    keys = ["get", "groups", "headers", "method"]
    assert server.get("/who", headers={"token": "good"}).json() == [["authentication_payload", *keys], "b'payload'"]
    assert server.get("/who", headers={"token": "without"}).json() == [keys, "None"]
    server.wait_for_log(r"the HTTP authentication, asked for /statistics failed .*LookupError: no such token")
    assert server.get("/emit", headers={"token": "good"}).json() == [["tests", "ada", 1, "some study", "looked at", "data"]]
