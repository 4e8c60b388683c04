# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts of pages beyond the commands of the page: what they leave of a patient, and which secrets they refuse."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from pages import read_sections
from pydicom import Dataset
from running import IMAGE

from orthanc_python import OrthancDidNotStart, OrthancServer

FORMER = "Lovelace"
ANONYMISE = ("docs/howto/anonymise.md", "PseudonymKey")
PROTECT = ("docs/howto/protect.md", "EditorToken")
Start = Callable[[tuple[str, str], object], OrthancServer]


@pytest.fixture
def start(plugin: Path, script_environment: Path, tmp_path: Path) -> Start:
    """Return a function that makes an Orthanc of the first script of a page and its secret."""

    def make(page_and_setting: tuple[str, str], secret: object) -> OrthancServer:
        page, setting = page_and_setting
        blocks = [block for section in read_sections() if section.page == page for block in section.blocks]
        script = tmp_path / "script.py"
        script.write_text(next(block.text for block in blocks if block.language == "python"), encoding="utf-8")
        settings = {"Python": {"VirtualEnv": str(script_environment)}, setting: secret}
        return OrthancServer(script, plugin=plugin, configuration=settings)

    return make


def patient() -> Dataset:
    """Return attributes that name a patient."""
    dataset = Dataset()
    dataset.PatientID = dataset.PatientName = FORMER
    dataset.OtherPatientNames = dataset.PatientBirthName = dataset.PatientMotherBirthName = FORMER
    dataset.PatientTelephoneNumbers = dataset.IssuerOfPatientID = dataset.ResponsiblePerson = FORMER
    return dataset


def test_anonymise_leaves_no_identifier_of_the_patient(start: Start) -> None:
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
    with start(ANONYMISE, "a long random text") as server:
        answer = server.upload(content.getvalue())
        assert server.get(f"/studies/{answer['ParentStudy']}").status == 404  # that of the original, as the page says
        instance = answer["ID"]
        stored = server.get(f"/instances/{instance}/file").body
    assert FORMER.encode() not in stored
    assert "RequestAttributesSequence" in pydicom.dcmread(io.BytesIO(stored))


@pytest.mark.parametrize("secret", ["", "fifteen letters", 1234567890123456, None])
@pytest.mark.parametrize("page", [ANONYMISE, PROTECT], ids=["anonymise", "protect"])
def test_secret_that_does_not_protect(page: tuple[str, str], secret: object, start: Start) -> None:
    advice = f'"{page[1]}" must be a text of 16 or more random characters: set it'
    with pytest.raises(OrthancDidNotStart, match=advice), start(page, secret):
        pass


def test_anonymise_refuses_what_is_no_image(start: Start) -> None:
    with start(ANONYMISE, "a long random text") as server:
        assert server.post("/instances", b"this is no image").status == 500
        server.wait_for_log("TypeError: the action MODIFY needs the new DICOM file as bytes")  # the page has this line
        assert server.get("/instances").json() == []


def test_anonymise_with_a_long_key(start: Start) -> None:
    with start(ANONYMISE, "k" * 65) as server:
        assert server.upload(IMAGE)["Status"] == "Success"
