# SPDX-License-Identifier: GPL-3.0-or-later
"""DICOM files and bounded waits."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from orthanc_python.server.script_server import ScriptServer

STUDY = generate_uid()
SERIES = {modality: generate_uid() for modality in ("CT", "MR", "XA")}


def make_instance(modality: str = "CT") -> tuple[str, bytes]:
    """Return a new instance: its SOPInstanceUID and its file."""
    dataset = Dataset()
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = generate_uid()
    dataset.StudyInstanceUID = STUDY
    dataset.SeriesInstanceUID = SERIES[modality]
    dataset.PatientID = "42"
    dataset.PatientName = "Lovelace^Ada"
    dataset.Modality = modality
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    content = io.BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    return str(dataset.SOPInstanceUID), content.getvalue()


def uids(server: ScriptServer) -> set[str]:
    """Return the SOPInstanceUIDs of all instances that a server has."""
    instances = server.session.get("/instances?expand").json()
    return {each["MainDicomTags"]["SOPInstanceUID"] for each in instances}


def wait_until(look: Callable[[], bool], what: str, timeout: float = 60.0) -> None:
    end = time.monotonic() + timeout
    while not look():
        assert time.monotonic() < end, f"after {timeout:g} s, not yet: {what}"
        time.sleep(0.05)
