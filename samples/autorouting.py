# SPDX-License-Identifier: GPL-3.0-or-later
# Sends each study to a modality of the configuration's "DicomModalities" once no more instances come for it.
# MODALITY=archive Orthanc orthanc.json; curl http://localhost:8042/instances --data-binary @image.dcm

import json
import os

import orthanc

MODALITY = os.environ.get("MODALITY", "sample")


def on_change(change_type: orthanc.ChangeType, level: orthanc.ResourceType, resource_id: str) -> None:
    if change_type != orthanc.ChangeType.STABLE_STUDY:
        return
    # Orthanc runs this as a job, seen in /jobs, so that a slow modality does not delay the next events.
    job = {"Resources": [resource_id], "Synchronous": False}
    try:
        answer = json.loads(orthanc.RestApiPost(f"/modalities/{MODALITY}/store", json.dumps(job)))
    except orthanc.OrthancException as error:
        orthanc.LogError(f"Cannot send study {resource_id} to {MODALITY}: {error}")
    else:
        orthanc.LogWarning(f"Sending study {resource_id} to {MODALITY}: job {answer['ID']}")


orthanc.RegisterOnChangeCallback(on_change)
