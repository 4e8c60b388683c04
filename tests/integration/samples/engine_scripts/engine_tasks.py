# SPDX-License-Identifier: GPL-3.0-or-later
"""The same work in the shape that each engine wants."""

from __future__ import annotations

import io
import os
import time
from typing import Any

import pydicom


def dataset(read: Any) -> float:
    """For Dask."""
    mean = float(read.pixel_array.mean())
    end = time.thread_time() + float(os.environ["ENGINE_TASK_SECONDS"])
    while time.thread_time() < end:
        pass
    return mean


def file(content: bytes) -> float:
    """For the engines in one Orthanc."""
    return dataset(pydicom.dcmread(io.BytesIO(content)))


def piece(claimed: Any, orthanc: Any) -> float:
    """For the work queue."""
    return file(orthanc.get(f"{claimed.resource}/file"))
