# SPDX-License-Identifier: GPL-3.0-or-later
# Parses DICOM in a worker process by pydicom, so that large files do not delay the server. Needs: pip install pydicom
# curl http://localhost:8042/instances/{id}/elements

import io
import json
import multiprocessing
from typing import Any

import orthanc
import pydicom


def list_elements(dicom: bytes) -> list[dict[str, str]]:
    """Parse in a worker: get bytes, and return plain values."""
    dataset = pydicom.dcmread(io.BytesIO(dicom), stop_before_pixels=True)
    return [{"tag": str(each.tag), "vr": each.VR, "name": each.name, "value": str(each.value)} for each in dataset]


def elements(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    try:
        dicom = orthanc.GetDicomForInstance(request["groups"][0])
    except orthanc.OrthancException:
        output.SendHttpStatusCode(404)
        return
    # An exception of the worker is raised again by apply().
    output.AnswerBuffer(json.dumps(pool.apply(list_elements, (dicom,)), indent=2), "application/json")


def on_change(change_type: orthanc.ChangeType, level: orthanc.ResourceType, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        pool.close()
        pool.join()


pool = multiprocessing.Pool(processes=2)
orthanc.RegisterRestCallback("/instances/([^/]+)/elements", elements)
orthanc.RegisterOnChangeCallback(on_change)
