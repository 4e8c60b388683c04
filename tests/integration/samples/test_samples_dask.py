# SPDX-License-Identifier: GPL-3.0-or-later
"""The package that gives work to a Dask cluster, here one on this machine: a scheduler and two workers, each a process."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers
from dask_process import DaskCluster
from helpers import CT, RT_PLAN, eventually, job, new_instance, read, soon, wait_for_job
from installed_packages import SAMPLE_PACKAGES, Environment, sample_environment, type_errors

from orthanc_python import OrthancServer
from orthanc_python.server.client import basic_authorization

pytestmark = pytest.mark.timeout(600)
TASKS = """
import pathlib
import time


def wait_for_gate(dataset):
    gate = pathlib.Path({gate!r})
    with (gate / "begun").open("a") as begun:
        begun.write("x")
    while not (gate / "open").exists():
        time.sleep(0.02)
    return dataset.Modality


def fail_twice(dataset):
    with (pathlib.Path({gate!r}) / dataset.SOPInstanceUID).open("a+") as attempts:
        attempts.write("x")
        attempts.flush()
        if attempts.tell() < 3:
            raise RuntimeError("not yet")
    return dataset.Modality


def half_a_character(dataset):
    if dataset.InstanceNumber == 1:
        raise RuntimeError("\\ud800")
    return "\\ud800" if dataset.InstanceNumber == 2 else dataset.Modality


def hang_once(dataset):
    file = pathlib.Path({gate!r}) / dataset.SOPInstanceUID
    if not file.exists():
        file.touch()
        while not (file.parent / "open").exists():
            time.sleep(0.1)
    return dataset.Modality
