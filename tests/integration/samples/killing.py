# SPDX-License-Identifier: GPL-3.0-or-later
"""Two Orthancs that share a database and a work queue, while their processes are killed."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers import CT, new_instance, processes_of_group, read

from orthanc_python import OrthancServer
from orthanc_python.server.client import Response


@dataclass
class Figures:
    """The counts of a run."""

    pieces: int
    workers_killed: int = 0
    orthancs_killed: int = 0
    resent: int = 0  # uploads that got no good answer at once
    seconds: float = 0

    def __str__(self) -> str:
        return (
            f"{self.pieces} pieces, {self.workers_killed} workers and {self.orthancs_killed} Orthancs killed, "
            f"{self.resent} uploads sent again, {self.seconds:.0f} s"
        )


def workers_of(server: OrthancServer) -> list[int]:
    """The worker processes of a server."""
    found = []
    for pid in processes_of_group(server.pid):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:  # it has just ended
            continue
        if b"orthanc_work_queue.worker" in command:
            found.append(pid)
    return found


class Sender:
    """Sends instances to one server after the other, each until an Orthanc has taken it. As a thread."""

    def __init__(self, servers: list[OrthancServer], count: int) -> None:
        self.servers = servers
        self.count = count
        self.means: dict[str, float] = {}  # by Orthanc's identifier
        self.resent = 0
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run)
        self.stopping = False

    def _run(self) -> None:
        try:
            pixels = read(CT).pixel_array
            for number in range(self.count):
                changed = pixels + number % 100
                _, dicom = new_instance(CT, PixelData=changed.tobytes())
                self.means[self._send(number, dicom)] = float(changed.mean())
        except BaseException as error:
            self.error = error

    def _send(self, number: int, dicom: bytes) -> str:
        attempt = 0
        while not self.stopping:
            answer = self._post(self.servers[(number + attempt) % len(self.servers)], dicom)
            if answer is not None and answer.status == 200:
                return str(answer.json()["ID"])
            attempt += 1
            self.resent += 1
            time.sleep(0.05)
        raise RuntimeError("stopped")

    def _post(self, server: OrthancServer, dicom: bytes) -> Response | None:
        try:
            return server.post("/instances", dicom, timeout=30)
        except OSError:
            return None
        except Exception as error:  # of http.client, when the connection ends in the middle
            if "http" not in type(error).__module__:
                raise
            return None


def counts(servers: list[OrthancServer]) -> Mapping[str, int]:
    """The state of the queue, from any of the servers."""
    for server in servers:
        try:
            answer = server.get("/work-queue", timeout=10)
        except OSError:
            continue
        if answer.status == 200:
            return dict(answer.json())
    return {}


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def run(servers: list[OrthancServer], pieces: int, kills: int, patience: float) -> tuple[Figures, dict[str, float]]:
    """Send instances, and kill a worker and an Orthanc in turn while their pieces are worked on, until all are done.

    Returns:
        what was counted, and the mean of each instance's pixels.
    """
    figures = Figures(pieces)
    chance = random.Random(1)
    sender = Sender(servers, pieces)
    begin = time.monotonic()
    sender.thread.start()
    try:
        for number in range(kills):
            wait_for_done(servers, (number + 1) * pieces // (kills + 1), begin + patience, sender)
            victim = chance.choice(servers)
            if number % 2:
                kill(victim.pid)
                assert victim.wait() == -signal.SIGKILL
                victim.start()
                figures.orthancs_killed += 1
            elif running := workers_of(victim):
                kill(chance.choice(running))
                figures.workers_killed += 1
        wait_for_done(servers, pieces, begin + patience, sender)
    finally:
        sender.stopping = True
        sender.thread.join()
    if sender.error is not None:
        raise sender.error
    figures.seconds = time.monotonic() - begin
    figures.resent = sender.resent
    return figures, sender.means


def wait_for_done(servers: list[OrthancServer], count: int, end: float, sender: Sender) -> None:
    while (found := counts(servers)).get("Done", 0) < count:
        assert sender.error is None, sender.error
        assert not found.get("Failed"), found
        assert time.monotonic() < end, f"{found} instead of {count} pieces done"
        time.sleep(0.05)
