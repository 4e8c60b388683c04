# SPDX-License-Identifier: GPL-3.0-or-later
# CPU-bound work in worker processes, so that several requests use several processors.
# curl 'http://localhost:8042/primes?below=1000000'

import json
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import orthanc


def count_primes(below: int) -> dict[str, int]:
    """Compute in a worker, where the module "orthanc" has no server behind it."""
    sieve = bytearray([1]) * max(below, 2)
    sieve[0:2] = b"\0\0"
    for number in range(2, int(below**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, len(sieve), number)))
    return {"primes": sum(sieve), "process": os.getpid()}


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


def primes(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    below = request["get"].get("below", "1000")
    if not below.isdecimal() or int(below) > 10_000_000:
        output.SendHttpStatus(400, "'below' must be a number up to 10000000")
        return
    output.AnswerBuffer(json.dumps(compute(count_primes, int(below))), "application/json")


def on_change(change_type: orthanc.ChangeType, level: orthanc.ResourceType, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        for worker in multiprocessing.active_children():  # the stop does not wait for them
            worker.kill()
        pool.shutdown()


# At the end of the script: the workers know what was defined before they were started.
pool = new_pool()
if multiprocessing.parent_process() is None:
    pool.submit(int)  # starts the workers, before the server is busy
orthanc.RegisterRestCallback("/primes", primes)
orthanc.RegisterOnChangeCallback(on_change)
