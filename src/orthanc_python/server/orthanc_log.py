# SPDX-License-Identifier: GPL-3.0-or-later
"""Orthanc's log for people: levels in colours, and Python's tracebacks so that the cause is seen first."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rich.text import Text

# Orthanc 1.12 also names the thread before the file.
LINE = re.compile(r"(?P<level>[EWIT])\d{4} (?P<time>\d\d:\d\d:\d\d)\.\d{6} +(?P<where>[^\]]*)\] (?P<text>.*)")
LEVELS = {"E": ("error", "bold red"), "W": ("warn", "yellow"), "I": ("info", "dim"), "T": ("trace", "dim")}
FRAME = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>\d+), in .*')
IMPORTING = re.compile(
    r"<frozen importlib|/importlib/__init__\.py$|/orthanc_python_launcher\.py$"
)  # between a script and its import
INSTALLED = re.compile(r"site-packages|dist-packages|/lib/python3|<frozen")
CAUSE = re.compile(r"[A-Za-z_][\w.]*(: .*)?")
TRACEBACK = re.compile(r"(?P<indentation> *)Traceback \(most recent call last\):.*")
FAILED = re.compile(r"Python: the start of (the|Python's) (scripts?|module) .*failed")
STARTED = "Orthanc version: "  # what Orthanc says first,
ENDED = "Uncaught exception, stopping now"  # and when it does not start
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


def first_error(log: str) -> list[str]:
    """Return the lines of a log that show an error: up to the end of the first traceback, or all if there is none."""
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
            traceback = traceback or TRACEBACK.fullmatch(line) is not None
    return found


UNCAUGHT = re.compile(r"Uncaught exception, stopping now: \[(.*)\] \(code -?\d+\)")
THROWN = "Orthanc::OrthancException"  # in what the C++ library writes when it aborts


def error_of_end(log: str) -> str:
    """Return the text of the exception that has ended Orthanc, without its time and place; "" if none has."""
    found = (LINE.fullmatch(line) for line in log.splitlines())
    texts = [each["text"].strip() for each in found if each is not None and each["level"] == "E"]
    if texts and (uncaught := UNCAUGHT.fullmatch(texts[-1])):
        return next((text for text in reversed(texts[:-1]) if text.startswith(uncaught[1])), uncaught[1])
    return texts[-1] if texts and THROWN in log.rpartition(texts[-1])[2] else ""


def is_failure_of_script(log: str) -> bool:
    """Return whether a log says that a script failed when it was started."""
    return any(found is not None and FAILED.match(found["text"]) for found in map(LINE.fullmatch, log.splitlines()))
