# SPDX-License-Identifier: GPL-3.0-or-later
# Work for many machines: the workers of a Dask cluster fetch instances by REST. Needs: pip install distributed pydicom numpy
# DASK_SCHEDULER=tcp://scheduler:8786 Orthanc orthanc.json; curl http://localhost:8042/series/{id}/intensities

import importlib
import io
import json
import os
import threading
import urllib.request
from collections.abc import Callable
from typing import Any

import orthanc
import pydicom

# Most of its functions have no types: as Any, it passes type checkers.
distributed: Any = importlib.import_module("distributed")

PORT = json.loads(orthanc.GetConfiguration()).get("HttpPort", 8042)
ORTHANC_URL = os.environ.get("ORTHANC_URL", f"http://localhost:{PORT}")  # as the workers reach it
SCHEDULER = os.environ.get("DASK_SCHEDULER", "tcp://localhost:8786")
TIMEOUT = 5.0  # seconds to find the scheduler

lock = threading.Lock()
client: Any = None


def task() -> Callable[[str], float]:
    """Return the workers' function. They have no copy of this file, but an inner function is sent along as a whole."""
    token = orthanc.GenerateRestApiAuthorizationToken()

    def mean_intensity(url: str) -> float:
        call = urllib.request.Request(url, headers={"Authorization": token})
        with urllib.request.urlopen(call, timeout=60) as response:
            dataset = pydicom.dcmread(io.BytesIO(response.read()))
        return float(dataset.pixel_array.mean())

    return mean_intensity


def cluster() -> Any:
    """The connection, made when it is first needed, and anew after the scheduler was away."""
    global client
    with lock:
        if client is None or client.status != "running":
            client = distributed.Client(SCHEDULER, timeout=TIMEOUT, set_as_default=False)
        return client


def intensities(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    try:
        series = json.loads(orthanc.RestApiGet(f"/series/{request['groups'][0]}"))
    except orthanc.OrthancException:
        output.SendHttpStatusCode(404)
        return
    urls = [f"{ORTHANC_URL}/instances/{instance}/file" for instance in series["Instances"]]
    try:
        connection = cluster()
    except OSError as error:
        output.SendHttpStatus(503, f"There is no Dask scheduler at {SCHEDULER}: {error}")
        return
    # Waiting releases the GIL. An exception of a worker is raised again by gather().
    means = connection.gather(connection.map(mean_intensity, urls, pure=False))
    output.AnswerBuffer(json.dumps(dict(zip(series["Instances"], means, strict=True))), "application/json")


def on_change(change_type: orthanc.ChangeType, level: orthanc.ResourceType, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.ORTHANC_STOPPED and client is not None:
        client.close()


mean_intensity = task()
orthanc.RegisterRestCallback("/series/([^/]+)/intensities", intensities)
orthanc.RegisterOnChangeCallback(on_change)
