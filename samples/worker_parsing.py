# SPDX-License-Identifier: GPL-3.0-or-later
# Parses DICOM in a worker process by pydicom, so that large files do not delay the server. Needs: pip install pydicom
# curl http://localhost:8042/instances/{id}/elements

import io
import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import orthanc
import pydicom


def list_elements(dicom: bytes) -> list[dict[str, str]]:
    """Parse in a worker: get bytes, and return plain values."""
    dataset = pydicom.dcmread(io.BytesIO(dicom), stop_before_pixels=True)
    return [{"tag": str(each.tag), "vr": each.VR, "name": each.name, "value": str(each.value)} for each in dataset]


def new_pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(2)


def compute(function: Callable[..., Any], *arguments: object) -> Any:
    """Have a worker compute. If a worker has died, such as for a lack of memory, raise that, and use new ones from then on."""
    global pool
    used = pool
    try:
        return used.submit(function, *arguments).result()
    except BrokenProcessPool:
        if pool is used:
            pool = new_pool()
        raise


def elements(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    try:
        dicom = orthanc.GetDicomForInstance(request["groups"][0])
    except orthanc.OrthancException:
        output.SendHttpStatusCode(404)
        return
    # An exception of the worker is raised again by compute().
    output.AnswerBuffer(json.dumps(compute(list_elements, dicom), indent=2), "application/json")


def on_change(change_type: orthanc.ChangeType, level: orthanc.ResourceType, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        for worker in multiprocessing.active_children():  # the stop does not wait for them
            worker.kill()
        pool.shutdown()


pool = new_pool()
if multiprocessing.parent_process() is None:
    pool.submit(int)  # starts the workers, before the server is busy
orthanc.RegisterRestCallback("/instances/([^/]+)/elements", elements)
orthanc.RegisterOnChangeCallback(on_change)
