# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue consumer: an older Orthanc is not measured, and a lost value is an error."""

from __future__ import annotations

import json
import runpy
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest

from bench.measurements.queues import STEPS, Queues
from bench.model import ESTABLISHED, OURS, Effort, Results
from bench.subjects import SCRIPTS, Subject

EFFORT = Effort(rounds=1, seconds=1, scale=0.0025)
QUEUES = ("EnqueueValue", "DequeueValue", "GetQueueSize")
TIME = 0.07  # of the processor, a step
RESERVATION = ("ReserveQueueValue", "AcknowledgeQueueValue")


class Unavailable(Exception):
    """orthanc.OrthancException of a function that this Orthanc lacks."""


class FakeServer:
    """Runs the script with a module orthanc that has a queue in memory. `lost`: this value is not kept."""

    pid = 0

    def __init__(self, *names: str, lost: int = -1) -> None:
        self.values: deque[bytes] = deque()
        self.routes: dict[str, Callable[..., None]] = {}
        self.lost = lost
        functions = {
            "EnqueueValue": self.enqueue,
            "DequeueValue": lambda name, origin: self.take(),
            "GetQueueSize": lambda name: len(self.values),
            "ReserveQueueValue": lambda name, origin, seconds: (self.take(), 1),
            "AcknowledgeQueueValue": lambda name, number: None,
        }
        self.orthanc = SimpleNamespace(
            RegisterRestCallback=self.routes.__setitem__,
            OrthancException=Unavailable,
            QueueOrigin=SimpleNamespace(FRONT=0),
            **{name: functions[name] for name in names},
        )

    def enqueue(self, name: str, value: bytes) -> None:
        if self.lost != 0:
            self.values.append(value)
        self.lost -= 1

    def take(self) -> bytes | None:
        return self.values.popleft() if self.values else None

    def get(self, path: str) -> SimpleNamespace:
        parts = urlsplit(path)
        answers: list[str] = []
        output = SimpleNamespace(AnswerBuffer=lambda text, kind: answers.append(text))
        try:
            self.routes[parts.path](output, parts.path, get={key: value for key, (value,) in parse_qs(parts.query).items()})
        except RuntimeError as error:
            return SimpleNamespace(status=500, text=str(error))
        return SimpleNamespace(status=200, text=answers[0])


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that measures a subject with a server."""
    times = (number * TIME for number in range(1000))
    monkeypatch.setattr("bench.measurements.queues.processor_time", lambda pid: next(times))

    def measure(server: FakeServer, results: Results, name: str = OURS) -> None:
        @contextmanager
        def running(script: Any) -> Iterator[FakeServer]:
            monkeypatch.setitem(sys.modules, "orthanc", server.orthanc)  # type: ignore[arg-type]
            runpy.run_path(str(script))
            yield server

        subject = SimpleNamespace(name=name, server=running)
        Queues().measure(cast(Subject, subject), EFFORT, results)

    return measure


def judgements(results: Results) -> set[str]:
    return {verdict.judgement for _, verdict in Queues().verdicts(results)}


def test_all_steps(measure: Callable[..., None]) -> None:
    results = Results()
    for name in (OURS, ESTABLISHED):
        measure(FakeServer(*QUEUES, *RESERVATION), results, name)
    assert not results.notes
    assert set(results.samples) == {f"{step}: {what}" for step in STEPS for what in ("rate", "processor")}
    assert all(set(samples) == {OURS, ESTABLISHED} for samples in results.samples.values())
    assert results.samples["both: processor"][OURS] == [pytest.approx(TIME / 50 * 1e6)]
    judged = {(series.key, verdict.judgement) for series, verdict in Queues().verdicts(results)}
    assert {judgement for key, judgement in judged if "processor" in key} == {"met"}, "equal times are equal"
    assert "not measured" not in judgements(results)


def test_orthanc_without_queues(measure: Callable[..., None]) -> None:
    results = Results()
    for name in (OURS, ESTABLISHED):
        measure(FakeServer(), results, name)
    assert results.notes == ["This Orthanc has no queues: 1.12.8 or later has."]
    assert not results.samples and judgements(results) == {"not measured"}


def test_orthanc_that_refuses(measure: Callable[..., None]) -> None:
    def refuse(*arguments: object) -> None:
        raise Unavailable

    server, results = FakeServer(*QUEUES, *RESERVATION), Results()
    for name in (*QUEUES, *RESERVATION):
        setattr(server.orthanc, name, refuse)
    measure(server, results)
    assert results.notes == ["This Orthanc has no queues: 1.12.8 or later has."]


def test_orthanc_without_reservations(measure: Callable[..., None]) -> None:
    results = Results()
    for name in (OURS, ESTABLISHED):
        measure(FakeServer(*QUEUES), results, name)
    assert results.notes == ["This Orthanc cannot reserve values of queues: 1.12.10 or later can."]
    assert "acknowledge: rate" not in results.samples and "both: rate" in results.samples


def test_established_plugin_without_queues(measure: Callable[..., None]) -> None:
    results = Results()
    measure(FakeServer(*QUEUES, *RESERVATION), results)
    measure(FakeServer(), results, ESTABLISHED)
    assert results.notes == ["The established plugin cannot do here: enqueue, dequeue, both, acknowledge."]
    assert judgements(results) == {"not measured"}


def test_lost_value_is_an_error(measure: Callable[..., None]) -> None:
    with pytest.raises(RuntimeError, match=r"/enqueue of 50 values leaves 49 in the queue"):
        measure(FakeServer(*QUEUES, *RESERVATION, lost=20), Results())


def test_consumer_that_misses_a_value_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    server = FakeServer(*QUEUES, lost=0)
    monkeypatch.setitem(sys.modules, "orthanc", server.orthanc)  # type: ignore[arg-type]
    script = runpy.run_path(str(SCRIPTS / "queues.py"))
    script["Consumer"].take_one.__globals__["PATIENCE"] = 0.01
    assert server.get("/enqueue?count=3").text == "2"
    answer = server.get("/dequeue?count=3")
    assert (answer.status, answer.text) == (500, "1 values are missing")
    assert json.loads(server.get("/steps").text) == ["enqueue", "dequeue", "both"]
