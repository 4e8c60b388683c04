# SPDX-License-Identifier: GPL-3.0-or-later
"""A DICOM instance as a file. It reads from Orthanc's memory on demand, and no longer than Orthanc allows."""

from __future__ import annotations

import io

import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from typing import BinaryIO


class _InstanceFile(io.RawIOBase):
    name = "<DICOM instance>"  # pydicom asks for it

    def __init__(self, instance: orthanc.DicomInstance) -> None:
        self._instance = instance
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:
        target = memoryview(buffer).cast("B")
        data = self._instance.GetInstanceDataRange(self._position, len(target))
        target[: len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        origins = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._instance.GetInstanceSize()}
        if whence not in origins:
            raise ValueError(f"invalid whence ({whence}, should be 0, 1 or 2)")
        if origins[whence] + offset < 0:
            raise ValueError("negative seek position")
        self._position = origins[whence] + offset
        return self._position

    def tell(self) -> int:
        return self._position


def open_instance(instance: orthanc.DicomInstance) -> BinaryIO:
    return io.BufferedReader(_InstanceFile(instance))
