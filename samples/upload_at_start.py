# SPDX-License-Identifier: GPL-3.0-or-later
# Stores a DICOM file when Orthanc has started: that of $DICOM_FILE, else start.dcm beside this script.
# DICOM_FILE=image.dcm Orthanc orthanc.json; curl http://localhost:8042/instances

import json
import os
from pathlib import Path

import orthanc

FILE = Path(os.environ.get("DICOM_FILE", Path(__file__).with_name("start.dcm")))


def on_change(change_type: orthanc.ChangeType, level: orthanc.ResourceType, resource_id: str) -> None:
    if change_type != orthanc.ChangeType.ORTHANC_STARTED:
        return
    try:
        answer = json.loads(orthanc.RestApiPost("/instances", FILE.read_bytes()))
    except (OSError, orthanc.OrthancException) as error:
        orthanc.LogError(f"Cannot store {FILE}: {error}")
    else:
        orthanc.LogWarning(f"Stored {FILE.name} as instance {answer['ID']} ({answer['Status']})")


orthanc.RegisterOnChangeCallback(on_change)
