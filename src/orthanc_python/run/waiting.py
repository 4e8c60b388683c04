# SPDX-License-Identifier: GPL-3.0-or-later
"""Says that a start is not done yet. A script may take minutes, for instance to read a large model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat

PAUSES = (5.0, 10.0, 15.0, 30.0)  # seconds before each message; the last one again and again


@contextmanager
def announced(say: Callable[[float], None]) -> Iterator[None]:
    """Call a function with the seconds that the block has taken, less and less often, until the block ends."""
    done = threading.Event()
    began = time.monotonic()

    def watch() -> None:
        for pause in chain(PAUSES, repeat(PAUSES[-1])):
            if done.wait(pause):
                return
            say(time.monotonic() - began)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
