# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes a script's error for Orthanc's log."""

from __future__ import annotations

import traceback
from types import TracebackType

OWN_FILES = "<orthanc-python "


def _script_frames(trace: TracebackType | None) -> TracebackType | None:
    """Drops the leading frames of this plugin and of the import system, which say nothing to a script's author."""
    first = trace
    while first is not None:
        name = first.tb_frame.f_code.co_filename
        if not name.startswith((OWN_FILES, "<frozen importlib")):
            return first
        first = first.tb_next
    return trace


def _where(callback: object, how: str, place: str | None) -> str:
    """Which function it was, and where it was registered: of a lambda or a partial function the former says little."""
    code = getattr(getattr(callback, "__func__", callback), "__code__", None)
    known = [f"{callback.__qualname__}, {code.co_filename}:{code.co_firstlineno}"] if code is not None else []
    known += [f"{how} at {place}"] if place else []
    return f" ({', '.join(known)})" if known else ""


def describe(what: str, callback: object, how: str, place: str | None, error: BaseException) -> tuple[str, str]:
    """The error in one line ("Type: message"), and in full with file, line and traceback."""
    error.__traceback__ = _script_frames(error.__traceback__)
    try:
        full = "".join(traceback.format_exception(type(error), error, error.__traceback__)).rstrip()
        summary = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]
    except BaseException as second:  # a broken __str__ must not hide the error
        summary = f"{type(error).__name__} (its text cannot be shown: {type(second).__name__})"
        full = "".join(traceback.format_tb(error.__traceback__)) + summary
    text = f"Python: {what} failed{_where(callback, how, place)}: {summary}\n{full}"
    return summary, text.replace("\0", "\\0")  # Orthanc's texts end at a NUL
