# SPDX-License-Identifier: GPL-3.0-or-later
"""De-identify a DICOM file. It does not need Orthanc.

Pseudonyms and new UIDs are made of the former values and a secret key. So those of a study agree, also after a restart and
on another server with the same key.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import string
from dataclasses import dataclass, field
from typing import Any

import pydicom
from pydicom.datadict import dictionary_has_tag, dictionary_VR, repeater_has_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

from dicom_deidentifier.profile import EDITION, Action, Profile

TEXT = "ANONYMIZED"
LAST_GROUP_OF_OTHERS = 0x0004
LONGEST_TEXT = 64  # characters of a value of the VR LO
PADDING = string.whitespace + "\0"
DUMMIES: dict[str, Any] = {
    **dict.fromkeys(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"), TEXT),
    **dict.fromkeys(("SL", "SS", "SV", "UL", "US", "UV"), 0),
    **dict.fromkeys(("FD", "FL"), 0.0),
    **dict.fromkeys(("DS", "IS"), "0"),
    **dict.fromkeys(("OB", "OD", "OF", "OL", "OV", "OW", "UN"), bytes(8)),
    "AS": "000Y",
    "DA": "19000101",
    "DT": "19000101000000",
    "TM": "000000",
    "UR": "https://anonymized.invalid",
}
# Of the file's header, what stays (PS3.10, 7.1). The rest may have names of nodes and persons, such as a vendor's own data.
HEADER = {
    "FileMetaInformationGroupLength",
    "FileMetaInformationVersion",
    "MediaStorageSOPClassUID",
    "MediaStorageSOPInstanceUID",
    "TransferSyntaxUID",
    "ImplementationClassUID",
}


class Refused(Exception):
    """The instance must not be stored. The text has nothing of a patient."""


@dataclass
class Result:
    """The new file, and what the audit trail says of it."""

    dicom: bytes = b""
    patient: str = ""
    study: str = ""
    instance: str = ""
    counts: dict[str, int] = field(default_factory=dict)  # of attributes, by the profile's action


class Deidentifier:
    def __init__(self, key: bytes, profile: Profile, *, store_burned_in: bool = False) -> None:
        self._key = key
        self._profile = profile
        self._store_burned_in = store_burned_in

    def digest(self, kind: str, value: bytes) -> bytes:
        return hmac.new(self._key, kind.encode() + b"\0" + value, hashlib.sha256).digest()

    def uid(self, former: str) -> str:
        """Return the UID that stands for another, derived from a UUID (PS3.5, B.2)."""
        return f"2.25.{int.from_bytes(self.digest('uid', former.encode())[:16], 'big')}"

    def pseudonym(self, dataset: Dataset) -> str:
        """Return the name of a patient; of a study, if the patient has no ID."""
        issuer, identifier, study = (  # spaces around a value have no meaning (PS3.5, 6.2)
            str(dataset.get(keyword) or "").strip() for keyword in ("IssuerOfPatientID", "PatientID", "StudyInstanceUID")
        )
        patient = f"{issuer}\0{identifier}" if identifier else f"{issuer}\0\0{study}"
        return f"P{self.digest('patient', patient.encode()).hex()[:16].upper()}"

    def run(self, dicom: bytes) -> Result:
        """De-identify a file.

        Raises:
            Refused: the image says that there is text in its pixels.
            Exception: the file is not valid. The text may have values of it.
        """
        dataset = pydicom.dcmread(io.BytesIO(dicom))
        if has_burned_in_text(dataset) and not self._store_burned_in:
            raise Refused("BurnedInAnnotation is YES")
        result = Result(patient=self.pseudonym(dataset))
        self._clean(dataset, result)
        dataset.PatientID = dataset.PatientName = result.patient
        mark(dataset, self._profile.keep)
        result.study, result.instance = str(dataset.StudyInstanceUID), str(dataset.SOPInstanceUID)
        header = dataset.file_meta
        for element in list(header):
            if element.keyword not in HEADER:
                del header[element.tag]
        header.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.preamble = bytes(128)
        content = io.BytesIO()
        dataset.save_as(content, enforce_file_format=True)
        result.dicom = content.getvalue()
        return result

    def _clean(self, dataset: Dataset, result: Result) -> None:
        for element in list(dataset):
            action = self._profile.action(element.tag)
            if action is None and not known(element):
                action = Action.REMOVE
            if action is not None:
                result.counts[action.name.lower()] = result.counts.get(action.name.lower(), 0) + 1
            if action is None or action is Action.UID_OR_ITEMS:
                self._clean_items(element, result)
            elif action is Action.REMOVE:
                del dataset[element.tag]
            elif action is Action.EMPTY:
                element.clear()
            elif action is Action.UID:
                self._replace_uid(element)
            else:
                element.value = self._dummy(element)

    def _clean_items(self, element: DataElement, result: Result) -> None:
        if element.VR == "SQ":
            for item in element.value:
                self._clean(item, result)
        elif self._profile.action(element.tag) is Action.UID_OR_ITEMS:
            self._replace_uid(element)

    def _replace_uid(self, element: DataElement) -> None:
        value = element.value
        if isinstance(value, MultiValue):
            element.value = [self.uid(str(each)) for each in value]
        elif value:
            element.value = self.uid(str(value))

    def _dummy(self, element: DataElement) -> Any:
        if element.VR == "SQ":
            return Sequence([Dataset()])
        if element.VR == "UI":
            return self.uid(str(element.value))
        return DUMMIES[element.VR]


def has_burned_in_text(dataset: Dataset) -> bool:
    """Return whether an image says that there is text in its pixels, also with white space around it, or among other values.

    pydicom gives the bytes of a file that names another VR, and does not divide them into values.
    """
    value = dataset.get("BurnedInAnnotation")
    value = dataset.get("BurnedInAnnotation")
    values = value if isinstance(value, MultiValue) else [value]
    texts = (each.decode("ascii", "replace") if isinstance(each, bytes) else str(each) for each in values)
    return any(each.strip(PADDING).upper() == "YES" for text in texts for each in text.split("\\"))


def known(element: DataElement) -> bool:
    """Return whether the standard has a public attribute. Another one may have a text of any kind.

    Those of messages, file headers and directories (groups 0 to 4) are not of an image, and name nodes.
    """
    has_tag = dictionary_has_tag(element.tag) or repeater_has_tag(int(element.tag))
    return element.VR != "UN" and element.tag.group > LAST_GROUP_OF_OTHERS and has_tag


def mark(dataset: Dataset, keep: tuple[str, ...]) -> None:
    """Write what has been done, and what was kept, into the file, as PS3.15, E.1.1 asks for."""
    times = [keyword for keyword in keep if dictionary_VR(keyword) in ("DA", "DT", "TM")]
    dataset.PatientIdentityRemoved = "YES"
    dataset.LongitudinalTemporalInformationModified = "UNMODIFIED" if times else "REMOVED"
    kept = [f"kept {keyword}"[:LONGEST_TEXT] for keyword in keep]
    dataset.DeidentificationMethod = [f"DICOM PS3.15 {EDITION} Basic Profile", *kept]
    code = Dataset()
    code.CodeValue = "113100"
    code.CodingSchemeDesignator = "DCM"
    code.CodeMeaning = "Basic Application Confidentiality Profile"
    dataset.DeidentificationMethodCodeSequence = [code]
