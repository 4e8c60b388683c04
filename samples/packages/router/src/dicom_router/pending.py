# SPDX-License-Identifier: GPL-3.0-or-later
"""The instances that have to be sent, by target, with the time of their next attempt. It does not need Orthanc.

What a target has refused too often is set aside: it is kept, and not sent until somebody asks for it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dicom_router.records import Records

CURSOR = "cursor"  # the record of the last change that was read: its number, and what it was
JOB = "job"  # begins the key of the record of a target's present transfer; no Orthanc identifier is so short
SEPARATOR = " "  # an Orthanc identifier has none


@dataclass(frozen=True)
class Entry:
    """An instance that a target has not received yet."""

    instance: str
    target: str
    attempts: int = 0
    due: float = 0.0  # seconds since the epoch
    refusals: int = 0  # attempts that the target has refused
    reason: str = ""  # of the last refusal, once it is set aside
    since: float = 0.0  # when it was set aside, in seconds since the epoch

    @property
    def key(self) -> str:
        return f"{self.instance}{SEPARATOR}{self.target}"

    def text(self) -> str:
        fields = asdict(self)
        del fields["instance"], fields["target"]
        return json.dumps(fields)


KINDS: dict[str, Any] = {"attempts": int, "due": (int, float), "refusals": int, "reason": str, "since": (int, float)}
NUMBER = re.compile(r"[0-9]{1,18}")  # of a change
JOB_ID = re.compile(r"[0-9A-Za-z-]+")


class Pending:
    """All entries in memory, each change of which is recorded first. Safe for several threads."""

    def __init__(
        self, records: Records, first_retry: float, longest_retry: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._records = records
        self._first_retry = first_retry
        self._longest_retry = longest_retry
        self._clock = clock
        self._lock = Lock()
        found = records.read()
        number, _, self.anchor = found.get(CURSOR, "").partition(SEPARATOR)
        self.cursor_is_damaged = CURSOR in found and not NUMBER.fullmatch(number)
        if self.cursor_is_damaged:  # then all changes are read again: that sends twice, and loses nothing
            number, self.anchor = "0", ""
        self.cursor = int(number) if number else None
        self._entries: dict[str, dict[str, Entry]] = {}
        self._refused: dict[str, Entry] = {}  # set aside, by key
        self._jobs: dict[str, dict[str, Any]] = {}
        self._had_new: set[str] = set()  # targets to which new instances were the last to go
        for key, text in found.items():
            instance, _, target = key.partition(SEPARATOR)
            if instance == JOB:
                self._jobs[target] = job_fields(text)
            elif key != CURSOR:
                self._remember(Entry(instance, target, **entry_fields(text)))

    def add(self, instances: Mapping[str, Iterable[str]], cursor: int | None = None, anchor: str = "") -> None:
        """Record instances, each for its targets, and then the cursor. An entry that waits already stays as it is.

        One that was set aside waits again, because the instance was stored anew.
        """
        with self._lock:
            entries = [Entry(instance, target) for instance, targets in instances.items() for target in targets]
            new = [entry for entry in entries if entry.key not in self._entries.get(entry.target, {})]
            last = {CURSOR: f"{cursor}{SEPARATOR}{anchor}"} if cursor is not None else {}
            self._records.write({entry.key: entry.text() for entry in new} | last)
            for entry in new:
                self._remember(entry)
            if cursor is not None:
                self.cursor, self.anchor = cursor, anchor

    def next(self, target: str, most: int) -> list[Entry]:
        """Return what to send next. What has failed is sent alone, so that it does not keep others back.

        New instances come first. Of those that have failed, one that is overdue is next after them, so that it does not starve.
        """
        now = self._clock()
        with self._lock:
            found = self._entries.get(target, {}).values()
            # A time that is further away is of a clock that was wrong.
            due = sorted((each for each in found if not now < each.due <= now + self._longest_retry), key=lambda each: each.due)
            new = [each for each in due if not each.attempts][:most]
            failed = [each for each in due if each.attempts][:1]
            is_overdue = any(abs(now - each.due) > self._longest_retry for each in failed)
            if not new or (is_overdue and target in self._had_new):
                self._had_new.discard(target)
                return failed
            self._had_new.add(target)
            return new

    def seconds_to_next(self, target: str) -> float | None:
        """Return how long nothing is due; None if there is nothing."""
        with self._lock:
            times = [each.due for each in self._entries.get(target, {}).values()]
        return min(max(0.0, min(times) - self._clock()), self._longest_retry) if times else None

    def sending(self, target: str, job: str, entries: Sequence[Entry]) -> None:
        """Record that a job of Orthanc sends entries. Orthanc may end before the job does, and goes on with it at its start."""
        with self._lock:
            text = json.dumps({"job": job, "instances": [each.instance for each in entries]})
            self._records.write({job_key(target): text})

    def in_job(self, target: str) -> tuple[str, list[Entry]]:
        """Return the job that was sending at the last stop, and what it sends; "" if there is none."""
        with self._lock:
            found = self._jobs.get(target) or job_fields("")
            waiting = self._entries.get(target, {})
            keys = dict.fromkeys(Entry(instance, target).key for instance in found["instances"])
            entries = [waiting[key] for key in keys if key in waiting]
        return (found["job"], entries) if entries else ("", [])

    def sent(self, entries: Sequence[Entry]) -> None:
        """Forget entries, because the target has them or because they are gone."""
        jobs = {job_key(entry.target) for entry in entries}
        with self._lock:
            self._records.write({}, [*(entry.key for entry in entries), *jobs])
            for entry in entries:
                self._entries.get(entry.target, {}).pop(entry.key, None)

    def failed(self, entries: Sequence[Entry], refusals: int = 0) -> float:
        """Record a failed attempt, and return the seconds until the next one.

        Args:
            entries: what was sent.
            refusals: 1 if the target has refused it.
        """
        now = self._clock()
        later = [
            replace(each, attempts=each.attempts + 1, due=now + self.backoff(each.attempts), refusals=each.refusals + refusals)
            for each in entries
        ]
        with self._lock:
            self._records.write({each.key: each.text() for each in later}, {job_key(each.target) for each in later})
            for each in later:
                self._remember(each)
        return min((each.due - now for each in later), default=self._first_retry)

    def set_aside(self, entry: Entry, reason: str) -> None:
        """Send an entry no more, and keep it."""
        refused = replace(entry, refusals=entry.refusals + 1, reason=reason or "refused", since=self._clock())
        with self._lock:
            self._records.write({refused.key: refused.text()}, [job_key(entry.target)])
            self._remember(refused)

    def refused(self, target: str | None = None) -> list[Entry]:
        """Return what is set aside, of one target or of all, the oldest first."""
        with self._lock:
            found = [each for each in self._refused.values() if target in (None, each.target)]
        return sorted(found, key=lambda each: each.since)

    def retry(self, entries: Sequence[Entry]) -> int:
        """Let what is set aside wait again, with all its attempts. Return how many that were."""
        now = self._clock()  # behind what has not been tried yet
        with self._lock:
            again = [Entry(each.instance, each.target, attempts=1, due=now) for each in entries if each.key in self._refused]
            self._records.write({each.key: each.text() for each in again})
            for each in again:
                self._remember(each)
        return len(again)

    def backoff(self, failures: int) -> float:
        """Return the seconds to wait after one more failure."""
        return min(self._longest_retry, self._first_retry * 2.0 ** min(failures, 60))

    def counts(self) -> dict[str, int]:
        with self._lock:
            return {target: len(entries) for target, entries in self._entries.items()}

    def _remember(self, entry: Entry) -> None:
        waiting = self._entries.setdefault(entry.target, {})
        if entry.reason:
            waiting.pop(entry.key, None)
            self._refused[entry.key] = entry
        else:
            self._refused.pop(entry.key, None)
            waiting[entry.key] = entry


def job_key(target: str) -> str:
    return f"{JOB}{SEPARATOR}{target}"


def fields_of(text: str) -> dict[str, Any]:
    """Return the fields of a record; none if it is damaged. Its key names what to send."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def entry_fields(text: str) -> dict[str, Any]:
    """Return the fields that an entry has, without those of a later version."""
    return {name: value for name, value in fields_of(text).items() if name in KINDS and isinstance(value, KINDS[name])}


def job_fields(text: str) -> dict[str, Any]:
    """Return the job and the instances of a transfer's record; none if it is damaged. Then they are sent again."""
    found = fields_of(text)
    job, instances = found.get("job"), found.get("instances")
    if not isinstance(job, str) or not JOB_ID.fullmatch(job) or not isinstance(instances, list):
        return {"job": "", "instances": []}
    return {"job": job, "instances": instances}
