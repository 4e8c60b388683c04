# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python run --reload` tells the files that each start writes from those that a person changes meanwhile."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from orthanc_python.run.start_writes import MOMENT, STARTS, StartWrites

WRITTEN, EDITED = Path("written.py"), Path("edited.py")


class Folder:
    """Files with the times of their last changes, and starts that change some of them."""

    def __init__(self) -> None:
        self.writes = StartWrites()
        self._times = {WRITTEN: 0, EDITED: 0}
        self._clock = itertools.count(1)

    def start(self, *changed: Path) -> None:
        with self.writes.start(lambda: dict(self._times)):
            for path in changed:
                self._times[path] = next(self._clock)


def test_file_that_each_start_writes() -> None:
    folder = Folder()
    for _ in range(STARTS - 1):
        folder.start(WRITTEN)
        assert folder.writes.of({WRITTEN}) == set()
    folder.start(WRITTEN)
    assert folder.writes.of({WRITTEN, EDITED}) == {WRITTEN}
    assert folder.writes.not_named({WRITTEN}) == {WRITTEN} and folder.writes.not_named({WRITTEN}) == set()


def test_file_that_is_written_just_after_a_start() -> None:
    folder = Folder()
    for _ in range(STARTS - 1):
        folder.start()
        assert folder.writes.of({WRITTEN}) == set()
    folder.start()
    assert folder.writes.of({WRITTEN}) == {WRITTEN}


def test_person_who_saves_during_starts() -> None:
    """Not in each trial and in each start: such a change counts, however often it happens."""
    folder = Folder()
    for _ in range(2 * STARTS):
        folder.start(WRITTEN)  # a trial
        folder.start(WRITTEN, EDITED)
        assert EDITED not in folder.writes.of({WRITTEN, EDITED})


def test_change_of_a_person_later(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder()
    for _ in range(STARTS):
        folder.start(WRITTEN)
    assert folder.writes.of(set()) == set()
    later(monkeypatch)
    assert folder.writes.of({WRITTEN}) == set()


def test_first_look_that_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count its changes as those of the start, however busy the machine is."""
    folder = Folder()
    for _ in range(STARTS - 1):
        folder.start()
        assert folder.writes.of({WRITTEN}) == set()
    folder.start()
    later(monkeypatch)
    assert folder.writes.of({WRITTEN}) == {WRITTEN}


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the clock to a time when scripts write no more."""
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + MOMENT + 1)


def test_start_that_fails() -> None:
    folder = Folder()
    for _ in range(STARTS):
        with pytest.raises(ZeroDivisionError), folder.writes.start(lambda: dict(folder._times)):
            folder._times[WRITTEN] = next(folder._clock)
            raise ZeroDivisionError
    assert folder.writes.of({WRITTEN}) == {WRITTEN}
