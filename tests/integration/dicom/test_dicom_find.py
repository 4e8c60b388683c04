# SPDX-License-Identifier: GPL-3.0-or-later
"""C-FIND answered by Python: of patients and studies, and of worklists."""

from __future__ import annotations

import json

import pytest
from conftest import Servers
from pydicom import Dataset
from pynetdicom import AE
from pynetdicom.sop_class import ModalityWorklistInformationFind, StudyRootQueryRetrieveInformationModelFind

from orthanc_python import OrthancServer

SCRIPT = """
import io
import json
import orthanc
import pydicom

STUDIES = [("DOE^JANE", "1.2.3"), ("DOE^JOHN", "1.2.4"), ("ROE^ANN", "1.2.5")]
seen = []

def dicom(**tags):
    return orthanc.CreateDicom(json.dumps(tags), None, orthanc.CreateDicomFlags.NONE)

def find(answers, query, issuer, called):
    names = [query.GetFindQueryTagName(i) for i in range(query.GetFindQuerySize())]
    tags = {name: query.GetFindQueryValue(i) for i, name in enumerate(names)}
    first = [query.GetFindQueryTagGroup(0), query.GetFindQueryTagElement(0)]
    assert first == list(query.GetFindQueryTag(0))
    seen.append({"issuer": issuer, "called": called, "first": first, **tags})
    if issuer == "FAILING":
        raise LookupError("the archive is closed")
    if issuer == "PARTIAL":
        answers.FindMarkIncomplete()
    matcher = orthanc.CreateFindMatcher(dicom(PatientName=tags["PatientName"]))
    for name, uid in STUDIES:
        assert matcher.FindMatcherIsMatch(dicom(PatientName=name)) == matcher.IsMatch(dicom(PatientName=name))
        if matcher.IsMatch(dicom(PatientName=name)):
            answers.FindAddAnswer(dicom(PatientName=name, StudyInstanceUID=uid, QueryRetrieveLevel="STUDY"))

def worklist(answers, query, issuer, called):
    if issuer == "FAILING":
        raise LookupError("no list today")
    asked = pydicom.dcmread(io.BytesIO(query.WorklistGetDicomQuery()), force=True)
    seen.append({"issuer": issuer, "called": called, "PatientName": str(asked.PatientName)})
    for name, uid in STUDIES:
        entry = dicom(PatientName=name, StudyInstanceUID=uid)
        if query.WorklistIsMatch(entry):
            answers.WorklistAddAnswer(query, entry)

orthanc.RegisterFindCallback(find)
orthanc.RegisterWorklistCallback(worklist)
orthanc.RegisterRestCallback("/seen", lambda output, uri, **_: output.AnswerBuffer(json.dumps(seen), "application/json"))
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> OrthancServer:
    settings = {"DicomAlwaysAllowFind": True, "DicomAlwaysAllowFindWorklist": True}
    return module_orthanc(SCRIPT, dicom=True, configuration=settings)


def find(server: OrthancServer, model: str, name: str, calling: str = "ASKING") -> tuple[int, list[str]]:
    """The final status of a C-FIND, and the UIDs of the studies it finds."""
    entity = AE(ae_title=calling)
    entity.add_requested_context(model)
    association = entity.associate("127.0.0.1", server.dicom_port, ae_title="ORTHANC")
    assert association.is_established
    query = Dataset()
    if model == StudyRootQueryRetrieveInformationModelFind:
        query.QueryRetrieveLevel = "STUDY"
    query.PatientName = name
    query.StudyInstanceUID = ""
    try:
        answers = list(association.send_c_find(query, model))
    finally:
        association.release()
    return answers[-1][0].Status, [answer.StudyInstanceUID for _, answer in answers if answer is not None]


def test_find(server: OrthancServer) -> None:
    status, found = find(server, StudyRootQueryRetrieveInformationModelFind, "DOE^*")
    assert (status, found) == (0x0000, ["1.2.3", "1.2.4"])
    seen = json.loads(server.get("/seen").text)[-1]
    assert (seen["issuer"], seen["called"], seen["PatientName"]) == ("ASKING", "ORTHANC", "DOE^*")
    assert len(seen["first"]) == 2


def test_incomplete_find(server: OrthancServer) -> None:
    status, found = find(server, StudyRootQueryRetrieveInformationModelFind, "ROE^*", "PARTIAL")
    assert found == ["1.2.5"]
    assert status in (0x0000, 0xFE00)  # pynetdicom may see the cancel status that tells of an incomplete answer


def test_failing_find(server: OrthancServer) -> None:
    beginning = len(server.log())
    status, found = find(server, StudyRootQueryRetrieveInformationModelFind, "DOE^*", "FAILING")
    assert found == [] and status != 0x0000
    server.wait_for_log(
        r"C-FIND callback failed \(find, .*script\.py:\d+\): LookupError: the archive is closed", beginning=beginning
    )
    assert find(server, StudyRootQueryRetrieveInformationModelFind, "ROE^*")[1] == ["1.2.5"]


def test_worklist(server: OrthancServer) -> None:
    assert find(server, ModalityWorklistInformationFind, "ROE*") == (0x0000, ["1.2.5"])
    assert json.loads(server.get("/seen").text)[-1] == {"issuer": "ASKING", "called": "ORTHANC", "PatientName": "ROE*"}


def test_failing_worklist(server: OrthancServer) -> None:
    status, found = find(server, ModalityWorklistInformationFind, "ROE*", "FAILING")
    assert found == [] and status != 0x0000
    server.wait_for_log("worklist callback failed .*LookupError: no list today")


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        ("RegisterFindCallback(print)", "RegisterFindCallback(len)", "a C-FIND callback"),
        ("RegisterWorklistCallback(print)", "RegisterWorklistCallback(len)", "a worklist callback"),
        ("RegisterMoveCallback(print)", "RegisterMoveCallback2(len, len, len, len)", "a C-MOVE callback"),
        ("RegisterStorageArea(print, print, print)", "RegisterStorageArea(len, len, len)", "a storage area"),
        (
            "RegisterStorageCommitmentScpCallback(print, print)",
            "RegisterStorageCommitmentScpCallback(len, len)",
            "a storage commitment callback",
        ),
    ],
)
def test_second_registration(orthanc: Servers, first: str, second: str, what: str) -> None:
    server = orthanc.prepare(f"import orthanc\northanc.{first}\n\northanc.{second}\n")
    with pytest.raises(Exception, match=rf"RuntimeError: {what} is registered already, at .*script\.py:2\n"):
        server.start()
