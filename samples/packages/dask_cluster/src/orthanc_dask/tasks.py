# SPDX-License-Identifier: GPL-3.0-or-later
"""The task that comes with the package. The workers need numpy and pydicom for it, but not this package."""

from __future__ import annotations

import pydicom


def mean_intensity(dataset: pydicom.Dataset) -> float:
    """Return the mean of an instance's pixels. What a task returns must fit into JSON."""
    return float(dataset.pixel_array.mean())
