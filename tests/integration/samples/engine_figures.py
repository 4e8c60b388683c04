# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures how fast the engines of docs/howto/cluster.md work on the same instances: ci/soak cluster.

pytest runs this file only if it is named. ENGINE_INSTANCES is the number of instances. Each engine works on them several times,
and the shortest time counts, because other programs can only make it longer.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers
from dask_process import DaskCluster
from helpers import CT, eventually, new_instance
from installed_packages import Environment, sample_environment
from killing import counts
from postgresql import INDEX, postgresql

from orthanc_python import OrthancServer

INSTANCES = int(os.environ.get("ENGINE_INSTANCES", "100"))
RUNS = 5
INDEX_ALONE = {"EnableIndex": True, "EnableStorage": False, "Lock": False, "IndexConnectionsCount": 5}
SCRIPTS = Path(__file__).parent / "engine_scripts"
TASKS = {"read the pixels": 0.0, "read the pixels, and 50 ms of computing": 0.05}  # by the processor time in seconds
ENGINES = {"thread": "one thread", "pool": "pool of 2 processes", "sqlite": "queue in SQLite, one thread"}
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(params=TASKS, scope="module")
def burn(request: pytest.FixtureRequest) -> Iterator[str]:
    print(f"\n{request.param}, {INSTANCES} instances of 39 kB:")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENGINE_TASK_SECONDS", str(TASKS[request.param]))  # also for workers of Dask
        yield request.param


@pytest.fixture(scope="module")
def environments(plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Environment]:
    made = {}
    for name in ("work_queue", "dask_cluster"):
        made[name] = sample_environment(plugin, name, tmp_path_factory.mktemp(name))
        text = (SCRIPTS / "engine_tasks.py").read_text(encoding="utf-8")
        (made[name].packages / "engine_tasks.py").write_text(text, encoding="utf-8")
    return made


def fill(server: OrthancServer) -> None:
    for _ in range(INSTANCES):
        assert server.post("/instances", new_instance(CT)[1]).status == 200


def say(engine: str, measure: Callable[[int], float]) -> None:
    """Measure several times: `measure` gets the number of the run, and returns seconds."""
    seconds = min(measure(number) for number in range(RUNS))
    print(f"  {engine:55} {INSTANCES / seconds:7.0f} instances/s, {1000 * seconds / INSTANCES:7.1f} ms for each")


@pytest.mark.parametrize("engine", ENGINES)
def test_in_one_orthanc(orthanc: Servers, environments: dict[str, Environment], burn: str, engine: str) -> None:
    settings = {"Python": environments["work_queue"].settings}
    server = orthanc(SCRIPTS / "one_orthanc.py", configuration=settings)
    fill(server)

    def measure(number: int) -> float:
        answer = server.get(f"/engines/{engine}", timeout=600)
        assert answer.status == 200, answer.text
        assert answer.json()["done"] == INSTANCES
        return float(answer.json()["seconds"])

    say(ENGINES[engine], measure)


@pytest.mark.parametrize("count", [1, 2])
def test_work_queue(orthanc: Servers, environments: dict[str, Environment], burn: str, count: int, tmp_path: Path) -> None:
    if not INDEX.exists():
        pytest.skip("this system has no orthanc-postgresql")
    environment = environments["work_queue"]
    with postgresql("max_connections=200") as database:
        settings: dict[str, Any] = {
            "Python": {**environment.settings, "Modules": ["orthanc_work_queue.plugin"]},
            "WorkQueue": {"Task": "engine_tasks:piece", "Workers": 2 // count},
            "PostgreSQL": {**INDEX_ALONE, **database.access},
            "StorageDirectory": str(tmp_path / "storage"),
        }
        servers = [orthanc(plugins=[INDEX], configuration=settings) for _ in range(count)]
        fill(servers[0])
        resources = [f"/instances/{each}" for each in servers[0].get("/instances").json()]

        def measure(number: int) -> float:
            begin = time.monotonic()
            assert servers[0].post("/work-queue/pieces", {"Resources": resources, "Key": f"run-{number}"}).status == 200
            wait(lambda: counts(servers).get("Done") == INSTANCES * (number + 1))
            return time.monotonic() - begin

        say(f"queue in PostgreSQL, {count} Orthanc, 2 workers in all", measure)
        for server in servers:  # before their database
            orthanc.stop(server)


def test_dask(orthanc: Servers, environments: dict[str, Environment], burn: str, tmp_path: Path) -> None:
    environment = environments["dask_cluster"]
    with ExitStack() as stops:
        cluster = DaskCluster(environment.base / "bin" / "dask", tmp_path, stops)
        cluster.start()
        settings: dict[str, Any] = {
            "Python": {**environment.settings, "Modules": ["orthanc_dask.plugin"]},
            "DaskCluster": {"Scheduler": cluster.address, "Task": "engine_tasks:dataset"},
        }
        server = orthanc(configuration=settings)
        fill(server)
        (series,) = server.get("/series").json()

        def measure(number: int) -> float:
            begin = time.monotonic()
            job = server.post(f"/series/{series}/dask", "").json()["ID"]
            wait(lambda: server.get(f"/jobs/{job}").json()["State"] == "Success")
            return time.monotonic() - begin

        say("Dask, 2 workers", measure)


def wait(look: Callable[[], bool]) -> None:
    assert eventually(look, timeout=600)
