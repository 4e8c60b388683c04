# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports that many scripts begin with."""

import numpy  # noqa: F401
import pydicom  # noqa: F401
