# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances that both plugins answer for: they are stored once, and removed when the measurement ends, however it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.databases.index import SQLite
from bench.measurements.many import instances, stored_instances
from bench.measurements.many.instances import MOST_OF_LARGEST, SQLITE, ManyInstances
from bench.measurements.many.stored_instances import StoredInstances
from bench.model import ESTABLISHED, OURS, Effort, Measurement, Results
from bench.run import run
from bench.subjects import Subject

EFFORT = Effort(rounds=3, seconds=1, scale=1)


class FakeOrthanc:
    """Makes its folders as Orthanc does."""

    dicom_port = 4242

    def __init__(self, **options: Any) -> None:
        self.configuration = options["configuration"]

    def __enter__(self) -> FakeOrthanc:
        Path(self.configuration["StorageDirectory"]).mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the numbers of instances that have been sent on each association."""
    numbers: list[int] = []
    monkeypatch.setattr(stored_instances, "OrthancServer", FakeOrthanc)
    monkeypatch.setattr(stored_instances, "store", lambda port, count, associations: numbers.append(count))
    return numbers


def test_they_are_stored_once(sent: list[int]) -> None:
    stored = StoredInstances()
    first, second = (Subject(name, python=True) for name in (OURS, ESTABLISHED))
    indexes = [stored.index(subject.database, 400) for subject in (first, second, first)]
    assert sent == [100] and indexes[0] == indexes[1] == indexes[2]
    server = first.server(Path("script.py"), index=indexes[0])
    folder = Path(indexes[0].configuration["StorageDirectory"])
    try:
        assert server.extra["StorageDirectory"] == str(folder) and folder.is_dir()
    finally:
        server.close()
    assert stored.index(SQLite(), 4000) != indexes[0] and sent == [100, 1000]
    stored.close()
    assert not folder.parent.exists() and not stored.has(SQLite(), 400)


class Interrupted(Measurement):
    name = "interrupted"
    title = "Interrupted"
    subjects = (OURS,)
    finished = False

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        raise KeyboardInterrupt

    def finish(self) -> None:
        Interrupted.finished = True


def test_they_are_removed_after_an_interruption() -> None:
    with pytest.raises(KeyboardInterrupt):
        run([Interrupted()], {OURS: Subject(OURS)}, EFFORT)
    assert Interrupted.finished


def test_the_largest_number_is_looked_at_in_fewer_rounds(sent: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    class Answering(FakeOrthanc):
        pid = 1

        def __enter__(self) -> FakeOrthanc:
            return self

    monkeypatch.setattr(Subject, "server", lambda *_, **__: Answering(configuration={}))
    monkeypatch.setattr(instances, "room", lambda: instances.ROOM)
    monkeypatch.setattr(instances, "_answer", lambda *_: 1.0)
    for name in ("resident_size", "processor_time", "reset_peak", "peak_size"):
        monkeypatch.setattr(instances, name, lambda pid: 0.0)
    measurement, results = ManyInstances(), Results()
    for _ in range(EFFORT.rounds):
        for name in (OURS, ESTABLISHED):
            measurement.measure(Subject(name), EFFORT, results)
    measurement.finish()
    for count, rounds in ((10_000, 3), (100_000, MOST_OF_LARGEST)):
        assert {name: len(values) for name, values in results.samples[f"{SQLITE}: {count}: time"].items()} == {
            OURS: rounds,
            ESTABLISHED: rounds,
        }
    assert len(sent) == 4
