# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python top and profile, with the answers of an Orthanc."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from orthanc_python import signals
from orthanc_python.cli import app, observe
from orthanc_python.failure import Failure
from orthanc_python.signals import Ended


class Answers:
    """In place of RemoteOrthanc: gives its answers one after the other, and then is interrupted."""

    address = "http://localhost:8042"

    def __init__(self, *answers: dict[str, Any], end: type[BaseException] = KeyboardInterrupt) -> None:
        self.answers = list(answers)
        self.end = end
        self.asked: list[tuple[str, float]] = []

    def get(self, path: str, timeout: float = 30.0) -> Any:
        self.asked.append((path, timeout))
        if not self.answers:
            raise self.end
        return self.answers.pop(0)


def test_top_compares_each_look_with_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(*({"look": number} for number in range(4)))
    compared = []
    monkeypatch.setattr(observe, "RemoteOrthanc", lambda url: answers)
    monkeypatch.setattr(observe, "results", Console(force_terminal=True, force_interactive=True))
    monkeypatch.setattr(observe, "view", lambda now, before: compared.append((before["look"], now["look"])) or "")
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    done = CliRunner().invoke(app, ["top"])
    assert compared == [(0, 1), (1, 2), (2, 3)]
    assert done.exit_code == 0 and "Aborted" not in done.output


@pytest.mark.parametrize("number", [0, 1])
def test_top_is_left_by_an_interrupt_before_its_first_table(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observe, "RemoteOrthanc", lambda url: Answers(*[{}] * number))
    monkeypatch.setattr(observe, "results", Console(force_terminal=True, force_interactive=True))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    done = CliRunner().invoke(app, ["top"])
    assert (done.exit_code, done.output) == (0, "")


def test_one_table_that_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that reads it learns that it is missing."""
    monkeypatch.setattr(observe, "RemoteOrthanc", lambda url: Answers())
    done = CliRunner().invoke(app, ["top", "--once"])
    assert done.exit_code == 1


def test_profile_waits_for_longer_than_it_samples(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers = Answers({"Samples": 1, "Seconds": 60.0, "Stacks": []})
    monkeypatch.setattr(observe, "RemoteOrthanc", lambda url: answers)
    monkeypatch.setattr(observe, "flame_graph", lambda answer, title: "<svg/>")
    monkeypatch.setattr(observe, "speedscope", lambda answer, title: {})
    file = tmp_path / "profile.svg"
    done = CliRunner().invoke(app, ["profile", "--seconds", "60", "--output", str(file)], catch_exceptions=False)
    assert done.exit_code == 0 and file.read_text() == "<svg/>"
    ((path, timeout),) = answers.asked
    assert path == "/python/profile?seconds=60" and timeout >= 70


def test_profile_looks_for_the_folder_before_it_samples(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers = Answers()
    monkeypatch.setattr(observe, "RemoteOrthanc", lambda url: answers)
    file = tmp_path / "missing" / "profile.svg"
    done = CliRunner().invoke(app, ["profile", "--output", str(file)])
    assert isinstance(done.exception, Failure) and f"the folder {file.parent} does not exist" in str(done.exception)
    assert answers.asked == []


def test_profile_looks_for_its_rights_before_it_samples(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers = Answers()
    monkeypatch.setattr(observe, "RemoteOrthanc", lambda url: answers)
    monkeypatch.setattr(os, "access", lambda path, right: False)
    done = CliRunner().invoke(app, ["profile", "--output", str(tmp_path / "profile.svg")])
    assert isinstance(done.exception, Failure) and "give another file by --output" in str(done.exception)
    assert answers.asked == []


@pytest.mark.parametrize(("end", "status"), [(KeyboardInterrupt, 0), (Ended, 1)])
@pytest.mark.parametrize("looks", [0, 1, 3])
def test_end_of_top(end: type[BaseException], status: int, looks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is how a person ends it. Ended by a signal, it fails as the other commands do."""
    answers = Answers(*({"look": number} for number in range(looks)), end=end)
    monkeypatch.setattr(observe, "RemoteOrthanc", lambda url: answers)
    monkeypatch.setattr(observe, "results", Console(force_terminal=True, force_interactive=True))
    monkeypatch.setattr(observe, "view", lambda now, before: "")
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    assert CliRunner().invoke(app, ["top"]).exit_code == status


@pytest.mark.parametrize("number", signals.ENDING)
def test_signal_that_ends_a_command(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    handlers: dict[int, Any] = {}
    monkeypatch.setattr(signal, "getsignal", lambda number: signal.SIG_DFL)
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    signals.interrupt_on_signals()
    with pytest.raises(Ended):
        handlers[number](number, None)
