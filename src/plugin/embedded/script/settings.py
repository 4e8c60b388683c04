# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the section "Python" of Orthanc's configuration."""

from __future__ import annotations

shows_details = False  # ErrorDetails: whether clients see the texts of all errors
