# SPDX-License-Identifier: GPL-3.0-or-later
"""Where commands write: results to the standard output, what is said about them to the standard error."""

from __future__ import annotations

import os
import sys
from typing import TextIO

import click
from rich.console import Console
from rich.table import Table

# Only a terminal has a width: lines stay whole in a pipe or a file.
UNLIMITED = 100_000


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a standard stream is a terminal. Python has None for one that was closed at the start."""
    return stream is not None and stream.isatty()


results = Console(highlight=False, width=None if is_terminal(sys.stdout) else UNLIMITED)
errors = Console(stderr=True, highlight=False, width=None if is_terminal(sys.stderr) else UNLIMITED)


def say(text: str) -> None:
    """Write a line to the standard output. Work that is half done goes on without a reader: the pipe may be closed."""
    try:
        click.echo(text)
    except BrokenPipeError:
        forget_output()


def forget_output() -> None:
    """Send the standard output nowhere, also what waits to be written to a closed pipe or a full disk."""
    if sys.stdout is None:  # closed at the start
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def print_table(table: Table) -> None:
    """Print a table without the spaces that fill its last column."""
    with results.capture() as captured:
        results.print(table)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())
