# SPDX-License-Identifier: GPL-3.0-or-later
"""A route over 100 to 100,000 instances: it reads the tags of each and sorts them.

They are stored once, for both plugins. The largest number is looked at with Orthanc's index in SQLite alone, and in fewer
rounds: its files take 5 GB, and an answer takes minutes.
"""

from __future__ import annotations

import shutil
import tempfile
import time

from bench.measurements.dicom import ASSOCIATIONS
from bench.measurements.many.stored_instances import StoredInstances
from bench.model import DATABASES, ESTABLISHED, OURS, SQLITE, Effort, Goal, Measurement, Results, Series, each_database
from bench.processes import available_memory, peak_size, processor_time, reset_peak, resident_size
from bench.subjects import SCRIPTS, Subject
from orthanc_python import OrthancServer

ANSWERS = {100: 10, 1_000: 3, 10_000: 1}  # by the number of instances: how many are timed, of which the mean counts
INSTANCES = tuple(ANSWERS)
LARGEST = 100_000
MOST_OF_LARGEST = 2  # rounds
ROOM = 8_000  # MB for so many, in memory where the benchmark keeps the servers' files there
TIMEOUT = 3600.0  # seconds for an answer
NO_WORSE = (Goal("at most", 1, ESTABLISHED),)


def number(instances: int, effort: Effort) -> int:
    """Return how many instances there are at a look: in a quick run 8 to 1,000 in place of 100 to 100,000."""
    return max(2 * ASSOCIATIONS, int(instances * effort.scale**2) // ASSOCIATIONS * ASSOCIATIONS)


def room() -> float:
    """Return the megabytes that the servers' files can take."""
    return min(shutil.disk_usage(tempfile.gettempdir()).free / 1e6, available_memory())


class ManyInstances(Measurement):
    name = "many-instances"
    title = f"A route over {INSTANCES[0]:,} to {LARGEST:,} instances"
    subjects = (OURS, ESTABLISHED)
    databases = DATABASES
    most_rounds = 3
    series = (
        *each_database(
            *(Series(f"{count}: time", f"the answer, {count:,} instances", "s", NO_WORSE) for count in INSTANCES),
            Series(f"{INSTANCES[-1]}: processor", f"processor of the server, {INSTANCES[-1]:,} instances", "s", NO_WORSE),
            Series(f"{INSTANCES[-1]}: memory", f"growth of its resident size, {INSTANCES[-1]:,} instances", "MB"),
        ),
        Series(f"{SQLITE}: {LARGEST}: time", f"{SQLITE}: the answer, {LARGEST:,} instances", "s", NO_WORSE),
    )

    def __init__(self) -> None:
        self._stored = StoredInstances()

    def finish(self) -> None:
        self._stored.close()

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        database = subject.database.name
        for instances, answers in ANSWERS.items():
            with self._server(subject, stored := number(instances, effort)) as server:
                before, processor = resident_size(server.pid), processor_time(server.pid)
                reset_peak(server.pid)
                results.add(f"{database}: {instances}: time", subject.name, _answer(server, stored, answers))
                if instances == INSTANCES[-1]:
                    results.add(f"{database}: {instances}: processor", subject.name, processor_time(server.pid) - processor)
                    results.add(f"{database}: {instances}: memory", subject.name, peak_size(server.pid) - before)
        key = f"{SQLITE}: {LARGEST}: time"
        if database == SQLITE and len(results.samples.get(key, {}).get(subject.name, [])) < MOST_OF_LARGEST:
            stored = number(LARGEST, effort)
            if not effort.quick and not self._stored.has(subject.database, stored) and room() < ROOM:
                results.note(f"{LARGEST:,} instances are not measured: they need {ROOM:,} MB of memory.")
                return
            with self._server(subject, stored) as server:
                results.add(key, subject.name, _answer(server, stored, 1))

    def _server(self, subject: Subject, count: int) -> OrthancServer:
        return subject.server(SCRIPTS / "many_instances.py", index=self._stored.index(subject.database, count))


def _answer(server: OrthancServer, stored: int, answers: int) -> float:
    """Return the seconds of an answer, as the mean of some after a first one. Raise RuntimeError if one lacks instances.

    A first call prepares what all later ones use. Where one answer is all, it takes so long that this is little of it.
    """
    if answers > 1:
        server.get("/sorted")
    begin = time.perf_counter()
    for _ in range(answers):
        answer = server.get("/sorted", timeout=TIMEOUT)
    seconds = (time.perf_counter() - begin) / answers
    if (found := len(answer.json())) != stored:
        raise RuntimeError(f"{found} of {stored} instances were answered")
    return seconds
