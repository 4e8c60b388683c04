# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin. Name this module in the setting "Modules" of the section "Python"."""

from __future__ import annotations

import atexit
import json
from typing import Any

import orthanc

from dicom_router.router import Router
from dicom_router.settings import Settings
from orthanc_python.inside import read_section

ORTHANC_REQUIRES = {"plugin": ">=0.1", "sdk": ">=1.10.1", "orthanc": ">=1.10.1"}

router = Router(read_section("Router", Settings))


def answer(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.AnswerBuffer(json.dumps(router.state()) + "\n", "application/json")


orthanc.RegisterOnChangeCallback(router.on_change)
orthanc.RegisterRestCallback("/router", answer)
atexit.register(router.stop)
