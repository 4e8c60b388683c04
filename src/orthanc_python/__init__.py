# SPDX-License-Identifier: GPL-3.0-or-later
"""Tools around the Python plugin of Orthanc."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orthanc_python.server.client import Response, RestClient
    from orthanc_python.server.orthanc_server import OrthancServer
    from orthanc_python.server.start_errors import OrthancDidNotStart, OrthancNotFound

__all__ = ["OrthancDidNotStart", "OrthancNotFound", "OrthancServer", "Response", "RestClient"]

MODULES = {"OrthancServer": "orthanc_server", "Response": "client", "RestClient": "client"}  # others: start_errors


def __getattr__(name: str) -> object:
    """Import a class when it is asked for: the command handles Ctrl-C before it imports more than this module."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.server.{MODULES.get(name, 'start_errors')}"), name)
