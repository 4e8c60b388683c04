# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that several threads run, and that all end together."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TextIO


class StoppedError(Exception):
    """There is nothing to be run any more."""


class Commands:
    """The running commands. An exception that leaves the block, such as KeyboardInterrupt, ends them, and no other begins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = threading.Event()

    def __enter__(self) -> Commands:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            with self._lock:
                self._stopped.set()
                for process in self._running:
                    process.terminate()

    def run(self, command: Sequence[str], log: TextIO, environment: Mapping[str, str], inherited: Sequence[int] = ()) -> bool:
        """Return whether a program succeeds, that inherits descriptors. Its output goes to a file. Raises StoppedError."""
        with self._lock:
            if self._stopped.is_set():
                raise StoppedError
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment, pass_fds=inherited)
            self._running.add(process)
        try:
            succeeded = process.wait() == 0
        finally:
            with self._lock:
                self._running.remove(process)
        if self._stopped.is_set():
            raise StoppedError
        return succeeded

    def pause(self, seconds: float) -> None:
        """Wait. Raises StoppedError."""
        if self._stopped.wait(seconds):
            raise StoppedError


def end_by_signals(main: Callable[[], int]) -> int:
    """Run a main function that SIGINT and SIGTERM interrupt; its exit status, or the one that shells give."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return main()
    except KeyboardInterrupt:
        print(
            "Interrupted: everything that was started has ended. The next run goes on from what has been built.",
            file=sys.stderr,
        )
        return 130
