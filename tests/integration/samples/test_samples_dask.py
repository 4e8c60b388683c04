# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample that gives work to a Dask cluster, here one on this machine."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from conftest import Servers
from helpers import CT, RT_PLAN, eventually, new_instance, read

from orthanc_python.server.processes import die_with_parent, free_ports, terminate


@pytest.fixture
def scheduler(script_environment: Path, tmp_path: Path) -> Iterator[str]:
    """A cluster with two workers, each a process of its own, as on machines of their own: its address."""
    address = f"tcp://127.0.0.1:{free_ports()[0]}"
    dask = str(script_environment / "bin" / "dask")
    port = address.rpartition(":")[2]
    worker = [dask, "worker", address, "--no-dashboard", "--no-nanny", "--nthreads", "1", "--local-directory", str(tmp_path)]
    commands = [[dask, "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"], worker, worker]
    with (tmp_path / "dask.log").open("w") as log, ExitStack() as stops:
        for command in commands:
            process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log, preexec_fn=die_with_parent())
            stops.callback(terminate, process, 10.0)
        said = (tmp_path / "dask.log").read_text
        assert eventually(lambda: said().count("Registered to:") == 2, timeout=60), said()
        yield address


def test_dask_cluster(orthanc: Servers, scheduler: str) -> None:
    users = {"AuthenticationEnabled": True, "RegisteredUsers": {"ada": "secret"}}
    server = orthanc.sample("dask_cluster.py", configuration=users, environment={"DASK_SCHEDULER": scheduler})
    headers = {"Authorization": "Basic " + base64.b64encode(b"ada:secret").decode()}
    expected = {}
    for factor in (1, 2, 3):
        pixels = read(CT).pixel_array // factor
        _, dicom = new_instance(CT, PixelData=pixels.tobytes())
        expected[server.post("/instances", dicom, headers=headers).json()["ID"]] = float(pixels.mean())
    (series,) = server.get("/series", headers=headers).json()
    answer = server.get(f"/series/{series}/intensities", headers=headers)
    assert answer.status == 200, answer.text
    assert answer.json() == pytest.approx(expected)
    assert server.get("/series/unknown/intensities", headers=headers).status == 404

    plan = server.post("/instances", RT_PLAN.read_bytes(), headers=headers).json()["ParentSeries"]
    assert server.get(f"/series/{plan}/intensities", headers=headers).status == 500
    assert "dask_cluster.py" in server.wait_for_log("AttributeError|no pixel data").string


def test_without_a_scheduler(orthanc: Servers) -> None:
    nowhere = f"tcp://127.0.0.1:{free_ports()[0]}"
    server = orthanc.sample("dask_cluster.py", environment={"DASK_SCHEDULER": nowhere})
    series = server.upload(CT)["ParentSeries"]
    answer = server.get(f"/series/{series}/intensities")
    assert answer.status == 503 and nowhere in answer.text
