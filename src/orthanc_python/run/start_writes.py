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

Times = Mapping[Path, int]  # when each file was changed last


class StartWrites:
    def __init__(self) -> None:
        self._starts: dict[Path, int] = {}  # in a row that have changed a file, without the last one
        self._last: set[Path] = set()  # changed by the last start
        self._end = -math.inf
        self._looked = True  # since the last start
        self._named: set[Path] = set()

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
            self._looked = False

    def of(self, found: set[Path]) -> set[Path]:
        """Return those of the files found to be changed that each start changes. Call it soon after a start.

        Changes of the first look after a start belong to the start: on a busy machine, that look may be late.
        """
        looked, self._looked = self._looked, True
        if looked and time.monotonic() - self._end > MOMENT:
            return set()
        self._last |= found
        return {path for path in found if self._starts.get(path, 0) + 1 >= STARTS}

    def not_named(self, paths: set[Path]) -> set[Path]:
        """Return the files that this method has not returned before."""
        new = paths - self._named
        self._named |= new
        return new


def changed(before: Times, after: Times) -> set[Path]:
    """Return the files whose times differ, or that are in one of both only."""
    return {path for path in {*before, *after} if before.get(path) != after.get(path)}
