# SPDX-License-Identifier: GPL-3.0-or-later
"""A route over 100 to 10,000 instances: it reads the tags of each and sorts them."""

from __future__ import annotations

import time

from bench.measurements.dicom import ASSOCIATIONS, store
from bench.model import DATABASES, ESTABLISHED, OURS, Effort, Goal, Measurement, Results, Series, each_database
from bench.processes import peak_size, processor_time, reset_peak, resident_size
from bench.subjects import SCRIPTS, Subject

ANSWERS = {100: 10, 1_000: 3, 10_000: 1}  # by the number of instances: how many are timed, of which the mean counts
INSTANCES = tuple(ANSWERS)
NO_WORSE = (Goal("at most", 1, ESTABLISHED),)


def counts(effort: Effort) -> list[int]:
    """Return how many instances there are at each look: in a quick run 8 to 100."""
    smallest = 2 * ASSOCIATIONS
    return [max(smallest, int(count * effort.scale**2) // ASSOCIATIONS * ASSOCIATIONS) for count in INSTANCES]


class ManyInstances(Measurement):
    name = "many-instances"
    title = f"A route over {INSTANCES[0]:,} to {INSTANCES[-1]:,} instances"
    subjects = (OURS, ESTABLISHED)
    databases = DATABASES
    most_rounds = 2  # storing them takes minutes
    series = each_database(
        *(Series(f"{count}: time", f"the answer, {count:,} instances", "s", NO_WORSE) for count in INSTANCES),
        Series(f"{INSTANCES[-1]}: processor", f"processor of the server, {INSTANCES[-1]:,} instances", "s", NO_WORSE),
        Series(f"{INSTANCES[-1]}: memory", f"growth of its resident size, {INSTANCES[-1]:,} instances", "MB"),
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        database, stored = subject.database.name, 0
        with subject.server(SCRIPTS / "many_instances.py", {"DicomAlwaysAllowStore": True}, dicom=True) as server:
            for instances, count in zip(INSTANCES, counts(effort), strict=True):
                if count > stored:
                    store(server.dicom_port, (count - stored) // ASSOCIATIONS, ASSOCIATIONS)
                    stored = count
                if ANSWERS[instances] > 1:
                    server.get("/sorted")  # a first call prepares what all later ones use
                before, processor = resident_size(server.pid), processor_time(server.pid)
                reset_peak(server.pid)
                begin = time.perf_counter()
                for _ in range(ANSWERS[instances]):
                    answer = server.get("/sorted")
                results.add(f"{database}: {instances}: time", subject.name, (time.perf_counter() - begin) / ANSWERS[instances])
                if instances == INSTANCES[-1]:
                    results.add(f"{database}: {instances}: processor", subject.name, processor_time(server.pid) - processor)
                    results.add(f"{database}: {instances}: memory", subject.name, peak_size(server.pid) - before)
                if (found := len(answer.json())) != stored:
                    raise RuntimeError(f"{subject.name} with {database} has answered {found} of {stored} instances")
