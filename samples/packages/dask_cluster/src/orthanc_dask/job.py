# SPDX-License-Identifier: GPL-3.0-or-later
"""A job of Orthanc that gives the instances of a series to the cluster, a few at a time, and collects the results."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orthanc

from orthanc_dask.cluster import Cluster, Future

STEP = 0.5  # seconds that a step waits at most, so that Orthanc can pause and cancel the job


@dataclass(frozen=True)
class Limits:
    """Times are in seconds; see Settings."""

    task_timeout: float
    retries: int
    scheduler_timeout: float


@dataclass(frozen=True)
class Submitted:
    instance: str
    deadline: float


class SeriesJob:
    """Orthanc calls one method at a time. The results are in the job's content, at /jobs/ID."""

    def __init__(
        self,
        cluster: Cluster,
        limits: Limits,
        series: str,
        instances: Callable[[str], list[str]],
        url_of: Callable[[str], str],
        results: dict[str, Any] | None = None,
    ) -> None:
        self._cluster, self._limits, self._series, self._instances, self._url_of = cluster, limits, series, instances, url_of
        self._results: dict[str, Any] = results or {}
        self._errors: dict[str, str] = {}
        self._failures: Counter[str] = Counter()
        self._waiting: deque[str] | None = None  # until the first step
        self._submitted: dict[Future, Submitted] = {}
        self._total = 0
        self._unreachable_since: float | None = None

    def step(self) -> orthanc.JobStepStatus | None:
        if self._waiting is None:
            instances = self._instances(self._series)
            self._total = len(instances)
            self._waiting = deque(each for each in instances if each not in self._results)
        if self._is_connected():
            self._submit()
            if self._submitted:
                self._cluster.wait(list(self._submitted), STEP)
            elif self._waiting:
                time.sleep(STEP)  # other jobs have all the slots
            self._collect()
        if self._waiting or self._submitted:
            return None
        return orthanc.JobStepStatus.FAILURE if self._errors else orthanc.JobStepStatus.SUCCESS

    def stop(self, reason: orthanc.JobStopReason) -> None:
        """Take back what the cluster has not done: at a pause, a cancellation, a failure."""
        for future, submitted in list(self._submitted.items()):
            self._take_back(future, submitted)

    def reset(self) -> None:
        """Begin again after a failure or a cancellation, with the results so far."""
        self._waiting = None
        self._errors.clear()
        self._failures.clear()
        self._unreachable_since = None

    @property
    def progress(self) -> float:
        return (len(self._results) + len(self._errors)) / self._total if self._total else 0.0

    @property
    def content(self) -> dict[str, Any]:
        return {
            "Series": self._series,
            "Total": self._total,
            "InFlight": len(self._submitted),
            "Retries": sum(self._failures.values()),
            "Results": self._results,
            "Errors": self._errors,
        }

    def serialize(self) -> dict[str, Any]:
        return {"Series": self._series, "Results": self._results}

    def _is_connected(self) -> bool:
        try:
            self._cluster.connect()
        except OSError as error:
            now = time.monotonic()
            self._unreachable_since = self._unreachable_since or now
            for future, submitted in list(self._submitted.items()):
                self._take_back(future, submitted)
            if now - self._unreachable_since > self._limits.scheduler_timeout:
                raise RuntimeError(f"there is no Dask scheduler at {self._cluster.scheduler}: {error}") from None
            time.sleep(STEP)
            return False
        self._unreachable_since = None
        return True

    def _submit(self) -> None:
        assert self._waiting is not None
        while self._waiting:
            try:
                future = self._cluster.submit(self._url_of(self._waiting[0]))
            except OSError:  # the next step connects again
                return
            if future is None:
                return
            self._submitted[future] = Submitted(self._waiting.popleft(), time.monotonic() + self._limits.task_timeout)

    def _collect(self) -> None:
        now = time.monotonic()
        for future, submitted in list(self._submitted.items()):
            status = future.status
            if status == "finished":
                try:
                    self._results[submitted.instance] = future.result(timeout=self._limits.task_timeout)
                except Exception as error:  # its worker has ended before it gave the result
                    self._fail(future, submitted, error)
                else:
                    self._forget(future)
            elif status == "error":
                self._fail(future, submitted, future.exception(timeout=self._limits.task_timeout))
            elif status in ("cancelled", "lost"):  # the scheduler was away
                self._take_back(future, submitted)
            elif now > submitted.deadline:
                self._fail(future, submitted, TimeoutError(f"no result within {self._limits.task_timeout:g} s"))

    def _fail(self, future: Future, submitted: Submitted, error: BaseException) -> None:
        self._failures[submitted.instance] += 1
        if self._failures[submitted.instance] > self._limits.retries:
            # Orthanc's JSON has no half of a surrogate pair.
            text = f"{type(error).__name__}: {error}".encode("utf-8", "backslashreplace").decode()
            self._errors[submitted.instance] = text
            self._forget(future)
        else:
            self._take_back(future, submitted)

    def _take_back(self, future: Future, submitted: Submitted) -> None:
        assert self._waiting is not None
        self._waiting.append(submitted.instance)
        self._forget(future)

    def _forget(self, future: Future) -> None:
        del self._submitted[future]
        self._cluster.release(future)
