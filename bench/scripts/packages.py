# SPDX-License-Identifier: GPL-3.0-or-later
"""What many scripts import at their start."""

import numpy  # noqa: F401
import pydicom  # noqa: F401
