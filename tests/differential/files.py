# SPDX-License-Identifier: GPL-3.0-or-later
"""The DICOM files that the steps send: those that pydicom brings, with elements replaced."""

from __future__ import annotations

import io

import pydicom

from tests.integration.helpers import TEST_FILES

NAMES = {
    "CT": "CT_small.dcm",
    "MR": "MR_small.dcm",
    "RTPLAN": "rtplan.dcm",
    "COLOUR": "SC_rgb_small_odd.dcm",
    "FRAMES": "SC_rgb_rle_2frame.dcm",
    "JPEG": "SC_rgb_jpeg_gdcm.dcm",
}


def make_dataset(file: str, *elements: str) -> pydicom.Dataset:
    dataset = pydicom.dcmread(TEST_FILES / NAMES[file])
    for element in elements:
        keyword, _, value = element.partition("=")
        setattr(dataset, keyword, value)
        if keyword == "SOPInstanceUID":
            dataset.file_meta.MediaStorageSOPInstanceUID = value
    return dataset


def make_file(file: str, *elements: str) -> bytes:
    if not elements:
        return (TEST_FILES / NAMES[file]).read_bytes()
    content = io.BytesIO()
    pydicom.dcmwrite(content, make_dataset(file, *elements))
    return content.getvalue()
