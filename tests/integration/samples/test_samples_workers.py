# SPDX-License-Identifier: GPL-3.0-or-later
"""The samples that use worker processes."""

from __future__ import annotations

import base64
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pydicom
import pytest
from conftest import SAMPLES, Servers
from helpers import CT, MR, RT_PLAN, eventually, processes_of_group, read

# Before the work of a worker: for 77, it says that it is busy, and stays so.
BUSY = """    if below == 77:
        open(f"{folder}/worker.{{os.getpid()}}", "w").close()
        while True: pass
"""


def test_worker_pool(orthanc: Servers) -> None:
    server = orthanc.sample("worker_pool.py")
    pid = server.pid
    assert eventually(lambda: len(processes_of_group(pid)) == 3)
    with ThreadPoolExecutor(8) as clients:
        answers = [each.json() for each in clients.map(lambda _: server.get("/primes?below=300000"), range(16))]
    assert {answer["primes"] for answer in answers} == {25997}
    assert pid not in {answer["process"] for answer in answers}
    assert server.get("/primes?below=10").json()["primes"] == 4
    assert server.get("/primes?below=-1").status == 400
    orthanc.stop(server)
    assert processes_of_group(pid) == []


@pytest.mark.parametrize("busy", [True, False])
def test_worker_that_is_killed(orthanc: Servers, busy: bool, tmp_path: Path) -> None:
    """As by the system, for a lack of memory: its request fails at once, and later ones have an answer."""
    text = (SAMPLES / "worker_pool.py").read_text(encoding="utf-8")
    text = text.replace("    sieve =", BUSY.format(folder=str(tmp_path)) + "    sieve =", 1)
    server = orthanc(text, configuration={"Python": {"StopTimeout": 60}})  # longer than the test lets a stop wait
    pid = server.pid
    assert eventually(lambda: len(processes_of_group(pid)) == 3)

    def kill() -> None:
        for worker in set(processes_of_group(pid)) - {pid}:
            with suppress(ProcessLookupError):  # the pool ends the other one at once
                os.kill(worker, signal.SIGKILL)

    def busy_workers() -> int:
        return len({int(path.suffix[1:]) for path in tmp_path.glob("worker.*")}.intersection(processes_of_group(pid)))

    with ThreadPoolExecutor(2) as clients:
        asked = [clients.submit(server.get, "/primes?below=77", timeout=30) for _ in range(2 if busy else 0)]
        assert eventually(lambda: busy_workers() == len(asked))
        kill()
        assert [each.result().status for each in asked] == [500] * len(asked)
    assert eventually(lambda: server.get("/primes?below=10", timeout=30).status == 200)
    with ThreadPoolExecutor(1) as clients:
        asked = [clients.submit(server.get, "/primes?below=77", timeout=30) for _ in range(1 if busy else 0)]
        assert eventually(lambda: busy_workers() == len(asked))
        orthanc.stop(server)
    assert processes_of_group(pid) == []


def test_worker_parsing(orthanc: Servers) -> None:
    server = orthanc.sample("worker_parsing.py")
    for path in (CT, RT_PLAN):
        elements = server.get(f"/instances/{server.upload(path)['ID']}/elements").json()
        expected = [element.name for element in pydicom.dcmread(path, stop_before_pixels=True)]
        assert [element["name"] for element in elements] == expected
    assert {"tag": "(0010,0020)", "vr": "LO", "name": "Patient ID", "value": read(RT_PLAN).PatientID} in elements
    assert server.get("/instances/unknown/elements").status == 404


def test_worker_rest(orthanc: Servers) -> None:
    users = {"AuthenticationEnabled": True, "RegisteredUsers": {"ada": "secret"}}
    server = orthanc.sample("worker_rest.py", configuration=users)
    assert server.get("/modalities-by-worker").status == 401
    headers = {"Authorization": "Basic " + base64.b64encode(b"ada:secret").decode()}
    for path in (CT, MR, RT_PLAN):
        assert server.post("/instances", path.read_bytes(), headers=headers).status == 200
    answer = server.get("/modalities-by-worker", headers=headers)
    assert (answer.status, answer.json()) == (200, {"CT": 1, "MR": 1, "RTPLAN": 1})


def test_worker_rest_with_many_requests(orthanc: Servers) -> None:
    """Requests must not take all of Orthanc's threads while they wait for the worker, whose own call needs one."""
    server = orthanc.sample("worker_rest.py", configuration={"HttpThreadsCount": 4})
    server.upload(CT)
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: server.get("/modalities-by-worker"), range(40)))
    assert {answer.status for answer in answers} == {200, 503}
    assert all(answer.json() == {"CT": 1} for answer in answers if answer.status == 200)
    assert server.get("/modalities-by-worker").status == 200
