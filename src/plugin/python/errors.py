# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes a script's error for Orthanc's log."""

from __future__ import annotations

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
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
        import traceback  # at the first error: it would be a sixth of the time that the plugin's start takes

        full = "".join(traceback.format_exception(type(error), error, error.__traceback__)).rstrip()
        summary = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]
    except BaseException:
        full, summary = _without_traceback(error)
    text = f"Python: {what} failed{_where(callback, how, place)}: {summary}\n{full}"
    return summary, text.replace("\0", "\\0")  # Orthanc's texts end at a NUL


def _without_traceback(error: BaseException) -> tuple[str, str]:
    """What the module says, but for the lines of source: where it cannot be imported, as no file can be opened any more or the
    script's folder has another of its name, and for an error whose text cannot be shown."""
    try:
        summary = f"{type(error).__qualname__}: {error}"
    except BaseException as second:  # a broken __str__ must not hide the error
        summary = f"{type(error).__qualname__} (its text cannot be shown: {type(second).__name__})"
    lines = ["Traceback (most recent call last):"]
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f'  File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_name}')
        trace = trace.tb_next
    return "\n".join([*lines, summary]), summary.splitlines()[-1]
