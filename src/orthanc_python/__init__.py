# SPDX-License-Identifier: GPL-3.0-or-later
"""Tools around the Python plugin of Orthanc."""

from __future__ import annotations

from orthanc_python.server.client import Response, RestClient
from orthanc_python.server.orthanc_server import OrthancDidNotStart, OrthancNotFound, OrthancServer

__all__ = ["OrthancDidNotStart", "OrthancNotFound", "OrthancServer", "Response", "RestClient"]
