# SPDX-License-Identifier: GPL-3.0-or-later
"""Orthanc's log for people: levels in colours, and Python's tracebacks so that the cause is seen first."""

from __future__ import annotations

import re
import threading
from pathlib import Path

from rich.console import Console
from rich.text import Text

from orthanc_python.processes import POLL

# Orthanc 1.12 also names the thread before the file.
LINE = re.compile(r"(?P<level>[EWIT])\d{4} (?P<time>\d\d:\d\d:\d\d)\.\d{6} +(?P<where>[^\]]*)\] (?P<text>.*)")
LEVELS = {"E": ("error", "bold red"), "W": ("warn", "yellow"), "I": ("info", "dim"), "T": ("trace", "dim")}
FRAME = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>\d+), in .*')
CAUSE = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt|Warning|NotFound|Iteration)\b.*|[A-Za-z_][\w.]*: .+")


class LogStyle:
    """Turns the lines of a log into coloured text, one after the other: a line may continue the one before."""

    def __init__(self) -> None:
        self._in_traceback = False

    def __call__(self, line: str) -> Text:
        found = LINE.fullmatch(line)
        if found is None:
            return self._continued(line)
        name, style = LEVELS[found["level"]]
        text = found["text"]
        self._in_traceback = text.endswith("Traceback (most recent call last):") or "Traceback (most recent" in text
        # A warning is how Orthanc tells of its normal life: colour the level alone.
        return Text.assemble(
            (found["time"], "dim"), " ", (f"{name:5}", style), " ", (text, style if found["level"] == "E" else "")
        )

    def _continued(self, line: str) -> Text:
        if line.startswith("Traceback (most recent call last):"):
            self._in_traceback = True
            return Text(line, "red")
        if not self._in_traceback:
            return Text(line)
        frame = FRAME.fullmatch(line)
        if frame is not None:
            foreign = "site-packages" in frame["file"] or "<frozen" in frame["file"] or "/lib/python3" in frame["file"]
            return Text(line, "dim" if foreign else "cyan")
        if CAUSE.fullmatch(line):
            return Text(line, "bold red")
        return Text(line)


def errors_of(log: str) -> list[str]:
    """The lines of a log that tell of errors, with those that continue them."""
    found, within = [], False
    for line in log.splitlines():
        start = LINE.fullmatch(line)
        within = start["level"] == "E" if start else within
        if within:
            found.append(line)
    return found


class Follower:
    """Shows what is added to a server's log and to its output, while it runs."""

    def __init__(self, console: Console, log: Path, output: Path) -> None:
        self._console = console
        self._style = LogStyle()
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

    def show(self) -> None:
        """Shows what is there now."""
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
            self._console.print(self._style(text) if is_log else Text(text), soft_wrap=True)
