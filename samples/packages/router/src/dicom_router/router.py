# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts together, from Orthanc's start to its stop."""

from __future__ import annotations

from collections import Counter, deque
from threading import Event, Thread

import orthanc

from dicom_router.changes import Changes
from dicom_router.pending import Entry, Pending
from dicom_router.records import Records, open_records
from dicom_router.sender import Outcomes, Sender
from dicom_router.settings import Settings

STOP_TIMEOUT = 2.0  # seconds for a thread to end. Jobs go on, and are saved by Orthanc
LONGEST_STOP = 15.0  # seconds for a thread that reads changes, or makes a job and records it


def jobs_hang_after_a_stop() -> bool:
    """Return whether a job that sends several instances, and that a stop interrupts, hangs after the next start."""
    return bool(orthanc.CheckVersionAdvanced(1, 12, 10)) and not orthanc.CheckVersionAdvanced(1, 13, 0)


class NotOpen(Exception):
    """The queue cannot be read yet, as on a full disk."""


class Router:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pending: Pending | None = None
        self.senders: list[Sender] = []
        self._records: Records | None = None
        self._announced: deque[str] = deque()  # instances, for the reader
        self._outcomes = Outcomes()
        self._wake = Event()
        self._stopping = Event()
        self._reader: Thread | None = None

    def on_change(self, change_type: int, level: int, resource_id: str) -> None:
        if change_type == orthanc.ChangeType.ORTHANC_STARTED:
            self.start()
        elif change_type == orthanc.ChangeType.NEW_INSTANCE:
            self._announced.append(resource_id)
            self._wake.set()
        elif change_type in (orthanc.ChangeType.JOB_SUCCESS, orthanc.ChangeType.JOB_FAILURE):
            self._outcomes.add(resource_id, change_type == orthanc.ChangeType.JOB_SUCCESS)

    def start(self) -> None:
        self._reader = Thread(target=self._run, name="router: changes", daemon=True)
        self._reader.start()

    def _run(self) -> None:
        """Open the records, also if that takes several attempts, as on a full disk, and follow the changes."""
        said = ""
        while not self._stopping.is_set():
            try:
                changes = self._open()
            except Exception as error:
                for sender in self.senders:
                    sender.stop()
                self.senders = []
                self._close()
                text = f"router: nothing is sent, because the queue cannot be opened: {type(error).__name__}: {error}"
                if text != said:
                    said = text
                    orthanc.LogError(text)
                self._stopping.wait(self.settings.first_retry)
            else:
                self._follow(changes)
                return

    def _open(self) -> Changes:
        self._records = open_records(self.settings.database)
        self.pending = Pending(self._records, self.settings.first_retry, self.settings.longest_retry)
        targets = dict.fromkeys([*self.settings.targets(), *self.pending.counts()])  # also those of former rules
        refused = len(self.pending.refused())
        orthanc.LogWarning(
            f"router: {sum(self.pending.counts().values())} instances wait, in {self._records.place}"
            + (f"; {refused} are set aside: see /router/refused" if refused else "")
        )
        changes = Changes(self.settings, self.pending)
        batch_size = 1 if jobs_hang_after_a_stop() else self.settings.batch_size
        limits = {"batch_size": batch_size, "max_refusals": self.settings.max_refusals}
        self.senders = [Sender(target, self.pending, self._outcomes, **limits) for target in targets]
        for sender in self.senders:
            sender.start()
        return changes

    def _follow(self, changes: Changes) -> None:
        said = ""
        announced: list[str] = []  # and not read yet, also after an error
        while not self._stopping.is_set():
            self._wake.clear()  # before the look, so that none is missed
            if self._stopping.is_set():  # since the look above: that wake is cleared
                return
            while self._announced:  # not list(): that fails if another thread appends in a free-threaded Python
                announced.append(self._announced.popleft())
            try:
                found = changes.read(announced)
            except Exception as error:  # nothing else reads them: go on
                text = f"router: cannot read the changes: {type(error).__name__}: {error}"
                if text != said and not self._stopping.is_set():
                    said = text
                    orthanc.LogError(text)
                self._stopping.wait(self.settings.first_retry)
                continue
            said = ""
            announced.clear()
            if found:
                for sender in self.senders:
                    sender.wake()
            self._wake.wait()

    def stop(self) -> None:
        """End the threads, while Orthanc still answers their calls. What is not sent is recorded."""
        self._stopping.set()
        self._wake.set()
        for sender in self.senders:
            sender.stop()
        if self._reader is not None:
            self._reader.join(LONGEST_STOP)
        for sender in self.senders:  # also those that the reader has made meanwhile
            sender.stop()
            sender.join(STOP_TIMEOUT, LONGEST_STOP)
        self._close()

    def _close(self) -> None:
        if self._records is not None:
            self._records.close()
            self._records = None

    def state(self) -> dict[str, object]:
        waiting = self.pending.counts() if self.pending is not None else {}
        refused = Counter(each.target for each in self.pending.refused()) if self.pending is not None else {}
        return {
            each.target: {
                "waiting": waiting.get(each.target, 0),
                "failures": each.failures,
                "refused": refused.get(each.target, 0),
            }
            for each in self.senders
        }

    def retry(self, target: str | None, instance: str | None) -> int:
        """Send again what is set aside, of a target or of all, and return how many instances that are.

        Raises:
            NotOpen: the queue is not open yet.
        """
        if self.pending is None:
            raise NotOpen
        count = self.pending.retry([each for each in self.pending.refused(target) if instance in (None, each.instance)])
        for sender in self.senders:
            sender.wake()
        return count

    def refused(self) -> list[Entry]:
        """Return what is set aside.

        Raises:
            NotOpen: the queue is not open yet.
        """
        if self.pending is None:
            raise NotOpen
        return self.pending.refused()
