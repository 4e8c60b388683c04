# SPDX-License-Identifier: GPL-3.0-or-later
# A worker process that calls Orthanc's REST API over HTTP, with a token that stands for this plugin.
# curl http://localhost:8042/modalities-by-worker

import collections
import json
import multiprocessing
import threading
import urllib.request
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import orthanc

server: dict[str, Any] = {}  # in a worker, what it needs to call Orthanc


def initialize(port: int, token: str) -> None:
    server.update(port=port, headers={"Authorization": token})


def get(path: str) -> Any:
    call = urllib.request.Request(f"http://127.0.0.1:{server['port']}{path}", headers=server["headers"])
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy between us and ourselves
    with opener.open(call, timeout=30) as response:
        return json.load(response)


def count_modalities() -> dict[str, int]:
    """Count in the worker, where the module "orthanc" cannot be used."""
    return collections.Counter(series["MainDicomTags"].get("Modality", "") for series in get("/series?expand"))


def new_pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, initializer=initialize, initargs=(port, token))


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


def modalities(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if not places.acquire(blocking=False):
        output.SendHttpStatus(503, "Too many requests wait for the worker")
        return
    try:
        output.AnswerBuffer(json.dumps(compute(count_modalities)), "application/json")
    finally:
        places.release()


def on_change(change_type: orthanc.ChangeType, level: orthanc.ResourceType, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        for worker in multiprocessing.active_children():  # the stop does not wait for them
            worker.kill()
        pool.shutdown()


if multiprocessing.parent_process() is None:  # a spawned worker imports the script too, and cannot call Orthanc
    configuration = json.loads(orthanc.GetConfiguration())
    port = configuration.get("HttpPort", 8042)
    # For requests that wait for the worker. The other half of Orthanc's threads answers the worker.
    places = threading.BoundedSemaphore(configuration.get("HttpThreadsCount", 50) // 2)
    token = orthanc.GenerateRestApiAuthorizationToken()
    pool = new_pool()
    pool.submit(int)  # starts the workers, before the server is busy
orthanc.RegisterRestCallback("/modalities-by-worker", modalities)
orthanc.RegisterOnChangeCallback(on_change)
