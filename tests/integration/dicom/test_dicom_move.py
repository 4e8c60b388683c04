# SPDX-License-Identifier: GPL-3.0-or-later
"""C-MOVE carried out by Python, and storage commitment answered by it."""

from __future__ import annotations

from conftest import Servers
from helpers import CT, dicom_peer, eventually, read
from pydicom import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, evt
from pynetdicom.events import Event
from pynetdicom.sop_class import StorageCommitmentPushModel, StudyRootQueryRetrieveInformationModelMove

from orthanc_python import OrthancServer

COMMON = """
import json
import orthanc

requests = []
orthanc.RegisterRestCallback(
    "/requests", lambda output, uri, **_: output.AnswerBuffer(json.dumps(requests), "application/json")
)
"""

SIMPLE = """
def move(**request):
    requests.append(request)
    if request["StudyInstanceUID"] == "9.9.9":
        raise LookupError("no such study")
    study = orthanc.LookupStudy(request["StudyInstanceUID"])
    orthanc.RestApiPost("/modalities/target/store", study)

orthanc.RegisterMoveCallback(move)
"""

DRIVEN = """
class Driver:
    def __init__(self, request):
        study = orthanc.LookupStudy(request["StudyInstanceUID"])
        instances = json.loads(orthanc.RestApiGet(f"/studies/{study}/instances"))
        self.left = [instance["ID"] for instance in instances] + (["nothing"] if request["SourceAET"] == "FAILING" else [])

def create(**request):
    requests.append(request)
    return Driver(request)

def size(driver):
    return len(driver.left)

def apply(driver):
    instance = driver.left.pop()
    if instance == "nothing":
        return orthanc.ErrorCode.UNKNOWN_RESOURCE
    orthanc.RestApiPost("/modalities/target/store", instance)

def free(driver):
    requests.append(f"freed with {len(driver.left)} left")

orthanc.RegisterMoveCallback2(create, size, apply, free)
"""


def start(orthanc: Servers, script: str, port: int) -> OrthancServer:
    settings = {"DicomModalities": {"target": ["TARGET", "127.0.0.1", port]}, "DicomAlwaysAllowMove": True}
    return orthanc(COMMON + script, dicom=True, configuration=settings)


def move(server: OrthancServer, study: str, calling: str = "ASKING") -> Dataset:
    """The final answer to a C-MOVE of a study to TARGET."""
    entity = AE(ae_title=calling)
    entity.add_requested_context(StudyRootQueryRetrieveInformationModelMove)
    association = entity.associate("127.0.0.1", server.dicom_port, ae_title="ORTHANC")
    assert association.is_established
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.StudyInstanceUID = study
    try:
        return [status for status, _ in association.send_c_move(query, "TARGET", StudyRootQueryRetrieveInformationModelMove)][
            -1
        ]
    finally:
        association.release()


def test_simple_move(orthanc: Servers) -> None:
    with dicom_peer("TARGET") as (port, received):
        server = start(orthanc, SIMPLE, port)
        server.upload(CT)
        study = read(CT).StudyInstanceUID
        assert move(server, study).Status == 0x0000
        assert [dataset.SOPInstanceUID for dataset in received] == [read(CT).SOPInstanceUID]
        (request,) = server.get("/requests").json()
        originator = request.pop("OriginatorID")
        assert isinstance(originator, int) and originator > 0
        assert request == {
            "Level": "STUDY",
            "PatientID": "",
            "AccessionNumber": "",
            "StudyInstanceUID": study,
            "SeriesInstanceUID": "",
            "SOPInstanceUID": "",
            "OriginatorAET": "ASKING",
            "SourceAET": "ORTHANC",
            "TargetAET": "TARGET",
        }
        assert move(server, "9.9.9").Status != 0x0000
        server.wait_for_log(r"C-MOVE callback failed \(move, .*script\.py:\d+\): LookupError: no such study")
        assert len(received) == 1


def test_functions_that_yield(orthanc: Servers) -> None:
    """Calling a generator function sends nothing."""
    simple = SIMPLE.replace('    orthanc.RestApiPost("/modalities/target/store", study)', "    yield study")
    driven = DRIVEN.replace('    orthanc.RestApiPost("/modalities/target/store", instance)', "    yield instance")
    with dicom_peer("TARGET") as (port, received):
        for script in (simple, driven):
            server = start(orthanc, script, port)
            server.upload(CT)
            answer = move(server, read(CT).StudyInstanceUID)
            assert answer.Status != 0x0000 or answer.NumberOfFailedSuboperations == 1
            server.wait_for_log("failed .*: TypeError: the callback is a generator function")
        assert received == []


