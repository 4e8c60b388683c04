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
    def __init__(self, target: str, pending: Pending, batch_size: int, max_refusals: int) -> None:
        self.target = target
        self.failures = 0  # since the last success
        self._unreachable = 0  # attempts since the target has last answered
        self._max_refusals = max_refusals
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
                self.failures = self._unreachable = 0
            else:
                self.failures += 1
                first = self._pending.backoff(0)
                self._stopping.wait(first)
                # A new instance does not wait for the failed ones. Others do not wait for those that the target has refused.
                if self._unreachable:
                    self._wake.wait(self._pending.backoff(self._unreachable - 1) - first)

    def _attempt(self, entries: list[Entry]) -> bool:
        """Send, and go on whatever happens: nothing else sends to this target."""
        try:
            return self._send(entries)
        except Exception as error:  # of the records, such as a full disk
            if not self._stopping.is_set():
                orthanc.LogError(f"router to {self.target}: {type(error).__name__}: {error}")
            self._unreachable += 1
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
            self._record_failure(there, error)
            return False
        self._pending.sent(entries)
        return True

    def _record_failure(self, entries: list[Entry], error: Exception) -> None:
        """Count a refusal if the target answers, and if it was one instance: of several, another one may be the cause."""
        self._unreachable = 0 if answers(self.target) else self._unreachable + 1
        refused = not self._unreachable and len(entries) == 1
        if refused and entries[0].refusals + 1 >= self._max_refusals:
            self._pending.set_aside(entries[0], str(error))
            orthanc.LogError(
                f"{self.target} has refused the instance {entries[0].instance} {entries[0].refusals + 1} times: {error}; "
                "it is set aside: see /router/refused"
            )
            return
        wait = self._pending.failed(entries, int(refused))
        orthanc.LogWarning(f"{self.target} has not taken {len(entries)} instances: {error}; trying again in {wait:g} s")


def send(target: str, instances: list[str]) -> None:
    """Send instances in one association, or in one transfer to another Orthanc, and wait until the target has them.

    Raises:
        orthanc.OrthancException: the target is unknown, cannot be reached, or has refused an instance.
    """
    request = {"Resources": instances, "Synchronous": True, "Permissive": False}
    orthanc.RestApiPost(f"/{kind_of(target)}/{target}/store", json.dumps(request))


def answers(target: str) -> bool:
    """Return whether a target can be reached: by a C-ECHO, or by a request to another Orthanc."""
    try:
        if kind_of(target) == "peers":
            orthanc.RestApiGet(f"/peers/{target}/system")
        else:
            orthanc.RestApiPost(f"/modalities/{target}/echo", "{}")
    except orthanc.OrthancException:
        return False
    return True


def kind_of(target: str) -> str:
    return "peers" if target in json.loads(orthanc.RestApiGet("/peers")) else "modalities"


def is_stored(instance: str) -> bool:
    try:
        orthanc.RestApiGet(f"/instances/{instance}")
    except orthanc.OrthancException as error:
        return error.args[0] not in UNKNOWN
    return True
