# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's process: what it logs and writes when a task fails."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from conftest import DATABASE
from orthanc_work_queue.orthanc_client import OrthancClient
from orthanc_work_queue.work_queue import Piece, WorkQueue
from orthanc_work_queue.worker import Options, Worker, own_name

stopping = threading.Event()


def names_the_patient(piece: Piece, orthanc: OrthancClient) -> Any:
    stopping.set()
    raise ValueError("no pixels of Somerset^Ada\0\ud800")


def returns_nul(piece: Piece, orthanc: OrthancClient) -> Any:
    stopping.set()
    return {"Somerset": "\0"}


def keeps_the_gil(piece: Piece, orthanc: OrthancClient) -> Any:
    ctypes.PyDLL(None).sleep(300)


def work_once(schema: str, task: Callable[[Piece, OrthancClient], Any]) -> None:
    stopping.clear()
    name = f"{__name__}:{task.__name__}"
    options = Options("a", DATABASE, name, "http://localhost:1", schema=schema, max_attempts=1)
    Worker(options, stopping).run()


def test_log_without_values(queue: WorkQueue, schema: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The error's text may contain a patient's data: the table has it, the log does not."""
    queue.add([("one", "/x")])
    work_once(schema, names_the_patient)
    assert capsys.readouterr().err == "work queue: piece 1, attempt 1: ValueError\n"
    (shown,) = queue.show(key="one")
    assert (shown["state"], shown["error"]) == ("failed", r"ValueError: no pixels of Somerset^Ada\0\ud800")


def test_result_that_is_no_text_of_the_database(queue: WorkQueue, schema: str, capsys: pytest.CaptureFixture[str]) -> None:
    queue.add([("one", "/x")])
    work_once(schema, returns_nul)
    (shown,) = queue.show(key="one")
    assert shown["state"] == "failed" and shown["error"].startswith("UntranslatableCharacter: ")
    assert "Somerset" not in capsys.readouterr().err


def test_task_that_keeps_the_gil(queue: WorkQueue, schema: str, tmp_path: Path) -> None:
    """No Python thread of the process runs any more, and the worker must still end."""
    queue.add([("one", "/x")])
    options = Options("a", DATABASE, "test_worker:keeps_the_gil", "http://localhost:1", schema=schema, task_timeout=0.5)
    file = tmp_path / "options.json"
    file.write_text(json.dumps(asdict(options)), encoding="utf-8")
    path = os.pathsep.join(filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH"))))
    variables = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, "-m", "orthanc_work_queue.worker", str(file)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0 and "in keeps_the_gil" in done.stderr
    assert queue.counts()["claimed"] == 1  # until its lease ends, or its Orthanc gives it back


class Pauses(threading.Event):
    """Notes the seconds of each pause, does not wait, and is set after eight of them."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        if len(self.seconds) == 8:
            self.set()
        return self.is_set()


def test_orthanc_that_is_away(queue: WorkQueue, schema: str) -> None:
    """The worker asks less often, so that the history does not grow for days, and counts no attempt."""
    queue.add([("one", "/x")])
    options = Options("a", DATABASE, "orthanc_work_queue.tasks:pixel_statistics", "http://localhost:1", schema=schema)
    pauses = Pauses()
    Worker(options, pauses).run()
    assert pauses.seconds == [1, 2, 4, 8, 16, 30, 30, 30]
    (shown,) = queue.show(key="one")
    assert (shown["state"], shown["attempts"]) == ("waiting", 0)


def test_names_of_two_containers() -> None:
    """Their processes may have the same PID, and one must not give back the other's pieces."""
    assert own_name("far") != own_name("far")


def test_limits_of_a_file() -> None:
    with pytest.raises(ValueError, match='0 < "Lease"'):
        Options("a", "", "json:dumps", "", lease=0)
