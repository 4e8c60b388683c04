# SPDX-License-Identifier: GPL-3.0-or-later
"""A Dask cluster on this machine."""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

from helpers import eventually

from orthanc_python.server.ports import ReservedPorts
from orthanc_python.server.processes import die_with_parent


class DaskCluster:
    """A scheduler and two workers of one thread each."""

    def __init__(self, program: Path, folder: Path, stops: ExitStack) -> None:
        self.program = program
        self.folder = folder
        self.stops = stops
        ports = ReservedPorts()  # its own, also while it starts again
        stops.callback(ports.close)
        self.address = f"tcp://127.0.0.1:{ports.reserve()[0]}"
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        port = self.address.rpartition(":")[2]
        self.scheduler = self._run("scheduler", "--host", "127.0.0.1", "--port", port)
        self.workers = [self.start_worker(), self.start_worker()]
        assert eventually(lambda: self.log().count("Registered to:") >= 2, timeout=60), self.log()

    def start_worker(self) -> subprocess.Popen[bytes]:
        return self._run("worker", self.address, "--no-nanny", "--nthreads", "1", "--local-directory", str(self.folder))

    def end(self) -> None:
        """Kill all of it."""
        for process in (self.scheduler, *self.workers):
            assert process is not None
            end(process)
        (self.folder / "dask.log").write_text("")

    def log(self) -> str:
        return (self.folder / "dask.log").read_text()

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "dask.log").open("a") as log:
            command = [str(self.program), *arguments, "--no-dashboard"]
            # The scheduler makes a folder there, and leaves it when it is killed.
            environment = {**os.environ, "DASK_TEMPORARY_DIRECTORY": str(self.folder)}
            process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=log, stderr=log, preexec_fn=die_with_parent()
            )
        self.stops.callback(end, process)
        return process


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process, because a worker would wait for its tasks."""
    process.kill()
    process.wait()
