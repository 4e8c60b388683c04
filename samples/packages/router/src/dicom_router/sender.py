# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends the pending instances of one target, on a thread of its own: a target that is down does not delay the others."""

from __future__ import annotations

import json
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

import orthanc

from dicom_router.changes import UNKNOWN

SHORTEST_LOOK, LONGEST_LOOK = 0.01, 0.25  # seconds between two looks at a job
MOST_LOOKS = 40  # at a job that Orthanc does not know any more

if TYPE_CHECKING:
    from dicom_router.pending import Entry, Pending


class Failed(Exception):
    """The job that sends has failed."""


class Gone(Failed):
    """Orthanc does not know the job any more. Nothing is known of the target's answer."""


class Outcomes:
    """How the last jobs have ended, as Orthanc announces it. Its own history of jobs may be shorter."""

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._ended: dict[str, bool] = {}
        self._lock = Lock()

    def add(self, job: str, succeeded: bool) -> None:
        with self._lock:
            self._ended[job] = succeeded
            if len(self._ended) > self._most:
                del self._ended[next(iter(self._ended))]

    def get(self, job: str) -> bool | None:
        """Return whether a job has succeeded; None if that is not known."""
        with self._lock:
            return self._ended.get(job)


class Sender:
    def __init__(self, target: str, pending: Pending, outcomes: Outcomes, *, batch_size: int, max_refusals: int) -> None:
        self.target = target
        self.failures = 0  # since the last success
        self._unreachable = 0  # attempts since the target has last answered
        self._max_refusals = max_refusals
        self._job = ""  # whose outcome is not recorded yet, also if that fails for a time, as on a full disk
        self._entries: list[Entry] = []  # of the job
        self._job_is_recorded = True
        self._resumed = False  # whether the job of the last stop was looked for
        self._storing = False  # whether the thread makes a job, and records it
        self._pending = pending
        self._outcomes = outcomes
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

    def join(self, timeout: float, longest: float) -> None:
        """Wait until the thread has ended.

        Args:
            timeout: seconds for what may be repeated.
            longest: seconds if it makes a job. Its record must be written, or the next start sends all again.
        """
        self._thread.join(timeout)
        if self._storing:
            self._thread.join(longest - timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()  # before the look, so that none is missed
            if self._stopping.is_set():  # since the look above: that wake is cleared
                break
            wait: float | None = 0.0
            try:  # go on whatever happens: nothing else sends to this target
                sent = self._step()
                if sent is None:
                    wait = self._pending.seconds_to_next(self.target)
            except Exception as error:  # of the records, such as a full disk, or of Orthanc's database
                if not self._stopping.is_set():
                    orthanc.LogError(f"router to {self.target}: {type(error).__name__}: {error}")
                self._unreachable += 1
                sent = False
            if sent is None:
                self._wake.wait(wait)
            elif sent:
                self.failures = self._unreachable = 0
            else:
                self.failures += 1
                first = self._pending.backoff(0)
                self._stopping.wait(first)
                # A new instance does not wait for the failed ones. Others do not wait for those that the target has refused.
                if self._unreachable:
                    self._wake.wait(self._pending.backoff(self._unreachable - 1) - first)
        if self._job and not self._job_is_recorded:  # Orthanc would go on with it, and the next start would send all again
            cancel(self._job)

    def _step(self) -> bool | None:
        """Send what is next; None if nothing is due."""
        if not self._resumed:
            job, entries = self._pending.in_job(self.target)
            if job and state_of(job) is not None:  # else the process was killed before Orthanc had recorded the job
                self._job, self._entries = job, entries
            self._resumed = True
        if not self._job:
            self._entries = self._pending.next(self.target, self._batch_size)
        return self._send(self._entries) if self._entries else None

    def _send(self, entries: list[Entry]) -> bool:
        """Send entries, or wait for the job that does already."""
        try:
            self._make_job(entries)
            if not self._wait_for(self._job):
                return False  # Orthanc stops. It goes on with the job at its next start, and so do we
        except Failed as error:
            return self._not_sent(entries, error)
        self._pending.sent(entries)
        self._job = ""
        return True

    def _make_job(self, entries: list[Entry]) -> None:
        """Let Orthanc send entries, and record that, unless that is done already or Orthanc stops.

        Raises:
            Failed: there is no such target.
        """
        self._storing = True
        try:
            if not self._job and not self._stopping.is_set():
                try:
                    self._job = store(self.target, [each.instance for each in entries])
                except orthanc.OrthancException as error:
                    raise Failed(str(error)) from error
                self._job_is_recorded = False
            if self._job and not self._job_is_recorded:  # an error of the records leaves the job as it is
                self._pending.sending(self.target, self._job, entries)
                self._job_is_recorded = True
        finally:
            self._storing = False

    def _not_sent(self, entries: list[Entry], error: Exception) -> bool:
        """Record a failure. Return whether that is all right, because the instances were deleted."""
        if self._stopping.is_set():
            return False  # Orthanc stops
        gone = [each for each in entries if not is_stored(each.instance)]
        self._pending.sent(gone)
        if gone:
            orthanc.LogWarning(f"router to {self.target}: {len(gone)} instances were deleted before they were sent")
        there = [each for each in entries if each not in gone]
        if there:
            self._record_failure(there, error)
        self._job = ""
        return not there

    def _wait_for(self, job: str) -> bool:
        """Wait until a job has sent all its instances; False if Orthanc stops before.

        Raises:
            Failed: it has not.
        """
        pause, missing, said = SHORTEST_LOOK, 0, False
        while not self._stopping.wait(pause):
            pause = min(2 * pause, LONGEST_LOOK)
            succeeded = self._outcomes.get(job)
            found = {"State": "Success"} if succeeded else state_of(job) or {"State": ""}
            if found["State"] == "Success":
                return True
            if found["State"] == "Failure":
                raise Failed(found.get("ErrorDetails") or found["ErrorDescription"])
            if succeeded is False:
                raise Failed(f"the job {job} has failed")
            missing += not found["State"]
            if missing == MOST_LOOKS:  # its end is announced a little later than Orthanc forgets it
                raise Gone(f"the job {job} is gone")
            if found["State"] == "Paused" and not said:
                said = True
                orthanc.LogWarning(
                    f"router to {self.target}: somebody has paused the job {job}, and nothing is sent before it ends: "
                    f"resume it by POST /jobs/{job}/resume"
                )
        return False

    def _record_failure(self, entries: list[Entry], error: Exception) -> None:
        """Count a refusal if the target answers, and if the job of one instance has failed.

        Of several instances, another one may be the cause.
        """
        self._unreachable = 0 if answers(self.target) else self._unreachable + 1
        refused = not self._unreachable and len(entries) == 1 and not isinstance(error, Gone)
        if refused and entries[0].refusals + 1 >= self._max_refusals:
            self._pending.set_aside(entries[0], str(error))
            orthanc.LogError(
                f"{self.target} has refused the instance {entries[0].instance} {entries[0].refusals + 1} times: {error}; "
                "it is set aside: see /router/refused"
            )
            return
        wait = self._pending.failed(entries, int(refused))
        orthanc.LogWarning(f"{self.target} has not taken {len(entries)} instances: {error}; trying again in {wait:g} s")


def store(target: str, instances: list[str]) -> str:
    """Send instances in one association, or in one transfer to another Orthanc. Return the job that does it.

    Not synchronously: before Orthanc 1.12, no job ends while the plugin stops, so a stop would wait in vain. At its next start,
    Orthanc would send the rest, and the router would send all again.

    Raises:
        orthanc.OrthancException: the target is unknown.
    """
    request = {"Resources": instances, "Synchronous": False, "Permissive": False}
    return str(json.loads(orthanc.RestApiPost(f"/{kind_of(target)}/{target}/store", json.dumps(request)))["ID"])


def state_of(job: str) -> dict[str, Any] | None:
    """Return what Orthanc says of a job; None if it does not know the job."""
    try:
        found: dict[str, Any] = json.loads(orthanc.RestApiGet(f"/jobs/{job}"))
    except orthanc.OrthancException as error:
        if error.args[0] in UNKNOWN:
            return None
        raise
    return found


def cancel(job: str) -> None:
    """Cancel a job, if Orthanc still does so."""
    with suppress(orthanc.OrthancException):
        orthanc.RestApiPost(f"/jobs/{job}/cancel", "{}")


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
