# SPDX-License-Identifier: GPL-3.0-or-later
"""Orthanc's log for people: levels in colours, and Python's tracebacks so that the cause is seen first."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.text import Text

from orthanc_python.processes import POLL

# Orthanc 1.12 also names the thread before the file.
LINE = re.compile(r"(?P<level>[EWIT])\d{4} (?P<time>\d\d:\d\d:\d\d)\.\d{6} +(?P<where>[^\]]*)\] (?P<text>.*)")
LEVELS = {"E": ("error", "bold red"), "W": ("warn", "yellow"), "I": ("info", "dim"), "T": ("trace", "dim")}
FRAME = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>\d+), in .*')
IMPORTING = re.compile(
    r"<frozen importlib|/importlib/__init__\.py$|/orthanc_python_launcher\.py$"
)  # between a script and its import
INSTALLED = re.compile(r"site-packages|dist-packages|/lib/python3|<frozen")
CAUSE = re.compile(r"[A-Za-z_][\w.]*(: .*)?")


class LogStyle:
    """Turns the lines of a log into coloured text, one after the other: a line may continue the one before.

    `aliases` are texts to replace, such as the path of a launcher by the name of the script that it runs.
    """

    def __init__(self, aliases: Mapping[str, str] | None = None) -> None:
        self._aliases = dict(aliases or {})
        self._in_traceback = False
        self._hidden = False  # within a frame that is of no use to the reader

    def __call__(self, line: str) -> Text | None:
        """None for a line that is not to be shown."""
        found = LINE.fullmatch(line)
        if found is None:
            return self._continued(line)
        self._in_traceback = self._hidden = False
        name, style = LEVELS[found["level"]]
        text = found["text"]
        for path, alias in self._aliases.items():
            text = text.replace(path, alias)
        # A warning is how Orthanc tells of its normal life: colour the level alone.
        return Text.assemble(
            (found["time"], "dim"), " ", (f"{name:5}", style), " ", (text, style if found["level"] == "E" else "")
        )

    def _continued(self, line: str) -> Text | None:
        if line.startswith("Traceback (most recent call last):"):
            self._in_traceback = True
            return Text(line, "red")
        if not self._in_traceback:
            return Text(line)
        frame = FRAME.fullmatch(line)
        if frame is not None:
            self._hidden = bool(IMPORTING.search(frame["file"]))
            return None if self._hidden else Text(line, "dim" if INSTALLED.search(frame["file"]) else "cyan")
        if line.startswith("    "):
            return None if self._hidden else Text(line)
        self._hidden = False
        return Text(line, "bold red" if CAUSE.fullmatch(line) else "")


def first_error(log: str) -> list[str]:
    """The lines of a log that tell of an error: up to the end of the first traceback, or all if there is none."""
    found: list[str] = []
    within = traceback = False
    for line in log.splitlines():
        start = LINE.fullmatch(line)
        if start is not None:
            if traceback:
                break
            within = start["level"] == "E"
        if within:
            found.append(line)
            traceback = traceback or line.startswith("Traceback")
    return found


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
            shown = self._style(text) if is_log else Text(text)
            if shown is not None:
                self._console.print(shown, soft_wrap=True)
