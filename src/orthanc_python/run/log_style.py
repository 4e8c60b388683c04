# SPDX-License-Identifier: GPL-3.0-or-later
"""Orthanc's log for people: levels in colours, and Python's tracebacks so that the cause is seen first."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rich.text import Text

from orthanc_python.server.orthanc_log import FAILED, LINE, TRACEBACK

LEVELS = {"E": ("error", "bold red"), "W": ("warn", "yellow"), "I": ("info", "dim"), "T": ("trace", "dim")}
FRAME = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>\d+), in .*')
IMPORTING = re.compile(
    r"<frozen importlib|/importlib/__init__\.py$|/orthanc_python_launcher\.py$"
)  # between a script and its import
INSTALLED = re.compile(r"site-packages|dist-packages|/lib/python3|<frozen")
CAUSE = re.compile(r"[A-Za-z_][\w.]*(: .*)?")
# Lines of Orthanc and the loader after a script has failed. The reader knows it from the traceback.
CONSEQUENCE = re.compile(
    r"Python: the plugin cannot start|Error while initializing plugin|Uncaught exception, stopping now|Orthanc has stopped"
)
# Lines that each start and each stop repeats. Scripts and plugins log by PluginsManager.cpp too.
PLUGINS = "PluginsManager.cpp"
ROUTINE = re.compile(r"(Unr|R)egistering plugin |Python: using ")


class LogStyle:
    """Turns the lines of a log into coloured text, one after the other: a line may continue the one before.

    Args:
        aliases: texts to replace, such as the path of a launcher by the name of the script that it runs.
        everything: hide nothing.
    """

    def __init__(self, aliases: Mapping[str, str] | None = None, *, everything: bool = False) -> None:
        self._aliases = dict(aliases or {})
        self._everything = everything
        self._indentation = ""  # of the traceback that is being read
        self._in_traceback = False
        self._hidden = False  # within a frame that is of no use to the reader
        self._failed = False  # whether a script's failure was shown
        self.quiet = False  # whether what Orthanc says at each start and stop is hidden

    def __call__(self, line: str) -> Text | None:
        """None for a line that is not to be shown."""
        found = LINE.fullmatch(line)
        if found is None:
            return self._continued(line)
        self._in_traceback = self._hidden = False
        if not self._everything and self._is_noise(found):
            return None
        name, style = LEVELS[found["level"]]
        text = found["text"]
        for path, alias in self._aliases.items():
            text = text.replace(path, alias)
        # Orthanc logs its normal life as warnings: colour the level alone.
        return Text.assemble(
            (found["time"], "dim"), " ", (f"{name:5}", style), " ", (text, style if found["level"] == "E" else "")
        )

    def _is_noise(self, found: re.Match[str]) -> bool:
        text, error = found["text"], found["level"] == "E"
        if error and FAILED.match(text):
            self._failed = True
        elif self._failed and CONSEQUENCE.match(text):
            return True
        elif text.startswith("Orthanc version"):
            self._failed = False  # another start
        return self.quiet and not error and (PLUGINS not in found["where"] or bool(ROUTINE.match(text)))

    def _continued(self, line: str) -> Text | None:
        start = TRACEBACK.fullmatch(line)
        if start is not None:
            self._in_traceback = True
            self._indentation = start["indentation"]
            return Text(line.removeprefix(self._indentation), "red")
        if not self._in_traceback:
            return Text(line)
        # The plugin indents all lines but the first one of a text.
        line = line.removeprefix(self._indentation)
        frame = FRAME.fullmatch(line)
        if frame is not None:
            self._hidden = bool(IMPORTING.search(frame["file"]))
            return None if self._hidden else Text(line, "dim" if INSTALLED.search(frame["file"]) else "cyan")
        if line.startswith("    "):
            return None if self._hidden else Text(line)
        self._hidden = False
        return Text(line, "bold red" if CAUSE.fullmatch(line) else "")
