# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker processes of an Orthanc: each starts again, also after a failure of the machine."""

from __future__ import annotations

import errno
import subprocess
import time
from typing import Any

import pytest
from orthanc_work_queue.worker import Options
from orthanc_work_queue.workers import Workers


def test_machine_without_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []
    failures = [OSError(errno.ENOMEM, "Cannot allocate memory")]
    popen = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[str]:
        if failures:
            raise failures.pop()
        started.append(popen(*arguments, **options))
        return started[-1]

    monkeypatch.setattr("subprocess.Popen", start)
    log: list[str] = []
    workers = Workers(lambda name: Options(name, "host=127.0.0.1 port=1", "json:dumps", ""), lambda name: 0, log.append)
    workers.start(1)
    end = time.monotonic() + 30
    while not started and time.monotonic() < end:
        time.sleep(0.05)
    workers.stop(30)
    assert len(started) == 1 and started[0].returncode is not None
    assert [line.partition(" does not start: ")[2] for line in log] == ["[Errno 12] Cannot allocate memory"]
