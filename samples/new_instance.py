# SPDX-License-Identifier: GPL-3.0-or-later
# Reads each new instance: its size, tags, metadata, and origin.
# curl http://localhost:8042/instances --data-binary @image.dcm; curl http://localhost:8042/new-instances

import collections
import json
from typing import Any

import orthanc

ORIGINS = {getattr(orthanc.InstanceOrigin, name): name for name in dir(orthanc.InstanceOrigin) if name.isupper()}

latest: collections.deque[dict[str, Any]] = collections.deque(maxlen=100)  # append() and copy() are safe in several threads


def on_stored_instance(instance: orthanc.DicomInstance, instance_id: str) -> None:
    tags = json.loads(instance.GetInstanceSimplifiedJson())
    description: dict[str, Any] = {
        "ID": instance_id,
        "Size": instance.GetInstanceSize(),
        "Origin": ORIGINS[instance.GetInstanceOrigin()],
        "Modality": tags.get("Modality", ""),
        "SOPInstanceUID": tags["SOPInstanceUID"],
    }
    if instance.GetInstanceOrigin() == orthanc.InstanceOrigin.DICOM_PROTOCOL:
        description["RemoteAET"] = instance.GetInstanceRemoteAet()
    if instance.HasInstanceMetadata("ReceptionDate"):
        description["ReceptionDate"] = instance.GetInstanceMetadata("ReceptionDate")
    latest.append(description)
    orthanc.LogWarning(f"New instance: {json.dumps(description)}")


def list_instances(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.AnswerBuffer(json.dumps(list(latest.copy()), indent=2), "application/json")


orthanc.RegisterOnStoredInstanceCallback(on_stored_instance)
orthanc.RegisterRestCallback("/new-instances", list_instances)
