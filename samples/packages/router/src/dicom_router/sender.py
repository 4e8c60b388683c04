# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends the pending instances of one target, on a thread of its own: a target that is down does not delay the others."""

from __future__ import annotations

import json
from threading import Event, Thread
from typing import TYPE_CHECKING

import orthanc

from dicom_router.changes import UNKNOWN

if TYPE_CHECKING:
    from dicom_router.pending import Entry, Pending


class Sender:
    def __init__(self, target: str, pending: Pending, batch_size: int) -> None:
        self.target = target
        self.failures = 0  # since the last success
        self._pending = pending
        self._batch_size = batch_size
        self._wake = Event()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=f"router to {target}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        """Ask the thread to end after the present attempt. What it has not sent is recorded."""
        self._stopping.set()
        self._wake.set()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()  # before the look, so that none is missed
            entries = self._pending.next(self.target, self._batch_size)
            if not entries:
                self._wake.wait(self._pending.seconds_to_next(self.target))
            elif self._attempt(entries):
                self.failures = 0
            else:
                first = self._pending.backoff(0)
                self._stopping.wait(first)
                self._wake.wait(
                    self._pending.backoff(self.failures) - first
                )  # a new instance does not wait for the failed ones
                self.failures += 1

    def _attempt(self, entries: list[Entry]) -> bool:
        """Send, and go on whatever happens: nothing else sends to this target."""
        try:
            return self._send(entries)
        except Exception as error:  # of the records, such as a full disk
            if not self._stopping.is_set():
                orthanc.LogError(f"router to {self.target}: {type(error).__name__}: {error}")
            return False

    def _send(self, entries: list[Entry]) -> bool:
        try:
            send(self.target, [each.instance for each in entries])
        except orthanc.OrthancException as error:
            if self._stopping.is_set():
                return False  # Orthanc stops
            gone = [each for each in entries if not is_stored(each.instance)]
            self._pending.sent(gone)
            if gone:
                orthanc.LogWarning(f"router to {self.target}: {len(gone)} instances were deleted before they were sent")
            there = [each for each in entries if each not in gone]
            if not there:
                return True
            wait = self._pending.failed(there)
            orthanc.LogWarning(f"{self.target} has not taken {len(there)} instances: {error}; trying again in {wait:g} s")
            return False
        self._pending.sent(entries)
        return True


def send(target: str, instances: list[str]) -> None:
    """Send instances in one association, or in one transfer to another Orthanc, and wait until the target has them.

    Raises:
        orthanc.OrthancException: the target is unknown, cannot be reached, or has refused an instance.
    """
    peers = json.loads(orthanc.RestApiGet("/peers"))
    kind = "peers" if target in peers else "modalities"
    request = {"Resources": instances, "Synchronous": True, "Permissive": False}
    orthanc.RestApiPost(f"/{kind}/{target}/store", json.dumps(request))


def is_stored(instance: str) -> bool:
    try:
        orthanc.RestApiGet(f"/instances/{instance}")
    except orthanc.OrthancException as error:
        return error.args[0] not in UNKNOWN
    return True