"""


@pytest.fixture(scope="module")
def environment(plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return sample_environment(plugin, "dask_cluster", tmp_path_factory.mktemp("dask-cluster"))


@pytest.fixture
def dask(environment: Environment, tmp_path: Path) -> Iterator[DaskCluster]:
    with ExitStack() as stops:
        cluster = DaskCluster(environment.base / "bin" / "dask", tmp_path, stops)
        cluster.start()
        yield cluster


@pytest.fixture
def gate(environment: Environment, tmp_path: Path) -> Path:
    """A folder by which the tasks of these tests are held."""
    folder = tmp_path / "gate"
    folder.mkdir()
    (environment.packages / "gated.py").write_text(TASKS.format(gate=str(folder)), encoding="utf-8")
    return folder


def configuration(environment: Environment, scheduler: str, **section: object) -> dict[str, Any]:
    python = {**environment.settings, "Modules": ["orthanc_dask.plugin"]}
    return {"Python": python, "DaskCluster": {"Scheduler": scheduler, **section}}


def series_of(server: OrthancServer, count: int) -> str:
    for _ in range(count):
        server.post("/instances", new_instance(CT)[1])
    (series,) = server.get("/series").json()
    return str(series)


def submit(server: OrthancServer, series: str) -> str:
    answer = server.post(f"/series/{series}/dask", "")
    assert answer.status == 200, answer.text
    return str(answer.json()["ID"])


def test_own_tests(environment: Environment, tmp_path: Path) -> None:
    command = [environment.folder / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:orthanc-python"]
    variables = {**os.environ, "PYTHONPATH": "", "DASK_TEMPORARY_DIRECTORY": str(tmp_path)}
    done = subprocess.run(
        [*command, SAMPLE_PACKAGES / "dask_cluster"], env=variables, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_types(environment: Environment, build: Path) -> None:
    assert type_errors(environment, build, "dask_cluster") == ""


def test_results(orthanc: Servers, environment: Environment, dask: DaskCluster) -> None:
    """The workers fetch the instances of an Orthanc that wants a password."""
    users = {"AuthenticationEnabled": True, "RegisteredUsers": {"ada": "secret"}}
    headers = basic_authorization("ada", "secret")
    server = orthanc(configuration={**configuration(environment, dask.address), **users})
    expected = {}
    for factor in (1, 2, 3):
        pixels = read(CT).pixel_array // factor
        _, dicom = new_instance(CT, PixelData=pixels.tobytes())
        expected[server.post("/instances", dicom, headers=headers).json()["ID"]] = float(pixels.mean())
    (series,) = server.get("/series", headers=headers).json()
    identifier = server.post(f"/series/{series}/dask", "", headers=headers).json()["ID"]

    def ended() -> Any:
        found = server.get(f"/jobs/{identifier}", headers=headers).json()
        return found if found["State"] in ("Success", "Failure") else None

    found = eventually(ended, timeout=60)
    assert found and (found["State"], found["Progress"], found["Type"]) == ("Success", 100, "DaskSeries")
    assert found["Content"]["Results"] == pytest.approx(expected)
    assert server.post("/series/unknown/dask", "", headers=headers).status == 404
    assert server.get(f"/series/{series}/dask", headers=headers).status == 405


def test_progress_back_pressure_and_cancellation(
    orthanc: Servers, environment: Environment, dask: DaskCluster, gate: Path
) -> None:
    server = orthanc(configuration=configuration(environment, dask.address, Task="gated:wait_for_gate", InFlight=3))
    identifier = submit(server, series_of(server, 8))
    assert soon(lambda: job(server, identifier)["Content"]["InFlight"] == 3)
    assert soon(lambda: (gate / "begun").exists() and len((gate / "begun").read_text()) == 2)
    server.post(f"/jobs/{identifier}/cancel", "")
    assert "cancel" in wait_for_job(server, identifier, "Failure")["ErrorDescription"]

    (gate / "open").touch()
    server.post(f"/jobs/{identifier}/resubmit", "")
    assert len(wait_for_job(server, identifier, "Success")["Content"]["Results"]) == 8


def test_pause(orthanc: Servers, environment: Environment, dask: DaskCluster, gate: Path) -> None:
    server = orthanc(configuration=configuration(environment, dask.address, Task="gated:wait_for_gate", InFlight=2))
    identifier = submit(server, series_of(server, 4))
    assert soon(lambda: job(server, identifier)["Content"]["InFlight"] == 2)
    server.post(f"/jobs/{identifier}/pause", "")
    wait_for_job(server, identifier, "Paused")
    (gate / "open").touch()
    other = submit(server, server.get(f"/jobs/{identifier}").json()["Content"]["Series"])
    wait_for_job(server, other, "Success")  # a paused job keeps nothing of the limit
    assert job(server, identifier)["State"] == "Paused"
    server.post(f"/jobs/{identifier}/resume", "")
    assert set(wait_for_job(server, identifier, "Success")["Content"]["Results"].values()) == {"CT"}


def test_failures_are_tried_again(orthanc: Servers, environment: Environment, dask: DaskCluster, gate: Path) -> None:
    server = orthanc(configuration=configuration(environment, dask.address, Task="gated:fail_twice", Retries=2))
    content = wait_for_job(server, submit(server, series_of(server, 3)), "Success")["Content"]
    assert content["Retries"] == 6 and len(content["Results"]) == 3


def test_an_instance_that_always_fails(orthanc: Servers, environment: Environment, dask: DaskCluster) -> None:
    server = orthanc(configuration=configuration(environment, dask.address, Retries=1))
    plan = server.upload(RT_PLAN)
    content = wait_for_job(server, submit(server, plan["ParentSeries"]), "Failure")["Content"]
    assert "AttributeError" in content["Errors"][plan["ID"]]


def test_texts_that_are_not_unicode(orthanc: Servers, environment: Environment, dask: DaskCluster, gate: Path) -> None:
    """They are errors of their instances, and the results of the others can still be read."""
    server = orthanc(configuration=configuration(environment, dask.address, Task="gated:half_a_character", Retries=0))
    first, second, third = (server.post("/instances", new_instance(CT, InstanceNumber=n)[1]).json()["ID"] for n in (1, 2, 3))
    (series,) = server.get("/series").json()
    content = wait_for_job(server, submit(server, series), "Failure")["Content"]
    assert content["Results"] == {third: "CT"}
    assert content["Errors"][first] == r"RuntimeError: \ud800" and "UnicodeEncodeError" in content["Errors"][second]


def test_timeout(orthanc: Servers, environment: Environment, dask: DaskCluster, gate: Path) -> None:
    server = orthanc(configuration=configuration(environment, dask.address, Task="gated:hang_once", TaskTimeout=25, InFlight=1))
    content = wait_for_job(server, submit(server, series_of(server, 1)), "Success")["Content"]
    (gate / "open").touch()
    assert content["Retries"] == 1


def test_killed_worker(orthanc: Servers, environment: Environment, dask: DaskCluster, gate: Path) -> None:
    server = orthanc(configuration=configuration(environment, dask.address, Task="gated:wait_for_gate", InFlight=4))
    identifier = submit(server, series_of(server, 6))
    assert soon(lambda: (gate / "begun").exists())
    dask.workers[0].kill()
    (gate / "open").touch()
    assert len(wait_for_job(server, identifier, "Success")["Content"]["Results"]) == 6


def test_killed_cluster(orthanc: Servers, environment: Environment, dask: DaskCluster, gate: Path) -> None:
    """The job goes on with a new scheduler at the same address."""
    server = orthanc(configuration=configuration(environment, dask.address, Task="gated:wait_for_gate", InFlight=4))
    identifier = submit(server, series_of(server, 6))
    assert soon(lambda: (gate / "begun").exists())
    dask.end()
    assert soon(lambda: job(server, identifier)["Content"]["InFlight"] == 0)
    (gate / "open").touch()
    dask.start()
    assert len(wait_for_job(server, identifier, "Success")["Content"]["Results"]) == 6


def test_restart_of_orthanc(orthanc: Servers, environment: Environment, dask: DaskCluster, gate: Path) -> None:
    """An Orthanc that is stopped goes on with the job when it starts again."""
    server = orthanc(configuration=configuration(environment, dask.address, Task="gated:wait_for_gate", InFlight=2))
    identifier = submit(server, series_of(server, 4))
    assert soon(lambda: job(server, identifier)["Content"]["InFlight"] == 2)
    orthanc.stop(server)
    (gate / "open").touch()
    server.start()
    assert len(wait_for_job(server, identifier, "Success")["Content"]["Results"]) == 4


def test_without_a_scheduler(orthanc: Servers, environment: Environment, own_port: int) -> None:
    nowhere = f"tcp://127.0.0.1:{own_port}"
    server = orthanc(configuration=configuration(environment, nowhere, SchedulerTimeout=1))
    identifier = submit(server, server.upload(CT)["ParentSeries"])
    wait_for_job(server, identifier, "Failure")
    server.wait_for_log(f"RuntimeError: there is no Dask scheduler at {nowhere}")
