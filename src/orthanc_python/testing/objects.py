# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that Orthanc gives to callbacks, as tests make them: each answers what the test has said of it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from orthanc_python.testing.handle import Handle, OfHandle, lent

Tag = str | tuple[int, int]


def dicom_instance(
    module: ModuleType, data: bytes, tags: Mapping[str, Any], *, origin: int, remote_aet: str, metadata: Mapping[str, str]
) -> Handle:
    """Return a DicomInstance. `tags` is what GetInstanceSimplifiedJson gives, by name. Other forms are unanswered."""
    known = dict(metadata)
    instance: Handle = module.DicomInstance()
    instance.answers = {
        "GetInstanceData": data,
        "GetInstanceDataRange": lambda offset, size: data[offset : offset + size],
        "GetInstanceDataView": memoryview(data),
        "OpenInstanceData": OfHandle(lambda used: io.BufferedReader(_InstanceFile(used, data))),
        "GetInstanceSize": len(data),
        "GetInstanceSimplifiedJson": json.dumps(dict(tags)),
        "GetInstanceOrigin": origin,
        "GetInstanceRemoteAet": remote_aet,
        "HasInstanceMetadata": lambda metadata: int(metadata in known),
        "GetInstanceMetadata": lambda metadata: known.get(metadata),
    }
    return instance


def connection(module: ModuleType, remote_aet: str, remote_ip: str, called_aet: str) -> Handle:
    """Return a DicomConnection. Raise AttributeError with an SDK that has none."""
    made: Handle = module.DicomConnection()
    made.answers = {
        "GetConnectionRemoteAet": remote_aet,
        "GetConnectionRemoteIp": remote_ip,
        "GetConnectionCalledAet": called_aet,
    }
    return lent(made)


def find_query(module: ModuleType, tags: Mapping[Tag, str], dictionary: Mapping[str, tuple[int, int]]) -> Handle:
    """Return a FindQuery.

    Args:
        tags: the values by the tag's name or (group, element).
        dictionary: (group, element) by the tag's name.
    """
    names = {number: name for name, number in dictionary.items()}
    rows: list[tuple[str, int, int, str]] = []
    for tag, value in tags.items():
        if isinstance(tag, str):
            if tag not in dictionary:
                raise ValueError(f"unknown DICOM tag: {tag}; give it as (group, element), or install pydicom")
            rows.append((tag, *dictionary[tag], value))
        else:
            rows.append((names.get(tag, ""), *tag, value))
    query: Handle = module.FindQuery()
    query.answers = {
        "GetFindQuerySize": len(rows),
        "GetFindQueryTag": lambda index: rows[index][1:3],
        "GetFindQueryTagName": lambda index: rows[index][0],
        "GetFindQueryTagGroup": lambda index: rows[index][1],
        "GetFindQueryTagElement": lambda index: rows[index][2],
        "GetFindQueryValue": lambda index: rows[index][3],
    }
    return lent(query)


def worklist_query(module: ModuleType, dicom: bytes, matches: Any) -> Handle:
    """Return a WorklistQuery. `matches` is True, False or a function of the DICOM file."""
    query: Handle = module.WorklistQuery()
    query.answers = {
        "WorklistGetDicomQuery": dicom,
        "WorklistIsMatch": lambda dicom: int(matches(dicom) if callable(matches) else matches),
    }
    return lent(query)


def tag_dictionary(names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return (group, element) of these names of tags, from pydicom's dictionary or the few that queries mostly have."""
    try:
        from pydicom.datadict import tag_for_keyword
    except ImportError:
        return dict(COMMON_TAGS)
    numbers = {name: tag_for_keyword(name) for name in (*names, *COMMON_TAGS)}
    return {name: (number >> 16, number & 0xFFFF) for name, number in numbers.items() if number is not None}


COMMON_TAGS = {
    "AccessionNumber": (0x0008, 0x0050),
    "QueryRetrieveLevel": (0x0008, 0x0052),
    "Modality": (0x0008, 0x0060),
    "ModalitiesInStudy": (0x0008, 0x0061),
    "StudyDate": (0x0008, 0x0020),
    "StudyDescription": (0x0008, 0x1030),
    "PatientName": (0x0010, 0x0010),
    "PatientID": (0x0010, 0x0020),
    "PatientBirthDate": (0x0010, 0x0030),
    "StudyInstanceUID": (0x0020, 0x000D),
    "SeriesInstanceUID": (0x0020, 0x000E),
    "SOPInstanceUID": (0x0008, 0x0018),
}


def http_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return the headers of a request as Orthanc passes them on: names in lower case."""
    return {name.lower(): value for name, value in (headers or {}).items()}


class _InstanceFile(io.RawIOBase):
    """A DICOM instance as a file, readable as long as the instance is valid."""

    name = "<DICOM instance>"  # pydicom asks for it

    def __init__(self, instance: Handle, data: bytes) -> None:
        self._instance = instance
        self._file = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self._instance.check()
        return self._file.readinto(buffer)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._instance.check()
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


class Body:
    """The body of a chunked request: an iterator of bytes, with read(size).

    As in the plugin, the first use of the output drops what is unread of it, and so does the end of the callback.
    """

    def __init__(self, data: bytes, output: Handle) -> None:
        self._file = io.BytesIO(data)
        self._size = len(data)
        self._output = output

    def __iter__(self) -> Body:
        return self

    def __next__(self) -> bytes:
        part = self.read(65536)
        if not part:
            raise StopIteration
        return part

    def read(self, size: int = -1) -> bytes:
        if self._output.is_used and self._file.tell() < self._size:
            raise RuntimeError(
                "the rest of the body was dropped when `output` was first used or the callback returned: read the body before"
            )
        return self._file.read(size)
