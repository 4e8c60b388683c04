# SPDX-License-Identifier: GPL-3.0-or-later
"""The task that comes with the package."""

from __future__ import annotations

import io
import json
import uuid

import numpy
import pytest
from orthanc_work_queue.orthanc_client import OrthancClient
from orthanc_work_queue.tasks import pixel_statistics
from orthanc_work_queue.work_queue import Piece
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ParametricMapStorage, SecondaryCaptureImageStorage


class OneImage(OrthancClient):
    """Stands for an Orthanc that has an image of four pixels."""

    def __init__(self, pixels: numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.generic]]) -> None:
        super().__init__("http://localhost:1", {})
        self.pixels = pixels

    def get(self, path: str) -> bytes:
        assert path == "/instances/x/file"
        is_float = self.pixels.dtype.kind == "f"
        dataset = Dataset()
        dataset.SOPClassUID = ParametricMapStorage if is_float else SecondaryCaptureImageStorage
        dataset.SOPInstanceUID = "1.2"
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.Rows, dataset.Columns = 2, 2
        dataset.BitsAllocated = 8 * self.pixels.itemsize
        if is_float:
            dataset.FloatPixelData = self.pixels.tobytes()
        else:
            dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 15, 1
            dataset.PixelData = self.pixels.tobytes()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        content = io.BytesIO()
        dataset.save_as(content, enforce_file_format=True)
        return content.getvalue()


@pytest.mark.parametrize(("kind", "values"), [("<i2", [-3, 0, 1, 4]), ("<f4", [0.25, 0.5, 0.5, 0.75])])
def test_range_of_pixels(kind: str, values: list[float]) -> None:
    """Of a map with fractions too, as they are."""
    piece = Piece(number=1, resource="/instances/x", attempts=1, claim=uuid.uuid4())
    found = json.loads(json.dumps(pixel_statistics(piece, OneImage(numpy.array(values, kind)))))
    assert found == {"mean": 0.5, "minimum": values[0], "maximum": values[3]}
    assert type(found["minimum"]) is type(values[0])
