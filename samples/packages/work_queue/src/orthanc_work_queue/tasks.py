# SPDX-License-Identifier: GPL-3.0-or-later
"""The task that comes with the package. Write your own as a function of this shape, and name it in the setting "Task"."""

from __future__ import annotations

import io
from typing import Any

import pydicom

from orthanc_work_queue.orthanc_client import OrthancClient
from orthanc_work_queue.work_queue import Piece


def pixel_statistics(piece: Piece, orthanc: OrthancClient) -> Any:
    """Return the mean and the range of an instance's pixels. What a task returns must fit into JSON."""
    dataset = pydicom.dcmread(io.BytesIO(orthanc.get(f"{piece.resource}/file")))
    pixels = dataset.pixel_array
    return {"mean": float(pixels.mean()), "minimum": pixels.min().item(), "maximum": pixels.max().item()}
