# SPDX-License-Identifier: GPL-3.0-or-later
"""Measurements: an error is not measured, and a slow plugin misses its goal."""

from __future__ import annotations

import json
import runpy
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bench.load import answer_of
from bench.measurements import changes, dashboard, free_threading, instructions
from bench.measurements.changes import Changes
from bench.measurements.dashboard import Dashboard
from bench.model import OURS, Effort, Results
from bench.subjects import Subject
from orthanc_python import OrthancServer

EFFORT = Effort(rounds=1, seconds=1, scale=1)
SUBJECT = Subject(OURS, Path("library"), python=True, host=Path("host"))


class FakeServer:
    """Answers every request with a status."""

    url = "http://127.0.0.1"

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.asked: list[str] = []

    def get(self, path: str) -> SimpleNamespace:
        self.asked.append(path)
        return SimpleNamespace(status=self.status, text="7")


def rates(monkeypatch: pytest.MonkeyPatch, paced: list[list[float]], at_once: list[list[float]]) -> Results:
    """Return the results of the host program's answers."""
    answers = iter((paced, at_once))
    monkeypatch.setattr(changes, "run_host", lambda *_: next(answers))
    results = Results()
    Changes()._measure_in_host(SUBJECT, EFFORT, results)
    return results


ALL_PACED = [[10_000.0, 1.0]] * 20


def test_slow_plugin_misses_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    results = rates(monkeypatch, ALL_PACED, [[500.0 * (look + 1), 0.1 * (look + 1)] for look in range(100)])
    assert results.samples["at once: rate"] == {OURS: [pytest.approx(5000)]}
    verdicts = {series.key: verdict.judgement for series, verdict in Changes().verdicts(results)}
    assert verdicts["paced: backlog"] == "met"
    series = next(series for series in Changes.series if series.key == "at once: rate")
    judged = [verdict.judgement for each, verdict in Changes().verdicts(results) if each is series]
    assert judged[0] == "missed"


def test_fast_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    results = rates(monkeypatch, [[9_990.0, 1.0], *ALL_PACED], [[60_000.0, 0.1], *[[100_000.0, 0.2]] * 99])
    assert results.samples == {"paced: backlog": {OURS: [10]}, "at once: rate": {OURS: [500_000]}}


@pytest.mark.parametrize("lost", ["paced", "at once"])
def test_lost_change_is_an_error(monkeypatch: pytest.MonkeyPatch, lost: str) -> None:
    paced = [[9_999.0, 1.0]] * 20 if lost == "paced" else ALL_PACED
    with pytest.raises(RuntimeError, match=r"was told of .*,999 of .*,000 changes"):
        rates(monkeypatch, paced, [[99_999.0, 1.0]] * 100)


def test_answer_of_another_status_is_an_error() -> None:
    assert answer_of(cast(OrthancServer, FakeServer()), "/read") == "7"
    with pytest.raises(RuntimeError, match=r"/read.*404"):
        answer_of(cast(OrthancServer, FakeServer(404)), "/read")


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that the page's thread waits. The first takes no time. The page is closed in the second one."""
    waited: list[float] = []

    class Closed(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            waited.append(timeout)
            return len(waited) > 1 and super().wait(60)  # until the page is closed

    monkeypatch.setattr(dashboard, "threading", SimpleNamespace(Event=Closed, Thread=threading.Thread))
    return waited


def test_page_that_fails_is_an_error(waits: list[float]) -> None:
    with pytest.raises(RuntimeError, match="404"), dashboard.open_page(cast(OrthancServer, FakeServer(404))):
        pass
    assert len(waits) == 1


def test_page_is_asked_in_the_middle_of_a_period(waits: list[float]) -> None:
    server = FakeServer()
    with dashboard.open_page(cast(OrthancServer, server)):
        pass
    assert waits == [dashboard.PERIOD / 2, dashboard.PERIOD]
    assert server.asked == list(dashboard.ASKED)


def test_dashboard_changes_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each configuration comes first, and last, equally often."""
    orders: list[list[str]] = []

    @contextmanager
    def server(configuration: dict[str, Any]) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(url=str(configuration), get=FakeServer().get)

    loaded: list[str] = []

    def load(url: str, connections: int, seconds: float) -> SimpleNamespace:
        loaded.append(url)
        return SimpleNamespace(rate=100.0)

    monkeypatch.setattr(dashboard, "load", load)
    subject = SimpleNamespace(name=OURS, server=lambda script, configuration: server(configuration))
    results = Results()
    for _ in range(5):
        loaded.clear()
        Dashboard().measure(cast(Subject, subject), EFFORT, results)
        orders.append(loaded[-5:])
    firsts = [order[0] for order in orders]
    assert sorted(firsts) == sorted(orders[0])
    assert results.samples["open share"] == {OURS: [1.0] * 5}


@pytest.mark.parametrize("cores", [1, 2, 64])
def test_free_threading_has_each_key_once(cores: int) -> None:
    keys = [series.key for series in free_threading.all_series(cores)]
    assert len(keys) == len(set(keys))
    assert ("compute: scaling" in keys) == (cores > 1)


def test_each_start_has_the_configuration_of_its_script(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that fails in the host program loses the whole run."""
    seen: dict[str, int] = {}

    def count(host: Path, library: Path, script: Path, commands: list[str], given: Any = None) -> list[int] | None:
        if given is None:
            return None  # another script, after all starts
        routes: list[str] = []
        orthanc = SimpleNamespace(
            GetConfiguration=lambda: json.dumps(given),
            RegisterRestCallback=lambda path, callback: routes.append(path),
            RestOutput=object,
        )
        monkeypatch.setitem(sys.modules, "orthanc", orthanc)  # type: ignore[arg-type]
        runpy.run_path(str(script))
        seen[script.name] = len(routes)
        return [1]

    monkeypatch.setattr(instructions, "instructions", count)
    with pytest.raises(RuntimeError, match="could not run"):
        instructions.Instructions().measure(SUBJECT, EFFORT, Results())
    assert seen == {"hello.py": 1, "many_routes.py": 2000}
