# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals that end a command: what it has started ends with it, and its temporary files go."""

from __future__ import annotations

import signal
from types import FrameType

ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]  # Windows has no SIGHUP


class Ended(KeyboardInterrupt):
    """Another process asks this one to end, or its terminal is closed: no Ctrl-C of its user."""


def interrupt_on_signals() -> None:
    """End by a KeyboardInterrupt, as by Ctrl-C, when the process is asked to end or its terminal is closed."""
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _interrupt)


def ignore_signals() -> None:
    """Let nothing interrupt what is cleared away at the end."""
    for number in (*ENDING, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def _interrupt(number: int, frame: FrameType | None) -> None:
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)  # once is enough: the end must not be interrupted
    raise Ended
