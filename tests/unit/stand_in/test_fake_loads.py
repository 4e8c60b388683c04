# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for the module orthanc: scripts that a test loads again, and what registrations cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from test_fake_orthanc import fake

from orthanc_python.testing import Call, Fake, recorder

__all__ = ["fake"]  # a fixture


class Counted(list[Call]):
    """Counts how often the recorded calls are gone through."""

    uses = 0

    def __iter__(self) -> Iterator[Call]:
        self.uses += 1
        return super().__iter__()

    def __getitem__(self, index: Any) -> Any:
        self.uses += 1
        return super().__getitem__(index)


def test_calls_do_not_go_through_the_calls_before(fake: Fake) -> None:
    """Only a registration that Orthanc takes once looks for an earlier one."""
    calls = recorder.current.calls = Counted()
    for _ in range(3):
        fake.module.LogInfo("text")
        fake.module.RegisterOnChangeCallback(print)
        fake.module.RegisterRestCallback("/route", print)
    assert (len(calls), calls.uses) == (9, 0)
    fake.module.RegisterFindCallback(print)
    assert calls.uses == 1
