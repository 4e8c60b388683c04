# SPDX-License-Identifier: GPL-3.0-or-later
"""A DICOM file with a patient in all places that one can be in."""

from __future__ import annotations

import io

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

STUDY, SERIES = generate_uid(), generate_uid()
# None of this may be anywhere afterwards.
SECRETS = ("Lovelace", "Ada", "AL-4711", "19401203", "Somerset", "Babbage", "ST-JAMES", STUDY, SERIES)


def person() -> Dataset:
    dataset = Dataset()
    dataset.PatientName = "Lovelace^Ada"
    dataset.PatientID = "AL-4711"
    dataset.PatientBirthDate = "19401203"
    dataset.OtherPatientIDs = ["AL-4711a", "AL-4711b"]
    return dataset


def make_dataset(**elements: object) -> Dataset:
    """A CT image of four pixels."""
    dataset = person()
    dataset.PatientAddress = "Somerset"
    dataset.PatientComments = "Ada is fine"
    dataset.PatientSex = "F"
    dataset.ReferringPhysicianName = "Babbage^Charles"
    dataset.InstitutionName = "ST-JAMES"
    dataset.StudyDescription = "Head of Ada"
    dataset.AcquisitionDateTime = "19401203101112"
    dataset.StudyDate = dataset.ContentDate = "19401203"
    dataset.StudyTime = "101112"
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = generate_uid()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = STUDY, SERIES
    dataset.Modality = "CT"
    # Within sequences: one that the profile names, one that it does not, and one in another.
    request = person()
    request.RequestedProcedureDescription = "Somerset"
    code = Dataset()
    code.CodeMeaning = "T-A0100"
    code.PersonName = "Babbage^Charles"
    request.ScheduledProtocolCodeSequence = Sequence([code])
    dataset.RequestAttributesSequence = Sequence([request])
    reference = person()
    reference.ReferencedSOPInstanceUID = STUDY
    dataset.ReferencedImageSequence = Sequence([reference])
    observer = Dataset()
    observer.VerifyingObserverName = "Babbage^Charles"
    dataset.VerifyingObserverSequence = Sequence([observer])
    anatomy = person()
    anatomy.CodeValue = "69536005"
    dataset.AnatomicRegionSequence = Sequence([anatomy])
    block = dataset.private_block(0x0029, "ST-JAMES", create=True)
    block.add_new(0x01, "LO", "Lovelace^Ada")
    dataset.add_new(0x50003000, "OW", b"Ada ")  # a curve: a repeating group
    dataset.add_new(0x00091011, "UN", b"AL-4711")  # private, without a creator
    dataset.add_new(0x0008FFFE, "UN", b"Somerset")  # of no edition
    dataset.add_new(0x0008FFFC, "LO", "Somerset")  # likewise, with the representation of a text
    dataset.Rows = dataset.Columns = 2
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 0
    dataset.PixelData = bytes(range(8))
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.SourceApplicationEntityTitle = "ST-JAMES"
    dataset.file_meta.ImplementationVersionName = "Ada Lovelace"
    dataset.file_meta.add_new(0x00020200, "LO", "Lovelace^Ada")  # of no edition
    dataset.preamble = b"Lovelace".ljust(128, b"\0")
    return dataset


def make_file(without: str = "", **elements: object) -> bytes:
    dataset = make_dataset(**elements)
    if without:
        delattr(dataset, without)
    content = io.BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    return content.getvalue()


def found_in(content: bytes | str) -> list[str]:
    """Return the secrets that are in a file or a text."""
    data = content.encode() if isinstance(content, str) else content
    return [secret for secret in SECRETS if secret.encode() in data]
