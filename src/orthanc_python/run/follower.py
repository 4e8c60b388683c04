# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the log and the output of a server while it runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from orthanc_python.run.log_style import LogStyle
from orthanc_python.server.processes import POLL


class Follower:
    """Shows what is added to a server's log and to its output, while it runs."""

    def __init__(self, console: Console, log: Path, output: Path, style: LogStyle) -> None:
        self._console = console
        self._style = style
        self._files = [(log, True), (output, False)]
        self._read = {log: 0, output: 0}
        self._rest = {log: b"", output: b""}
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Follower:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self.show()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Show neither what Orthanc says at each stop nor what it says at each start, within the block."""
        self.show()
        self._style.quiet = True
        try:
            yield
        finally:
            self.show()
            self._style.quiet = False

    def show(self) -> None:
        """Show what is there now."""
        with self._lock:
            for path, is_log in self._files:
                self._show(path, is_log)

    def _follow(self) -> None:
        while not self._end.wait(2 * POLL):
            self.show()

    def _show(self, path: Path, is_log: bool) -> None:
        try:
            with path.open("rb") as file:
                file.seek(self._read[path])
                new = file.read()
        except FileNotFoundError:
            return
        self._read[path] += len(new)
        *lines, self._rest[path] = (self._rest[path] + new).split(b"\n")
        for line in lines:
            text = line.decode("utf-8", errors="replace").rstrip("\r")
            shown = self._style(text) if is_log else Text(text)
            if shown is not None:
                self._console.print(shown, soft_wrap=True)
