# SPDX-License-Identifier: GPL-3.0-or-later
"""A queue of Orthanc's database: a route enqueues values, and a thread takes them, afterwards or at the same time."""

from __future__ import annotations

import json
import time

from bench.load import answer_of
from bench.model import ESTABLISHED, OURS, Effort, Goal, Measurement, Results, Series
from bench.processes import processor_time
from bench.subjects import SCRIPTS, Subject
from orthanc_python import OrthancServer

VALUES = 20_000
WARM_UP = 10
STEPS = {
    "enqueue": "enqueued by a route",
    "dequeue": "taken by a thread",
    "both": "taken by a thread while a route enqueues them",
    "acknowledge": "reserved and acknowledged by a thread",
}


def run_step(server: OrthancServer, step: str, count: int) -> None:
    """Run a step of the script. Raise RuntimeError if the queue has another size afterwards than it should."""
    left = int(answer_of(server, f"/{step}?count={count}"))
    if left != (count if step == "enqueue" else 0):
        raise RuntimeError(f"/{step} of {count} values leaves {left} in the queue")


def note_missing(steps: list[str], subject: Subject, results: Results) -> None:
    """Note what this Orthanc lacks or, where ours has been measured, the other plugin."""
    missing = [step for step in STEPS if step not in steps]
    if subject.name != OURS:
        missing = [step for step in missing if f"{step}: rate" in results.samples]
        if missing:
            results.note(f"The {subject.name} cannot do here: {', '.join(missing)}.")
    elif "dequeue" in missing:
        results.note("This Orthanc has no queues: 1.12.8 or later has.")
    elif missing:
        results.note("This Orthanc cannot reserve values of queues: 1.12.10 or later can.")


class Queues(Measurement):
    name = "queues"
    title = f"A queue consumer: {VALUES:,} values of 200 bytes"
    subjects = (OURS, ESTABLISHED)
    series = tuple(
        series
        for step, title in STEPS.items()
        for series in (
            Series(f"{step}: rate", title, "values/s", (Goal("at least", 1, ESTABLISHED),)),
            Series(f"{step}: processor", f"{title}, processor/value", "µs", (Goal("at most", 1, ESTABLISHED),)),
        )
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        count = max(WARM_UP, int(VALUES * effort.scale))
        with subject.server(SCRIPTS / "queues.py") as server:
            steps = json.loads(answer_of(server, "/steps"))
            note_missing(steps, subject, results)
            if not steps:
                return
            run_step(server, "both", WARM_UP)
            for step in steps:
                if step == "acknowledge":
                    run_step(server, "enqueue", count)
                before, begin = processor_time(server.pid), time.perf_counter()
                run_step(server, step, count)
                seconds = time.perf_counter() - begin
                processor = round(processor_time(server.pid) - before, 2)  # whole ticks, so that equal times are equal
                results.add(f"{step}: rate", subject.name, count / seconds)
                results.add(f"{step}: processor", subject.name, processor / count * 1e6)
