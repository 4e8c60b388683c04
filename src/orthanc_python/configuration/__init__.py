# SPDX-License-Identifier: GPL-3.0-or-later
"""Orthanc's configuration as its users write it: JSON with comments, in a file or in the files of a folder."""

from __future__ import annotations

from orthanc_python.configuration.files import Configuration, ConfigurationFile, files_of, read_configuration, read_files
from orthanc_python.configuration.members import Member

__all__ = ["Configuration", "ConfigurationFile", "Member", "files_of", "read_configuration", "read_files"]
