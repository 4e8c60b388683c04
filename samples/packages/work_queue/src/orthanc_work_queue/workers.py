# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker processes of this Orthanc, each started again when it ends."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict

from orthanc_work_queue.worker import Options

PAUSE = 1.0  # seconds before a worker starts again


class Workers:
    """Each worker has a thread that waits for its end."""

    def __init__(self, options: Callable[[str], Options], ended: Callable[[str], int], log: Callable[[str], None]) -> None:
        """Make no worker yet.

        Args:
            options: gives what a worker of a name is started with.
            ended: is called with the name of a worker that has ended. It returns the number of pieces given back.
        """
        self._options, self._ended, self._log = options, ended, log
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._processes: dict[int, subprocess.Popen[str]] = {}
        self._threads: list[threading.Thread] = []

    def start(self, count: int) -> None:
        base = f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"
        for number in range(1, count + 1):
            thread = threading.Thread(target=self._keep, args=[number, f"{base}-{number}"], name=f"work queue {number}")
            self._threads.append(thread)
            thread.start()

    def stop(self, timeout: float) -> None:
        """Let the workers end their pieces, for `timeout` seconds at most."""
        self._stopping.set()
        with self._lock:
            for process in self._processes.values():
                assert process.stdin is not None
                with suppress(OSError):
                    process.stdin.close()
        end = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0))
        with self._lock:
            for process in self._processes.values():
                process.kill()
        for thread in self._threads:
            thread.join()

    def _start(self, number: int, name: str) -> subprocess.Popen[str] | None:
        """Start a worker. Return None if Orthanc stops, or if the machine cannot start a process now."""
        with self._lock:
            if self._stopping.is_set():
                return None
            command = [sys.executable, "-m", "orthanc_work_queue.worker"]
            try:
                process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
            except OSError as error:  # no memory, or too many processes or open files
                self._log(f"worker {name} does not start: {error}")
                return None
            self._processes[number] = process
            assert process.stdin is not None
            with suppress(OSError):  # it has ended already
                process.stdin.write(json.dumps(asdict(self._options(name))) + "\n")
                process.stdin.flush()
            return process

    def _keep(self, number: int, name: str) -> None:
        while not self._stopping.is_set():
            process = self._start(number, name)
            if process is None:
                self._stopping.wait(PAUSE)
                continue
            status = process.wait()
            with self._lock:
                assert process.stdin is not None
                with suppress(OSError):
                    process.stdin.close()
                del self._processes[number]
            given_back = self._ended(name)
            if not self._stopping.is_set():
                self._log(f"worker {name} ended with status {status} and {given_back} pieces, and starts again")
                self._stopping.wait(PAUSE)
