# SPDX-License-Identifier: GPL-3.0-or-later
"""Where commands write: results to the standard output, what is said about them to the standard error."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

# Only a terminal has a width: lines stay whole in a pipe or a file.
UNLIMITED = 100_000
AS_GIVEN = "orthanc-python"  # the name of the error handler below, for codecs


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a standard stream is a terminal. Python has None for one that was closed at the start."""
    return stream is not None and stream.isatty()


class _StandardError:
    """The present standard error. Text that it cannot take is dropped, because no message may end the work that it is about."""

    @property
    def _stream(self) -> TextIO:
        # A spinner of rich puts itself in front. There is none if it was closed at the start.
        return getattr(sys.stderr, "rich_proxied_file", sys.stderr) or io.StringIO()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            self._stream.write(text)
        except OSError:
            _forget(self._stream)
        return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            _forget(self._stream)


results = Console(highlight=False, width=None if is_terminal(sys.stdout) else UNLIMITED)
errors = Console(file=cast(TextIO, _StandardError()), highlight=False, width=None if is_terminal(sys.stderr) else UNLIMITED)


def say(text: str | Text = "") -> None:
    """Write a line about work that was done, or goes on. It does not fail because its output is closed or its disk is full."""
    try:
        write(text)
    except OSError as error:
        forget_output()
        if error.errno not in (errno.EPIPE, errno.EINVAL):  # of a closed pipe; EINVAL on Windows
            text = f"The output cannot be written, and the command goes on without it: {error.strerror}"
            errors.print(text, markup=False, soft_wrap=True)


def write(text: str | Text = "") -> None:
    """Write a line to the standard output. Raise OSError if that fails."""
    if isinstance(text, Text):
        with results.capture() as captured:
            results.print(text, soft_wrap=True, end="")
        text = captured.get()
    click.echo(text, color=results.color_system is not None)


def _as_given(error: UnicodeError) -> tuple[bytes, int]:
    """Encode what an encoding lacks: a byte of a path as it is (PEP 383), and any other character as an escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return b"".join(_byte_or_escape(character) for character in lacking), error.end


def _byte_or_escape(character: str) -> bytes:
    return os.fsencode(character) if "\udc80" <= character <= "\udcff" else character.encode("ascii", "backslashreplace")


codecs.register_error(AS_GIVEN, _as_given)


def forget_output() -> None:
    """Send the standard output nowhere, also what waits to be written to a closed pipe or a full disk."""
    if sys.stdout is not None:  # closed at the start
        _forget(sys.stdout)


def _forget(stream: TextIO) -> None:
    """Send a stream nowhere. Else Python would try at its end to write what the stream has kept, and end with 120."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(io.UnsupportedOperation):  # of a stream without a file
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def print_table(table: Table) -> None:
    """Print a table without the spaces that fill its last column."""
    with results.capture() as captured:
        results.print(table)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())
