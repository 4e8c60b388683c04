# SPDX-License-Identifier: GPL-3.0-or-later
"""A route over 100 to 100,000 instances: it reads the tags of each and sorts them.

The largest number is looked at once, with Orthanc's index in SQLite: its files take 5 GB, and storing them takes minutes.
"""

from __future__ import annotations

import shutil
import tempfile
import time

from bench.measurements.dicom import ASSOCIATIONS, store
from bench.model import DATABASES, ESTABLISHED, OURS, SQLITE, Effort, Goal, Measurement, Results, Series, each_database
from bench.processes import available_memory, peak_size, processor_time, reset_peak, resident_size
from bench.subjects import SCRIPTS, Subject
from orthanc_python import OrthancServer

ANSWERS = {100: 10, 1_000: 3, 10_000: 1}  # by the number of instances: how many are timed, of which the mean counts
INSTANCES = tuple(ANSWERS)
LARGEST = 100_000
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
    most_rounds = 2  # storing them takes minutes
    series = (
        *each_database(
            *(Series(f"{count}: time", f"the answer, {count:,} instances", "s", NO_WORSE) for count in INSTANCES),
            Series(f"{INSTANCES[-1]}: processor", f"processor of the server, {INSTANCES[-1]:,} instances", "s", NO_WORSE),
            Series(f"{INSTANCES[-1]}: memory", f"growth of its resident size, {INSTANCES[-1]:,} instances", "MB"),
        ),
        Series(f"{SQLITE}: {LARGEST}: time", f"{SQLITE}: the answer, {LARGEST:,} instances", "s", NO_WORSE),
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        database, stored = subject.database.name, 0
        with subject.server(SCRIPTS / "many_instances.py", {"DicomAlwaysAllowStore": True}, dicom=True) as server:
            for instances, answers in ANSWERS.items():
                stored = _store(server, stored, number(instances, effort))
                if answers > 1:
                    server.get("/sorted")  # a first call prepares what all later ones use
                before, processor = resident_size(server.pid), processor_time(server.pid)
                reset_peak(server.pid)
                results.add(f"{database}: {instances}: time", subject.name, _answer(server, stored, answers))
                if instances == INSTANCES[-1]:
                    results.add(f"{database}: {instances}: processor", subject.name, processor_time(server.pid) - processor)
                    results.add(f"{database}: {instances}: memory", subject.name, peak_size(server.pid) - before)
            key = f"{SQLITE}: {LARGEST}: time"
            if database == SQLITE and subject.name not in results.samples.get(key, {}):
                if not effort.quick and room() < ROOM:
                    results.note(f"{LARGEST:,} instances are not measured: they need {ROOM:,} MB of memory.")
                else:
                    stored = _store(server, stored, number(LARGEST, effort))
                    results.add(key, subject.name, _answer(server, stored, 1))


def _store(server: OrthancServer, stored: int, count: int) -> int:
    """Store instances until there are `count`; return how many there are then."""
    if count > stored:
        store(server.dicom_port, (count - stored) // ASSOCIATIONS, ASSOCIATIONS)
    return max(stored, count)


def _answer(server: OrthancServer, stored: int, answers: int) -> float:
    """Return the seconds of an answer, as the mean of some. Raise RuntimeError if one lacks instances."""
    begin = time.perf_counter()
    for _ in range(answers):
        answer = server.get("/sorted", timeout=TIMEOUT)
    seconds = (time.perf_counter() - begin) / answers
    if (found := len(answer.json())) != stored:
        raise RuntimeError(f"{found} of {stored} instances were answered")
    return seconds
