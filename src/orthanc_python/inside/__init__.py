# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules for packages and scripts inside Orthanc: typed settings of their own, and folders of files that they serve."""

from __future__ import annotations

from orthanc_python.inside.sections import SettingError, fill, read_section
from orthanc_python.inside.static_files import serve_folder

__all__ = ["SettingError", "fill", "read_section", "serve_folder"]
