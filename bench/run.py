# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs measurements, in rounds that are interleaved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.databases.opened import open_databases
from bench.model import Effort, Measurement, Results, in_turn
from bench.subjects import Subject


def _present(measurement: Measurement, subjects: Mapping[str, Subject]) -> list[Subject]:
    return [subjects[name] for name in measurement.subjects if name in subjects and not subjects[name].missing]


def run(measurements: Sequence[Measurement], subjects: Mapping[str, Subject], effort: Effort) -> dict[Measurement, Results]:
    """Run the measurements and return their results. A missing subject or a failure is noted, and the next one runs."""
    found = {measurement: Results() for measurement in measurements}
    rounds = {measurement: min(effort.rounds, measurement.most_rounds) for measurement in measurements}
    steps = sum(rounds[measurement] * len(_present(measurement, subjects)) for measurement in measurements)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("", total=steps)
        for measurement, results in found.items():
            present = _present(measurement, subjects)
            for name in measurement.subjects:
                if name not in subjects:
                    results.note(f"There is no plugin here for: {name}.")
                elif subjects[name].missing:
                    results.note(f"The {name} is not measured: {subjects[name].missing}.")
            with open_databases(measurement.databases, results) as databases, ExitStack() as shared:
                shared.callback(measurement.finish)
                for number in range(rounds[measurement]):
                    for subject in in_turn(present, number):
                        progress.update(task, description=f"{measurement.name}: {subject.name}")
                        for database in databases:
                            try:
                                measurement.measure(replace(subject, database=database), effort, results)
                            except Exception as error:  # the others' figures must not be lost
                                results.failed = True
                                results.note(f"FAILED, round {number + 1} of {subject.name}: {error}")
                        progress.advance(task)
    return found
