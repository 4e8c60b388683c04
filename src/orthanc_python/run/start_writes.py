# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the files that each start of Orthanc writes itself. A person's change during a start is not among them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

STARTS = 4  # in a row, trials included, that write a file: a person does not save it in each of them
MOMENT = 2.0  # seconds after a start in which its scripts may still write
SPREAD = 1.0  # seconds by which the delays of later writes differ: a person saves at other times

Times = Mapping[Path, int]  # when each file was changed last


class StartWrites:
    def __init__(self) -> None:
        self._starts: dict[Path, int] = {}  # in a row that have changed a file, without the last one
        self._last: set[Path] = set()  # changed by the last start
        self._end = -math.inf
        self._named: set[Path] = set()
        self._delays: dict[Path, list[float]] = {}  # from each of the last starts in a row to the change that led to the next
        self.ignored: set[Path] = set()  # changed late, after each start alike

    @contextmanager
    def start(self, look: Callable[[], Times]) -> Iterator[None]:
        """Compare the files before and after a start."""
        self._starts = {path: self._starts.get(path, 0) + 1 for path in self._last}
        before = look()
        try:
            yield
        finally:
            self._last = changed(before, look())
            self._end = time.monotonic()

    def of(self, found: set[Path]) -> set[Path]:
        """Return those of the files found to be changed that each start changes. The others are a reason to start again."""
        delay = time.monotonic() - self._end
        if delay > MOMENT:
            self._find_late(found - self.ignored, delay)
            return found & self.ignored
        self._last |= found
        return {path for path in found if self._starts.get(path, 0) + 1 >= STARTS or path in self.ignored}

    def _find_late(self, found: set[Path], delay: float) -> None:
        """Find the files that alone have led to each of the last starts, as long after the one before."""
        if found:
            self._delays = {path: [*self._delays.get(path, []), delay][-STARTS:] for path in found}
        for path, delays in self._delays.items():
            if len(delays) == STARTS and max(delays) - min(delays) <= SPREAD:
                self.ignored.add(path)

    def not_named(self, paths: set[Path]) -> set[Path]:
        """Return the files that this method has not returned before."""
        new = paths - self._named
        self._named |= new
        return new


def changed(before: Times, after: Times) -> set[Path]:
    """Return the files whose times differ, or that are in one of both only."""
    return {path for path in {*before, *after} if before.get(path) != after.get(path)}
