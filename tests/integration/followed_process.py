# SPDX-License-Identifier: GPL-3.0-or-later
"""A program whose messages tests wait for, and files that it may read while a test writes them."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class FollowedProcess:
    """A process, and the text that it has written to stderr so far."""

    def __init__(
        self, command: Sequence[str | Path], folder: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said += line

    def wait_for(self, pattern: str, beginning: int = 0, timeout: float = 120) -> re.Match[str]:
        """Wait until the text from `beginning` on has a pattern. Return the match."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if found := re.compile(pattern).search(self.said, beginning):
                return found
            time.sleep(0.05)
        raise AssertionError(f"no {pattern} in: {self.said}")

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal and return the exit status. Kill a process that does not end."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(60)
        finally:
            self.process.kill()
            self.process.wait()
            self._reader.join()


def replace(path: Path, text: str) -> None:
    """Write a whole file at once. A program that watches it would otherwise read an empty one."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
