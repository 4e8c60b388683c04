# SPDX-License-Identifier: GPL-3.0-or-later
"""The script of the page on anonymising: what it leaves of a patient."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pages import read_sections
from pydicom import Dataset
from running import IMAGE

from orthanc_python import OrthancServer

KEY = "a long random text"
FORMER = "Lovelace"


@pytest.fixture
def start(plugin: Path, script_environment: Path, tmp_path: Path) -> Callable[[Any], OrthancServer]:
    """Return a function that makes an Orthanc of the page's script and a key."""
    sections = [section for section in read_sections() if section.page == "docs/howto/anonymise.md"]
    (section,) = [section for section in sections if section.title == "Before it is stored"]
    (block,) = [block for block in section.blocks if block.language == "python"]
    script = tmp_path / "anonymise.py"
    script.write_text(block.text, encoding="utf-8")

    def make(key: Any) -> OrthancServer:
        settings = {"Python": {"VirtualEnv": str(script_environment)}, "PseudonymKey": key}
        return OrthancServer(script, plugin=plugin, configuration=settings)

    return make


def patient() -> Dataset:
    """Return attributes that name a patient."""
    dataset = Dataset()
    dataset.PatientID = dataset.PatientName = FORMER
    dataset.OtherPatientNames = dataset.PatientBirthName = dataset.PatientMotherBirthName = FORMER
    dataset.PatientTelephoneNumbers = dataset.IssuerOfPatientID = dataset.ResponsiblePerson = FORMER
    return dataset


def test_no_identifier_of_the_patient_is_left(start: Callable[[Any], OrthancServer]) -> None:
    dataset = pydicom.dcmread(IMAGE)
    dataset.update(patient())
    dataset.OtherPatientIDsSequence = [patient()]
    dataset.RequestAttributesSequence = [patient()]  # it stays, without them
    modified = Dataset()
    modified.ModifiedAttributesSequence = [patient()]
    dataset.OriginalAttributesSequence = [modified]
    content = io.BytesIO()
    dataset.save_as(content)
    assert FORMER.encode() in content.getvalue()
    with start(KEY) as server:
        server.upload(content.getvalue())
        (instance,) = server.get("/instances").json()
        stored = server.get(f"/instances/{instance}/file").body
    assert FORMER.encode() not in stored
    assert "RequestAttributesSequence" in pydicom.dcmread(io.BytesIO(stored))
