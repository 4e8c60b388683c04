# SPDX-License-Identifier: GPL-3.0-or-later
"""A route over 10,000 instances: it reads the tags of each and sorts them."""

from __future__ import annotations

import time

from bench.measurements.dicom import ASSOCIATIONS, store
from bench.model import ESTABLISHED, OURS, Effort, Goal, Measurement, Results, Series
from bench.processes import peak_size, processor_time, reset_peak, resident_size
from bench.subjects import SCRIPTS, Subject

INSTANCES = 10_000
NO_WORSE = (Goal("at most", 1, ESTABLISHED),)


class ManyInstances(Measurement):
    name = "many-instances"
    title = f"A route over {INSTANCES:,} instances"
    subjects = (OURS, ESTABLISHED)
    most_rounds = 2  # storing them takes minutes
    series = (
        Series("time", "the answer", "s", NO_WORSE),
        Series("processor", "processor of the server", "s", NO_WORSE),
        Series("memory", "growth of the server's resident size", "MB"),
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        count = max(2 * ASSOCIATIONS, int(INSTANCES * effort.scale**2))  # 100 in a quick run
        with subject.server(SCRIPTS / "many_instances.py", {"DicomAlwaysAllowStore": True}, dicom=True) as server:
            store(server.dicom_port, count // ASSOCIATIONS, ASSOCIATIONS)
            server.get("/statistics")
            before, processor = resident_size(server.pid), processor_time(server.pid)
            reset_peak(server.pid)
            begin = time.perf_counter()
            answer = server.get("/sorted")
            results.add("time", subject.name, time.perf_counter() - begin)
            results.add("processor", subject.name, processor_time(server.pid) - processor)
            results.add("memory", subject.name, peak_size(server.pid) - before)
            if (found := len(answer.json())) != count // ASSOCIATIONS * ASSOCIATIONS:
                raise RuntimeError(f"{subject.name} has answered {found} of {count} instances")
