# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes a script's error for Orthanc's log and for the client whose request has failed."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from types import TracebackType

OWN_FILES = "<orthanc-python "
LONGEST_SUMMARY = 2_000  # characters in the log
LONGEST_TEXT = 20_000  # of one exception
LONGEST_END = 5_000  # of that, from its end
LONGEST_CHAIN = 100_000  # of an error with its causes and notes; half of it from the end, where the last error is


def _script_frames(error: BaseException) -> TracebackType | None:
    """Drop the leading frames of this plugin and of the import system: they say nothing to a script's author.

    A syntax error of the script has no other frames, and says its place itself.
    """
    first = trace = _trace_of(error)
    while first is not None:
        name = first.tb_frame.f_code.co_filename
        if not name.startswith((OWN_FILES, "<frozen importlib")):
            return first
        first = first.tb_next
    return None if isinstance(error, SyntaxError) else trace


def where(callback: object, how: str, place: str | None) -> str:
    """Which function it was, and where it was registered: of a lambda or a partial function the former says little."""
    known = [f"{how} at {place}"] if place else []
    try:
        function = getattr(callback, "__func__", callback)
        code = getattr(function, "__code__", None)
        if code is not None and code.co_filename.startswith(OWN_FILES):  # a span around the callback
            function = function.__wrapped__
            code = getattr(function, "__code__", None)
        if code is not None:
            known.insert(0, f"{function.__qualname__}, {code.co_filename}:{code.co_firstlineno}")
    except Exception:  # an object may refuse any attribute
        pass
    return f" ({', '.join(known)})" if known else ""


def printable(text: str) -> str:
    """Return a text as Orthanc's log takes it: UTF-8 has no lone surrogates, and Orthanc's texts end at a NUL."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")


_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A)}
_CONTROLS |= {0x0D: "\\r", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def indented(text: str) -> str:
    """Return a text as src/common/log_text.cpp writes it, for processes and times without Orthanc's log.

    The later lines are indented, but for empty ones. Control characters that end no line are escaped.
    tests/integration/log/test_worker_texts.py compares both.
    """
    first, *later = printable(text).replace("\r\n", "\n").translate(_CONTROLS).split("\n")
    return "\n".join([first, *(line and f"    {line}" for line in later)])


def _cut(text: str, limit: int = LONGEST_TEXT, end: int = LONGEST_END) -> str:
    """Return the beginning and the end of a text that an exception has, for the log. It may hold a whole file."""
    if len(text) <= limit:
        return text
    cut = f"{text[: limit - end]}... (cut: {len(text) - limit} more characters)"
    return f"{cut} ...{text[-end:]}" if end else cut


def describe(what: str, callback: object, how: str, place: str | None, error: BaseException, identifier: str = "") -> str:
    """Return a line with the class and the first line of the text of an error, and the traceback.

    The plugin's log indents all lines but the first, so that none of them looks like one of Orthanc's.
    """
    # Without a class's own __setattr__: that of a frozen dataclass refuses.
    BaseException.with_traceback(error, _script_frames(error))
    summary = _summary(error)
    try:
        import traceback  # at the first error: it would be a sixth of the time that the plugin's start takes

        parts = traceback.format_exception(type(error), error, _trace_of(error))  # one of them is the text
        full = _cut("".join(map(_cut, parts)).rstrip(), LONGEST_CHAIN, LONGEST_CHAIN // 2)
    except BaseException:
        full = _without_traceback(error, _cut(summary))
    name = f", error {identifier}" if identifier else ""
    line = f"Python: {what} failed{where(callback, how, place)}{name}: {_cut(summary, LONGEST_SUMMARY, 0)}"
    line = line.replace("\n", "\\n")
    if full == summary and len(summary) <= LONGEST_SUMMARY:  # without a traceback
        return printable(line)
    return printable(f"{line}\n{full}")


def describe_missing_answer(what: str, callback: object, how: str, place: str | None, result: object) -> str:
    """Return the line about a REST callback that has called no method of `output` that answers."""
    advice = "call output.AnswerBuffer() or another method of output"
    ignored = "" if result is None else "; what it returns is ignored"
    line = f"Python: {what}{where(callback, how, place)} has returned without an answer: {advice}{ignored}"
    return printable(line.replace("\n", "\\n"))


def describe_to_client(
    what: str, callback: object, how: str, place: str | None, error: BaseException, own: bool
) -> tuple[str, str]:
    """Return the text for the client, and what `describe` returns.

    A client sees no text but that of an OrthancException which the script has raised itself (`own`): others may have paths,
    names of patients, or addresses with passwords in them. It gets the name under which the error stands in the log.
    """
    import _orthanc_settings

    if own or _orthanc_settings.shows_details:
        return printable(_summary(error)), describe(what, callback, how, place, error)
    identifier = os.urandom(4).hex()
    text = describe(what, callback, how, place, error, identifier)
    return f"The script has failed: see error {identifier} in the log of Orthanc", text


def _trace_of(error: BaseException) -> TracebackType | None:
    trace: TracebackType | None = BaseException.__dict__["__traceback__"].__get__(error)
    return trace


def _name_of(kind: type) -> str:
    """Return the name of an error's class, as a traceback has it."""
    try:
        module = getattr(kind, "__module__", "builtins")  # a class made by exec() may have none
        return kind.__qualname__ if module in ("builtins", "__main__") else f"{module}.{kind.__qualname__}"
    except Exception:  # of a class's own __module__
        return str(type.__dict__["__qualname__"].__get__(kind))


def _summary(error: BaseException) -> str:
    """Return the class of an error, as a traceback names it, and the first line of its text."""
    name = _name_of(type(error))
    try:
        lines = str(error).strip().splitlines()
        return f"{name}: {lines[0]}" if lines else name
    except BaseException as second:  # a broken __str__ must not hide the error
        return f"{name} (its text cannot be shown: {_name_of(type(second))})"


def _without_traceback(error: BaseException, summary: str) -> str:
    """Return what the module says, but for the lines of source: where no file can be opened, or the error is broken."""
    lines = ["Traceback (most recent call last):"]
    trace = _trace_of(error)
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f'  File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_name}')
        trace = trace.tb_next
    return "\n".join([*lines, summary])
