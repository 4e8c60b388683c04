# SPDX-License-Identifier: GPL-3.0-or-later
"""Real Orthancs: files arrive by REST and by DICOM, and nothing of the patient is stored or logged."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from dicom_deidentifier.audit import first_fault
from patients import found_in, make_file

from orthanc_python.pytest_plugin import OrthancFactory
from orthanc_python.server.script_server import ScriptServer


@pytest.fixture
def configuration(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "key").write_bytes(os.urandom(32).hex().encode())
    section = {"KeyFile": str(tmp_path / "key"), "AuditFile": str(tmp_path / "audit.jsonl")}
    return {"Deidentifier": section, "DicomCheckCalledAet": False}


@pytest.fixture
def server(orthanc_factory: OrthancFactory, configuration: dict[str, Any]) -> ScriptServer:
    return orthanc_factory(modules=["dicom_deidentifier.plugin"], configuration=configuration, dicom=True)


def trail(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text(encoding="utf-8").splitlines()]


def test_by_rest(server: ScriptServer, tmp_path: Path) -> None:
    stored = server.store(make_file(), make_file())
    files = [server.session.get(f"/instances/{each}/file").content for each in stored]
    assert [found_in(file) for file in files] == [[], []]
    (study,) = server.session.get("/studies?expand").json()  # the two are still of one study
    lines = trail(tmp_path)
    assert [line["outcome"] for line in lines] == ["deidentified"] * 2
    assert lines[0]["study"] == study["MainDicomTags"]["StudyInstanceUID"] and lines[0]["origin"] == "REST_API"
    assert lines[0]["patient"] == study["PatientMainDicomTags"]["PatientID"]
    assert found_in((tmp_path / "audit.jsonl").read_bytes()) == [] and first_fault(tmp_path / "audit.jsonl") is None
    assert found_in(server.log() + server.output()) == []


@pytest.mark.filterwarnings("ignore")
def test_invalid_values(server: ScriptServer) -> None:
    """pydicom warns of them with their text. That must not come into the log."""
    (stored,) = server.store(
        make_file(PatientBirthDate="Lovelace", AccessionNumber="Somerset" * 9, FrameOfReferenceUID="AL-4711")
    )
    assert found_in(server.session.get(f"/instances/{stored}/file").content) == []
    assert found_in(server.log() + server.output()) == []


def test_by_dicom(server: ScriptServer, orthanc_factory: OrthancFactory, tmp_path: Path) -> None:
    node = {"DicomModalities": {"target": ["ORTHANC", "127.0.0.1", server.dicom_port]}}
    sender = orthanc_factory(configuration=node)
    (original,) = sender.store(make_file())
    assert sender.session.post("/modalities/target/store", data=original).ok
    (instance,) = server.session.get("/instances").json()
    assert found_in(server.session.get(f"/instances/{instance}/file").content) == []
    assert [line["origin"] for line in trail(tmp_path)] == ["DICOM_PROTOCOL"]


def test_sender_of_a_refused_image_gets_an_error(server: ScriptServer, orthanc_factory: OrthancFactory) -> None:
    """A modality that gets success may delete its image."""
    sender = orthanc_factory(configuration={"DicomModalities": {"target": ["ORTHANC", "127.0.0.1", server.dicom_port]}})
    (original,) = sender.store(make_file(BurnedInAnnotation="YES"))
    assert not sender.session.post("/modalities/target/store", data=original).ok
    assert server.session.get("/instances").json() == []


def test_pseudonyms_after_a_restart(server: ScriptServer, tmp_path: Path) -> None:
    dicom = make_file()
    (first,) = server.store(dicom)
    server.stop()
    server.start()
    assert server.store(dicom) == [first]
    assert len(trail(tmp_path)) == 2 and first_fault(tmp_path / "audit.jsonl") is None


def test_refused(server: ScriptServer, tmp_path: Path) -> None:
    """Refuse to store a file that cannot be de-identified. Neither log nor audit trail has values of it."""
    for dicom in (make_file(BurnedInAnnotation="YES"), make_file(without="SOPInstanceUID")):
        server.session.post("/instances", data=dicom)
    (tmp_path / "audit.jsonl").rename(tmp_path / "first.jsonl")
    (tmp_path / "audit.jsonl").mkdir()  # cannot be written
    server.session.post("/instances", data=make_file())
    assert server.session.get("/instances").json() == []
    assert "refused an instance: BurnedInAnnotation is YES" in server.log()
    assert "because the audit trail cannot be written: IsADirectoryError" in server.log()
    lines = [json.loads(line) for line in (tmp_path / "first.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines[0]["outcome"] == "refused"
    assert found_in((tmp_path / "first.jsonl").read_bytes()) == []
    assert found_in(server.log() + server.output()) == []


def test_wrong_settings(orthanc_factory: OrthancFactory, configuration: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(BaseException, match="less than 32 bytes"):
        orthanc_factory(modules=["dicom_deidentifier.plugin"], configuration=configuration)
