# SPDX-License-Identifier: GPL-3.0-or-later
"""Measurements that take seconds. Orthanc's stop ends them early, because it waits for the requests that ask for them."""

from __future__ import annotations

import _orthanc_threads

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from _thread import LockType
    from collections.abc import Callable

_all: list[Measurement] = []
_ending = _orthanc_threads.allocate_lock()  # a measurement that begins beside a stop ends itself


class Measurement:
    """A kind of measurement, of which one runs at a time. `make` returns its text, or "" if it cannot measure now."""

    def __init__(self, make: Callable[[float], str]) -> None:
        self._make = make
        self._one_at_a_time = _orthanc_threads.allocate_lock()
        self._going: LockType | None = None  # held while the present run may go on
        _all.append(self)

    def run(self, seconds: float) -> bytes:
        """Return the text of a measurement of these seconds; empty if another one of its kind goes on."""
        if not self._one_at_a_time.acquire(blocking=False):
            return b""
        try:
            going = _orthanc_threads.allocate_lock()
            going.acquire()
            self._going = going  # only now: a stop releases it
            if _orthanc_threads.is_stopping():
                self.end()
            return self._make(seconds).encode("utf-8", "backslashreplace")
        finally:
            self._going = None
            self._one_at_a_time.release()

    def pause(self, seconds: float) -> bool:
        """Wait. Return True at once when the measurement is to end early."""
        going = self._going
        return going is None or going.acquire(timeout=seconds)

    def end(self) -> None:
        """End the present run early, if there is one."""
        with _ending:
            going, self._going = self._going, None
        if going is not None:
            going.release()


def stop() -> None:
    """End all measurements early."""
    for each in _all:
        each.end()