def test_driven_move(orthanc: Servers) -> None:
    with dicom_peer("TARGET") as (port, received):
        server = start(orthanc, DRIVEN.replace('request["SourceAET"]', 'request["OriginatorAET"]'), port)
        server.upload(CT)
        answer = move(server, read(CT).StudyInstanceUID)
        assert (answer.Status, answer.NumberOfCompletedSuboperations) == (0x0000, 1)
        assert len(received) == 1
        assert eventually(lambda: server.get("/requests").json()[-1]) == "freed with 0 left"
        answer = move(server, read(CT).StudyInstanceUID, calling="FAILING")
        assert answer.Status != 0x0000 or answer.NumberOfFailedSuboperations == 1
        assert server.get("/system").status == 200


COMMITMENT = """
def scp(job, transaction, classes, instances, remote, called):
    requests.append([transaction, classes, instances, remote, called])
    return {"known": instances[:1]}

def lookup(sop_class, sop_instance, data):
    if sop_instance.endswith(".3"):
        raise LookupError("lost")
    reasons = orthanc.StorageCommitmentFailureReason
    return reasons.SUCCESS if sop_instance in data["known"] else reasons.NO_SUCH_OBJECT_INSTANCE

orthanc.RegisterStorageCommitmentScpCallback(scp, lookup)
"""


def commit(orthanc: Servers, script: str, *instances: str) -> tuple[OrthancServer, str, Dataset]:
    """The server, the transaction, and the report that came for these instances."""
    reports: list[Dataset] = []

    def report(event: Event) -> tuple[int, None]:
        reports.append(event.event_information)
        return 0x0000, None

    peer = AE(ae_title="ASKING")
    peer.add_supported_context(StorageCommitmentPushModel, scu_role=False, scp_role=True)
    listener = peer.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, report)])
    try:
        port = listener.socket.getsockname()[1]
        settings = {"DicomModalities": {"asking": ["ASKING", "127.0.0.1", port]}}
        server = orthanc(COMMON + script, dicom=True, configuration=settings)
        transaction = generate_uid()
        request = Dataset()
        request.TransactionUID = transaction
        request.ReferencedSOPSequence = []
        for uid in instances:
            item = Dataset()
            item.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
            item.ReferencedSOPInstanceUID = uid
            request.ReferencedSOPSequence.append(item)
        asking = AE(ae_title="ASKING")
        asking.add_requested_context(StorageCommitmentPushModel)
        association = asking.associate("127.0.0.1", server.dicom_port, ae_title="ORTHANC")
        assert association.is_established
        status, _ = association.send_n_action(request, 1, StorageCommitmentPushModel, "1.2.840.10008.1.20.1.1")
        association.release()
        assert status.Status == 0x0000
        assert eventually(lambda: reports), "no report came"
        return server, transaction, reports[0]
    finally:
        listener.shutdown()


def failures(report: Dataset) -> list[tuple[str, int]]:
    return [(item.ReferencedSOPInstanceUID, item.FailureReason) for item in report.FailedSOPSequence]


def test_storage_commitment(orthanc: Servers) -> None:
    server, transaction, report = commit(orthanc, COMMITMENT, "1.2.1", "1.2.2")
    assert report.TransactionUID == transaction
    assert [item.ReferencedSOPInstanceUID for item in report.ReferencedSOPSequence] == ["1.2.1"]
    assert failures(report) == [("1.2.2", 0x0112)]
    (seen,) = server.get("/requests").json()
    assert seen == [transaction, ["1.2.840.10008.5.1.4.1.1.2"] * 2, ["1.2.1", "1.2.2"], "ASKING", "ORTHANC"]


def test_storage_commitment_whose_lookup_fails(orthanc: Servers) -> None:
    """The peer gets a report of all instances, and the one whose lookup raised is a processing failure."""
    server, _, report = commit(orthanc, COMMITMENT, "1.2.1", "1.2.3", "1.2.2")
    assert [item.ReferencedSOPInstanceUID for item in report.ReferencedSOPSequence] == ["1.2.1"]
    assert failures(report) == [("1.2.3", 0x0110), ("1.2.2", 0x0112)]
    server.wait_for_log(r"the lookup of a storage commitment failed \(lookup, .*script\.py:\d+\): LookupError: lost")


def test_storage_commitment_that_fails(orthanc: Servers) -> None:
    """Without a report the peer would keep its images, and wait, for ever."""
    server, transaction, report = commit(
        orthanc, COMMITMENT.replace("    requests.append", "    raise OSError\n    requests.append"), "1.2.1", "1.2.2"
    )
    assert report.TransactionUID == transaction and not report.get("ReferencedSOPSequence")
    assert failures(report) == [("1.2.1", 0x0110), ("1.2.2", 0x0110)]
    server.wait_for_log(r"the storage commitment callback failed \(scp, .*script\.py:\d+\): OSError")
