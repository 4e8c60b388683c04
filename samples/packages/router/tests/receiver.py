# SPDX-License-Identifier: GPL-3.0-or-later
"""The script of an Orthanc that plays the target: it counts what arrives, and refuses one modality."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import orthanc

REFUSED = "XA"
arrivals: Counter[str] = Counter()


def on_arrival(instance: orthanc.DicomInstance) -> int:
    tags = json.loads(instance.GetInstanceSimplifiedJson())
    arrivals[tags["SOPInstanceUID"]] += 1
    return 0xA700 if tags["Modality"] == REFUSED else 0  # "out of resources"


def answer(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] == "DELETE":
        arrivals.clear()
    output.AnswerBuffer(json.dumps(arrivals), "application/json")


orthanc.RegisterIncomingCStoreInstanceFilter(on_arrival)
orthanc.RegisterRestCallback("/arrivals", answer)
