# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads Orthanc's log: its lines, its starts and ends, and its errors."""

from __future__ import annotations

import re

# Orthanc 1.12 also names the thread before the file.
LINE = re.compile(r"(?P<level>[EWIT])\d{4} (?P<time>\d\d:\d\d:\d\d)\.\d{6} +(?P<where>[^\]]*)\] (?P<text>.*)")
TRACEBACK = re.compile(r"(?P<indentation> *)Traceback \(most recent call last\):.*")
FAILED = re.compile(r"Python: the start of (the|Python's) (scripts?|module) .*failed")
STARTED = "Orthanc version: "  # what Orthanc says first,
ENDED = "Uncaught exception, stopping now"  # and when it does not start


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
