# SPDX-License-Identifier: GPL-3.0-or-later
"""The script of an Orthanc that plays the target: it counts what arrives. Until PUT /arrivals, it refuses one modality."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import orthanc

refused = {"XA"}
arrivals: Counter[str] = Counter()


def on_arrival(instance: orthanc.DicomInstance) -> int:
    tags = json.loads(instance.GetInstanceSimplifiedJson())
    arrivals[tags["SOPInstanceUID"]] += 1
    return 0xA700 if tags["Modality"] in refused else 0  # "out of resources"


def answer(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] == "DELETE":
        arrivals.clear()
        refused.add("XA")
    if request["method"] == "PUT":
        refused.clear()
    output.AnswerBuffer(json.dumps(arrivals), "application/json")


orthanc.RegisterIncomingCStoreInstanceFilter(on_arrival)
orthanc.RegisterRestCallback("/arrivals", answer)
