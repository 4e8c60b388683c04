# SPDX-License-Identifier: GPL-3.0-or-later
# Sends each stable study through a route of another plugin, by default of the DICOMweb plugin.
# ROUTE=/dicom-web/servers/pacs/stow Orthanc orthanc.json; curl http://localhost:8042/instances --data-binary @image.dcm

import json
import os

import orthanc

ROUTE = os.environ.get("ROUTE", "/dicom-web/servers/sample/stow")


def on_change(change_type: orthanc.ChangeType, level: orthanc.ResourceType, resource_id: str) -> None:
    if change_type != orthanc.ChangeType.STABLE_STUDY:
        return
    # The other plugin runs this as a job, seen in /jobs, so that a slow server does not delay the next events.
    job = {"Resources": [resource_id], "Synchronous": False}
    try:
        # RestApiPost() reaches the routes of Orthanc alone. RestApiPostAfterPlugins() tries the plugins first.
        answer = json.loads(orthanc.RestApiPostAfterPlugins(ROUTE, json.dumps(job)))
    except orthanc.OrthancException as error:
        orthanc.LogError(f"Cannot send study {resource_id} to {ROUTE}: {error}")
    else:
        orthanc.LogWarning(f"Sending study {resource_id} to {ROUTE}: job {answer['ID']}")


orthanc.RegisterOnChangeCallback(on_change)
