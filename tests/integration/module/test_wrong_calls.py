# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong calls of everything that the module has: each raises what Python programmers expect, and the server does not mind."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import pytest
from conftest import Servers
from helpers import CT
from pydicom import Dataset
from pynetdicom import AE
from pynetdicom.sop_class import ModalityWorklistInformationFind, StudyRootQueryRetrieveInformationModelFind

from orthanc_python import OrthancServer

SCRIPT = Path(__file__).parents[1] / "wrong_calls.py"
REPETITIONS = 100


def query(server: OrthancServer) -> None:
    """Let Orthanc lend the objects of C-FIND callbacks."""
    asked = Dataset()
    asked.QueryRetrieveLevel = "STUDY"
    asked.PatientName = "*"
    entity = AE(ae_title="ASKING")
    for model in (StudyRootQueryRetrieveInformationModelFind, ModalityWorklistInformationFind):
        entity.add_requested_context(model)
    association = entity.associate("127.0.0.1", server.dicom_port, ae_title="ORTHANC")
    assert association.is_established
    for model in (StudyRootQueryRetrieveInformationModelFind, ModalityWorklistInformationFind):
        list(association.send_c_find(asked, model))
    association.release()


def state_of(server: OrthancServer) -> list[object]:
    return [server.get(uri).json() for uri in ("/statistics", "/jobs", "/plugins", "/modalities")]


SANITIZED = "ORTHANC_PYTHON_SANITIZER" in os.environ  # AddressSanitizer keeps what is freed for a while


@pytest.mark.timeout(900)  # thousands of calls, with sanitizers on a busy machine
def test_wrong_calls(orthanc: Servers) -> None:
    settings = {"DicomAlwaysAllowFind": True, "DicomAlwaysAllowFindWorklist": True}
    settings["Python"] = {"SlowCallback": 0}  # its warning imports modules, whose objects would be counted
    server = orthanc(SCRIPT, dicom=True, configuration=settings)
    assert server.get("/keep").text == "kept"
    server.upload(CT)
    query(server)
    state = state_of(server)
    first = server.get("/wrong-calls/1", timeout=300).json()
    assert not first["findings"], "\n".join(first["findings"])
    assert first["calls"] > 3000
    assert first["untried"] == ["StorageArea"]  # see UNREACHABLE in src/orthanc_sdk/binding/exceptions.py
    assert {"RestApiGet", "Image.DrawText", "Job.SubmitJob of an ended object", "Peers.GetPeerName of a stranger"} <= set(
        first["names"]
    )
    warm = server.get("/wrong-calls/50", timeout=300).json()  # until CPython's own tables hardly grow any more
    last = server.get(f"/wrong-calls/{REPETITIONS}", timeout=300).json()
    grown = (last["pages"] - warm["pages"]) * mmap.PAGESIZE
    objects = last["blocks"] - warm["blocks"]
    assert not last["findings"], "\n".join(last["findings"])
    # CPython's own tables go on growing by some 200 blocks, however often the calls are made. A leak in each wrong call of
    # a single function, of which there are some twenty, is 2000.
    assert objects < 1200, f"{objects} blocks more after {last['calls']} calls"
    assert SANITIZED or grown < 2_000_000, f"{grown} bytes more after {last['calls']} calls"
    assert state_of(server) == state, "a wrong call has changed something"
    assert server.get("/system").status == 200
