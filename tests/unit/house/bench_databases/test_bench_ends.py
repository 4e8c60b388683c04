# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench ends as it should when its terminal is closed, so that its folders in memory go."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator

import pytest

from bench import __main__ as bench

NUMBERS = (signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tempfile, "tempdir", tempfile.tempdir)
    monkeypatch.setattr(sys, "argv", ["ci/bench"])
    monkeypatch.setenv("TCP_NODELAY", "1")
    before = {number: signal.getsignal(number) for number in NUMBERS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def signalled(number: signal.Signals) -> bool:
    os.kill(os.getpid(), number)
    return True


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(("former", "status"), [(signal.SIG_DFL, 130), (signal.SIG_IGN, 0)], ids=["terminal", "nohup"])
def test_signals(
    number: signal.Signals, former: signal.Handlers, status: int, handlers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(options: Namespace) -> bool:
        return signalled(number)

    signal.signal(number, former)
    monkeypatch.setattr(bench, "measure", measure)
    assert bench.main() == status
